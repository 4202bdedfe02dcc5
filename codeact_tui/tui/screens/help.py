"""Help: every key and command, drawn from the registry."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from codeact_tui.tui.action_table import ACTIONS
from codeact_tui.tui.actions import Action, keys_label
from codeact_tui.tui.situation import Situation
from codeact_tui.tui.text import styled
from codeact_tui.tui.themes import palette

__all__ = ["HelpScreen"]

_COLUMN = 24
_MORE = (
    ("@name", "in the prompt: a file of this folder"),
    ("!code", "in the prompt: run your own Python in the same kernel; the model sees that you did"),
    ("!!command", "in the prompt: a shell command that the model does not see"),
    ("↑ ↓", "in the prompt: earlier prompts; in a pane: scroll, or choose"),
    ("tab", "go to the next field or pane"),
)


class HelpScreen(ModalScreen[None]):
    """Lists what can be done; what does not apply now is quiet.

    Args:
        situation: What applies now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,enter", "dismiss", "Back", show=False),
    ]

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self._situation = situation

    def compose(self) -> ComposeResult:
        """One long page, scrolled by the arrow keys."""
        with VerticalScroll(id="help-box") as box:
            box.border_title = Content("help")
            box.border_subtitle = Content("↑ ↓ scroll · esc back")
            yield Static(self.page(), markup=False, id="help-page")

    def page(self) -> Content:
        """Write the whole page."""
        colors = palette(self)
        lines: list[Content] = []
        for group in dict.fromkeys(action.group for action in ACTIONS):
            if lines:
                lines.append(Content(""))
            lines.append(styled(group, colors.color("accent")).stylize("bold"))
            lines += [self._line(action) for action in ACTIONS if action.group == group]
            if group == "Prompt":
                lines += [self._row(left, right, quiet=False) for left, right in _MORE]
        lines += [Content(""), self._rule()]
        return Content("\n").join(lines)

    def _line(self, action: Action) -> Content:
        names = [f"/{name}" for name in action.slash]
        if names and action.argument:
            names[0] = f"{names[0]} {action.argument}"
        left = "  ".join(each for each in (keys_label(action), " ".join(names)) if each)
        return self._row(left, action.description, quiet=not action.applies(self._situation))

    def _row(self, left: str, right: str, *, quiet: bool) -> Content:
        colors = palette(self)
        gap = " " * max(2, _COLUMN - len(left)) if len(left) < _COLUMN else f"\n{' ' * (_COLUMN + 2)}"
        name = styled(left, colors.color("muted" if quiet else "foreground"))
        return Content("").join([Content("  "), name, Content(gap), styled(right, colors.color("muted"))])

    def _rule(self) -> Content:
        return styled(
            "A letter answers a question only when it has been on the screen for half a second, the keyboard was quiet"
            " for as long, and nothing stands in the prompt. Everything else that you type goes to the prompt.",
            palette(self).color("muted"),
        )
