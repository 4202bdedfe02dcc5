"""The candidates above the prompt, one of them chosen."""

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from codeact_tui.tui.prompting.completion import Candidate
from codeact_tui.tui.text import elide, one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["Completions"]

ROWS_MAX = 8


class Completions(Widget):
    """A short list; the arrow keys in the prompt move through it, Tab, Enter or a click takes one."""

    class Picked(Message):
        """The mouse chose this one."""

        def __init__(self, candidate: Candidate) -> None:
            super().__init__()
            self.candidate = candidate

    def __init__(self, *, id: str = "completions") -> None:
        super().__init__(id=id)
        self._candidates: list[Candidate] = []
        self._at = 0
        self.display = False

    @property
    def open(self) -> bool:
        """There is something to choose from."""
        return bool(self._candidates)

    @property
    def chosen(self) -> Candidate | None:
        """The one that Tab takes."""
        return self._candidates[self._at] if self._candidates else None

    def offer(self, candidates: list[Candidate], above: int = 0) -> None:
        """Show these, the first one chosen; none closes the list.

        Args:
            candidates: What there is to choose from.
            above: Rows at the lower edge of the screen that stay free.
        """
        self.styles.margin = (0, 0, above, 0)
        self._candidates, self._at = candidates, 0
        self.display = bool(candidates)
        self.styles.height = min(ROWS_MAX, len(candidates)) or 1
        self.refresh(layout=True)

    def close(self) -> None:
        """Show none."""
        if self._candidates:
            self.offer([])

    def move(self, by: int) -> None:
        """Choose another one, round and round."""
        if self._candidates:
            self._at = (self._at + by) % len(self._candidates)
            self.refresh()

    @property
    def _first(self) -> int:
        return max(0, min(self._at - ROWS_MAX // 2, len(self._candidates) - ROWS_MAX))

    def render(self) -> RenderResult:
        """Draw the rows around the chosen one."""
        first = self._first
        rows = self._candidates[first : first + ROWS_MAX]
        width = max((cell_len(one_line(row.label)) for row in rows), default=0)
        return Content("\n").join(self._row(row, first + at == self._at, width) for at, row in enumerate(rows))

    def _row(self, row: Candidate, chosen: bool, width: int) -> Content:
        colors = palette(self)
        label = one_line(row.label)
        name = elide(label, max(1, self.size.width - 3))
        room = self.size.width - 3 - max(width, cell_len(name)) - 3
        note = elide(row.note, room) if room >= min(12, cell_len(row.note)) else ""
        line = Content("").join(
            [
                styled(" › " if chosen else "   ", colors.color("accent")),
                styled(name, colors.color("accent" if chosen else "foreground")),
                Content(" " * max(0, width - cell_len(name)) + "   "),
                styled(note, colors.color("muted")),
            ]
        )
        return line.stylize("bold", 0, 3 + len(name)) if chosen else line

    def on_click(self, event: events.Click) -> None:
        """Take the row under the mouse."""
        at = self._first + event.y
        if 0 <= at < len(self._candidates):
            self.post_message(self.Picked(self._candidates[at]))
