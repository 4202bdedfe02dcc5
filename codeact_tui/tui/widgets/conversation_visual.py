"""Selecting text in the conversation with the keyboard: whole lines, from one to another, across blocks."""

from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.selection import Selection

from codeact_tui.tui.rendering.selecting import Place, line_key

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.conversation import Conversation

__all__ = ["Visual"]


class Visual:
    """A line that the selection begins at, and one that moves.

    Args:
        view: The conversation.
    """

    def __init__(self, view: "Conversation") -> None:
        self._view = view
        self._anchor: Place | None = None
        self._cursor: Place = (0, 0)

    @property
    def active(self) -> bool:
        """Keys move the selection's end."""
        return self._anchor is not None

    def start(self, place: Place) -> None:
        """Select this line."""
        self._anchor = self._cursor = place
        self._show()

    def stop(self) -> None:
        """Select nothing any more."""
        self._anchor = None
        self._view.screen.clear_selection()

    def text(self) -> str:
        """Give what is selected."""
        selection = self._selection()
        found = self._view.get_selection(selection) if selection is not None else None
        return found[0] if found is not None else ""

    def key(self, key: str) -> bool:
        """Move by a key; say whether it moves anything."""
        match key:
            case "up" | "k":
                self._by_lines(-1)
            case "down" | "j":
                self._by_lines(1)
            case "shift+up" | "K" | "upper_k" | "left_curly_bracket":
                self._by_blocks(-1)
            case "shift+down" | "J" | "upper_j" | "right_curly_bracket":
                self._by_blocks(1)
            case "pageup":
                self._by_lines(-self._view.page)
            case "pagedown":
                self._by_lines(self._view.page)
            case "home" | "g":
                self._to((0, 0))
            case "end" | "G" | "upper_g":
                self._to(self._view.last_place())
            case _:
                return False
        return True

    def _by_lines(self, by: int) -> None:
        self._to(self._view.place_beside(self._cursor, by))

    def _by_blocks(self, by: int) -> None:
        """Go to the end of the block below, or to the beginning of the one above."""
        index, row = self._cursor
        blocks = len(self._view.blocks)
        while 0 <= index < blocks:
            edge = 0 if by < 0 else max(0, len(self._view.drawn(index).lines) - 1)
            if self._view.drawn(index).lines and (index, edge) != (index, row):
                self._to((index, edge))
                return
            index, row = index + by, -1

    def _to(self, place: Place) -> None:
        self._cursor = place
        self._show()

    def _selection(self) -> Selection | None:
        if self._anchor is None:
            return None
        first, last = sorted((self._anchor, self._cursor))
        end = len(self._view.drawn(last[0]).lines[last[1]].text) if self._view.drawn(last[0]).lines else 0
        return Selection(Offset(0, line_key(first)), Offset(end, line_key(last)))

    def _show(self) -> None:
        selection = self._selection()
        if selection is not None:
            self._view.stay()
            self._view.screen.selections = {self._view: selection}
            self._view.show_line(*self._cursor, margin=1)
