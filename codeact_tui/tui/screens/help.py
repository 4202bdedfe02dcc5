"""Help: every key and command, drawn from the registry."""

from textwrap import wrap
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
from codeact_tui.tui.text import joined, styled
from codeact_tui.tui.themes import palette

__all__ = ["HelpScreen"]

_COLUMN = 26
_RULE = (
    "A letter answers a question only when the question has been on the screen for half a second, the keyboard was"
    " quiet for as long, and nothing stands in the prompt. Everything else that you type goes to the prompt."
)
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

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,enter", "dismiss", "Back", show=False),
    ]

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self._situation = situation
        self._text = Static(markup=False, id="help-page")

    def compose(self) -> ComposeResult:
        """One long page, scrolled by the arrow keys."""
        with VerticalScroll(id="help-box") as box:
            box.border_title = Content("help")
            box.border_subtitle = Content("↑ ↓ scroll · esc back")
            yield self._text

    def on_resize(self) -> None:
        """Fold the page anew."""
        self.call_after_refresh(self._fold)

    def _fold(self) -> None:
        self._text.update(self.page(max(40, self._text.size.width)))

    def page(self, width: int) -> Content:
        """Write the whole page, in lines of at most so many cells."""
        colors = palette(self)
        lines: list[Content] = []
        for group in dict.fromkeys(action.group for action in ACTIONS):
            if lines:
                lines.append(Content(""))
            lines.append(styled(group, colors.color("accent")).stylize("bold"))
            for action in ACTIONS:
                if action.group == group:
                    lines += self._action(action, width)
            if group == "Prompt":
                for left, right in _MORE:
                    lines += self._rows(left, right, width, quiet=False)
        lines.append(Content(""))
        lines += [styled(line, colors.color("muted")) for line in wrap(_RULE, width)]
        return Content("\n").join(lines)

    def _action(self, action: Action, width: int) -> list[Content]:
        names = [f"/{name}" for name in action.slash]
        if names and action.argument:
            names[0] = f"{names[0]} {action.argument}"
        left = "  ".join(each for each in (keys_label(action), "  ".join(names)) if each)
        return self._rows(left, action.description, width, quiet=not action.applies(self._situation))

    def _rows(self, left: str, right: str, width: int, *, quiet: bool) -> list[Content]:
        """Put a name on the left and its description on the right, or below where the name is long."""
        colors = palette(self)
        name = styled(left, colors.color("muted" if quiet else "foreground"))
        words = [styled(line, colors.color("muted")) for line in wrap(right, max(20, width - _COLUMN))]
        blank = Content(" " * _COLUMN)
        if len(left) + 4 > _COLUMN:
            return [Content("  ") + name, *(blank + line for line in words)]
        first = joined([Content("  "), name, Content(" " * (_COLUMN - 2 - len(left))), words[0]])
        return [first, *(blank + line for line in words[1:])]
