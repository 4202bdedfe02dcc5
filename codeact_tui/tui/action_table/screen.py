"""About the screen: panes, help, looks."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import looks, view
from codeact_tui.tui.jumping import jump

__all__ = ["SCREEN"]

SCREEN: tuple[Action, ...] = (
    Action(
        "help",
        "Help",
        "Show every key and command.",
        "Screen",
        view.show_help,
        keys=("f1",),
        slash=("help",),
        hint="help",
    ),
    Action(
        "palette",
        "Everything that can be done",
        "Find any of these by name.",
        "Screen",
        view.palette,
        keys=("ctrl+p",),
        hint="palette",
        palette=False,
    ),
    Action(
        "next_pane",
        "Next pane",
        "Go to the next pane.",
        "Screen",
        view.next_pane,
        keys=("f6",),
        hint="panes",
    ),
    Action(
        "previous_pane",
        "Previous pane",
        "Go to the pane before.",
        "Screen",
        view.previous_pane,
        keys=("shift+f6",),
    ),
    Action(
        "show_cell",
        "Go to the cell",
        "Show the cell and put the focus there.",
        "Screen",
        view.show_cell,
        keys=("f2",),
    ),
    Action(
        "show_output",
        "Go to the output",
        "Show the output and put the focus there.",
        "Screen",
        view.show_output,
        keys=("f3",),
    ),
    Action(
        "show_variables",
        "Go to the variables",
        "Show the variables and put the focus there.",
        "Screen",
        view.show_variables,
        keys=("f4",),
    ),
    Action(
        "jump",
        "Jump to anything in sight",
        "Put letters on panes, cells, variables and everything else that can be pressed; typing them goes there.",
        "Screen",
        jump,
        keys=("f9", "alt+j"),
        hint="jump",
    ),
    Action(
        "maximise",
        "Enlarge the pane, or put it back",
        "Give the pane that has the focus the whole room, or put it back.",
        "Screen",
        view.maximise,
        keys=("f11", "ctrl+t"),
    ),
    Action(
        "theme",
        "Choose the theme",
        "Choose how the screen looks: the list shows each theme as you move through it.",
        "Screen",
        looks.theme,
        slash=("theme",),
        argument="[name]",
    ),
    Action(
        "suspend",
        "Go to the background",
        "Leave for the shell; `fg` comes back. While a cell is edited the key takes back what was typed instead.",
        "Screen",
        view.suspend,
        keys=("ctrl+z",),
        applies=lambda now: not now.editing,
    ),
    Action(
        "redraw",
        "Draw the screen anew",
        "When something else has written over it.",
        "Screen",
        view.redraw,
        keys=("ctrl+l",),
    ),
)
