"""A variable before and after the last cell that changed it."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import Line, Piece, flow, width_of
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.widgets.variable_changes import Change
from codeact_tui.tui.widgets.variable_columns import variable_shape

__all__ = ["VariableChangeScreen"]

_TEXT_MAX = 2000
_LABEL = 7
_ARROW = " → "
_SAME = "It was set anew; all that can be seen of it is as before."
_UNKNOWN = "What it was before is not known: there were too many variables to look at all of them."


class VariableChangeScreen(ModalScreen[None]):
    """Shows type, shape, size and value; what changed is marked, before and after.

    Args:
        change: What the cell did.
    """

    CSS_PATH = "variable_change.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,c,enter", "dismiss(None)", "Back", show=False)]

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change
        self._view = BlockScroll(id="change")
        self._box = Vertical(self._view, id="change-box")

    def compose(self) -> ComposeResult:
        """A small box."""
        change = self._change
        cell = f"[{action_number(change.action)}]" if change.action is not None else "a cell"
        verb = "made by" if change.new else "changed by"
        self._box.border_title = Content(f"{one_line(change.after.name, 60)} · {verb} {cell}")
        self._box.border_subtitle = Content("esc back")
        yield self._box

    def on_mount(self) -> None:
        """Have the keyboard, and fit the box to what is in it."""
        self._view.set_blocks([ChangeBlock(self._change)], at_end=False)
        self._view.focus()

    def on_resize(self) -> None:
        """Give every line room, as far as there is."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        width = self._view.scrollable_content_region.width
        self._view.styles.height = len(ChangeBlock(self._change).render(max(1, width), Paint()))


class ChangeBlock:
    """The comparison, line by line.

    Args:
        change: What the cell did.
    """

    def __init__(self, change: Change) -> None:
        self._change = change

    def estimate(self, width: int) -> int:
        """About a line for each of the four."""
        del width
        return 6

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw what stayed in a quiet colour; what changed with a sign, in one line where both sides fit."""
        change = self._change
        lines: list[Line] = []
        for label, before, after in _fields(change):
            lead: list[Piece] = [("  " if before == after else "~ ", paint.accent)]
            lead.append((label.ljust(_LABEL), paint.muted))
            if before == after:
                lines += flow([(after, paint.muted)], width, lead)
            else:
                lines += _both(before, after, width, lead, paint)
        if note := _note(change):
            lines += [Line(), *flow([(note, paint.muted)], width, [("  ", paint.text)])]
        return lines


def _both(before: str, after: str, width: int, lead: list[Piece], paint: Paint) -> list[Line]:
    was: Piece = (before or "–", paint.bad)
    now: Piece = (after or "–", paint.good)
    arrow: Piece = (_ARROW, paint.muted)
    if width_of([*lead, was, arrow, now]) <= width:
        return flow([was, arrow, now], width, lead)
    blank: Piece = (" " * (width_of(lead) - 2), paint.text)
    return [*flow([was], width, [*lead]), *flow([now], width, [blank, ("→ ", paint.muted)])]


def _fields(change: Change) -> Iterator[tuple[str, str, str]]:
    """Give label, before and after; where there is no before, both are the same."""
    before, after = _words(change.before or change.after), _words(change.after)
    for label, was in before.items():
        if was or after[label]:
            yield label, was, after[label]


def _words(variable: Variable) -> dict[str, str]:
    size = variable.size_bytes
    return {
        "type": one_line(variable.type_name),
        "shape": variable_shape(variable),
        "size": "" if size is None else human_bytes(size),
        "value": one_line(variable.summary, _TEXT_MAX),
    }


def _note(change: Change) -> str:
    if change.new:
        return "It was not there before."
    if change.before is None:
        return _UNKNOWN
    return _SAME if _words(change.before) == _words(change.after) else ""
