"""What changes only the screen."""

from typing import TYPE_CHECKING

from textual.widget import Widget

from codeact_tui.protocol.ops import ListVariables
from codeact_tui.tui.actions import keys_label
from codeact_tui.tui.clipboard import copy_outside
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.pane_keys import here
from codeact_tui.tui.widgets.conversation_copy import CopyKind

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = [
    "copy",
    "copy_text",
    "fold",
    "maximise",
    "next_pane",
    "palette",
    "previous_pane",
    "redraw",
    "secrets",
    "show_cell",
    "show_help",
    "show_output",
    "show_variables",
    "suspend",
]

_COPIES: dict[str, CopyKind] = {"answer": "answer", "cell": "cell", "output": "output", "all": "all"}


def fold(screen: "MainScreen", _argument: str) -> None:
    """Unfold pastes in the prompt, else fold or unfold in the conversation."""
    if not (screen.prompt.has_focus and screen.prompt.unfold_pastes()):
        screen.conversation.toggle_fold()


def copy(screen: "MainScreen", argument: str) -> None:
    """Copy the last reply, or code or output."""
    what = _COPIES.get(argument or "answer")
    if what is None:
        screen.chrome.say("/copy takes answer, cell, output or all.", "warning")
    elif text := screen.conversation.copy_text(what):
        copy_text(screen, text)
    else:
        screen.chrome.say(
            "There is nothing to copy yet." if what == "all" else f"There is no {what} to copy yet.", "warning"
        )


def secrets(screen: "MainScreen", _argument: str) -> None:
    """Draw the veil before keys in outputs aside, or draw it again."""
    veil = screen.transcript.veil
    if not veil.hides:
        screen.chrome.say("Nothing is masked: secrets.mask is off.", "warning")
        return
    drawn = veil.toggle()
    screen.conversation.redraw_actions()
    screen.output.refresh_output()
    screen.send(ListVariables())
    screen.chrome.say(
        "Keys in outputs are masked again." if drawn else "Keys in outputs are shown, until you hide them."
    )


def copy_text(screen: "MainScreen", text: str) -> None:
    """Put text on the clipboard: by the terminal, and by the system's own where there is one."""
    app_of(screen).copy_to_clipboard(text)
    screen.run_worker(copy_outside(text), group="clipboard")
    lines = text.count("\n") + 1
    screen.chrome.say(f"Copied {lines} lines." if lines > 1 else "Copied.")


def show_help(screen: "MainScreen", _argument: str) -> None:
    """Show every key and command."""
    from codeact_tui.tui.screens.help import HelpScreen

    app_of(screen).push_screen(HelpScreen(screen.registry, screen.situation(), here(screen.focused)))


def palette(screen: "MainScreen", _argument: str) -> None:
    """Offer everything that can be done now, to be found by name."""

    async def choose() -> None:
        from codeact_tui.tui.screens.pick import Choice, PickScreen

        now = screen.situation()
        choices = [
            Choice(action.id, action.title, keys_label(action) or f"/{action.slash[0]}", action.description)
            for action in screen.registry.actions
            if action.palette and action.applies(now)
        ]
        chosen = await app_of(screen).push_screen_wait(PickScreen("What would you like to do?", choices))
        if chosen is not None and screen.registry.by_id[chosen].applies(screen.situation()):
            screen.action_do(chosen)

    screen.run_worker(choose(), group="pick", exclusive=True)


# -- panes


def _panes(screen: "MainScreen") -> list[tuple[str, Widget]]:
    cell = screen.cell.editor or screen.cell.reason or screen.cell.body
    return [
        ("", screen.prompt),
        ("", screen.conversation),
        ("cell", cell),
        ("output", screen.output),
        ("variables", screen.variables),
    ]


def _go(screen: "MainScreen", step: int) -> None:
    panes = _panes(screen)
    at = next((at for at, (_, widget) in enumerate(panes) if _holds(screen, widget)), 0)
    tab, widget = panes[(at + step) % len(panes)]
    _focus(screen, tab, widget)


def _holds(screen: "MainScreen", widget: Widget) -> bool:
    focused = screen.focused
    return focused is not None and widget in focused.ancestors_with_self


def _focus(screen: "MainScreen", tab: str, widget: Widget) -> None:
    if tab:
        screen.chrome.choose_tab(tab)
    if screen.has_class("-maximised"):
        _mark(screen, tab or ("conversation" if widget is screen.conversation else ""))
    widget.focus()


def next_pane(screen: "MainScreen", _argument: str) -> None:
    """Go to the next pane."""
    _go(screen, 1)


def previous_pane(screen: "MainScreen", _argument: str) -> None:
    """Go to the pane before."""
    _go(screen, -1)


def show_cell(screen: "MainScreen", _argument: str) -> None:
    """Go to the cell."""
    _focus(screen, *_panes(screen)[2])


def show_output(screen: "MainScreen", _argument: str) -> None:
    """Go to the output."""
    _focus(screen, *_panes(screen)[3])


def show_variables(screen: "MainScreen", _argument: str) -> None:
    """Go to the variables."""
    _focus(screen, *_panes(screen)[4])


def maximise(screen: "MainScreen", _argument: str) -> None:
    """Enlarge the pane that has the focus, or put all back."""
    if screen.has_class("-maximised"):
        screen.remove_class("-maximised")
        return
    names = {"conversation-pane": "conversation", "output-pane": "output", "variables-pane": "variables"}
    focused = screen.focused
    found = [names[node.id] for node in focused.ancestors if node.id in names] if focused is not None else []
    _mark(screen, found[0] if found else "cell")
    screen.add_class("-maximised")


def _mark(screen: "MainScreen", name: str) -> None:
    """Say which pane has the whole room."""
    for each in ("conversation", "cell", "output", "variables"):
        screen.set_class(each == name, f"-max-{each}")
    if not name:
        screen.remove_class("-maximised")


# -- drawing


def suspend(screen: "MainScreen", _argument: str) -> None:
    """Stop the process, as the shell's job control wants it; `fg` goes on."""
    app_of(screen).action_suspend_process()


def redraw(screen: "MainScreen", _argument: str) -> None:
    """Draw every line again."""
    app_of(screen).refresh(repaint=True, layout=True)
