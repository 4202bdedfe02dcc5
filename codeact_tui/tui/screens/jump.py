"""Letters over everything that can be focused or pressed; typing them goes there."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from codeact_tui.tui.text import joined, styled
from codeact_tui.tui.themes import palette

__all__ = ["JumpScreen", "labels"]

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The home row first."""


def labels(count: int) -> list[str]:
    """Give so many labels, as short as can be, none the beginning of another; at most 26 × 26."""
    pairs_from = 0
    while (len(_LETTERS) - pairs_from) + pairs_from * len(_LETTERS) < count and pairs_from < len(_LETTERS):
        pairs_from += 1
    single = list(_LETTERS[: len(_LETTERS) - pairs_from])
    first = _LETTERS[len(_LETTERS) - pairs_from :]
    return [*single, *(a + b for a in first for b in _LETTERS)][:count]


class JumpScreen(ModalScreen[int | None]):
    """Gives the number of the place that was chosen, or None.

    Args:
        places: Where the labels go, in cells of the screen.
    """

    CSS_PATH = "jump.tcss"

    def __init__(self, places: Sequence[Offset]) -> None:
        super().__init__()
        self._typed = ""
        self._labels = dict(zip(labels(len(places)), range(len(places)), strict=True))
        self._marks: dict[str, Static] = {}
        for (label, number), place in zip(self._labels.items(), places, strict=True):
            mark = Static(markup=False, classes="jump-label")
            mark.styles.offset = (place.x, place.y)
            mark.styles.width = len(label) + 2
            self._marks[label] = mark
            assert number == len(self._marks) - 1

    def compose(self) -> ComposeResult:
        """Lay the labels over the screen."""
        yield from self._marks.values()

    def on_mount(self) -> None:
        """Write the labels."""
        self._draw()

    def _draw(self) -> None:
        colors = palette(self)
        for label, mark in self._marks.items():
            mark.display = label.startswith(self._typed)
            typed = styled(self._typed, colors.color("muted"))
            rest = styled(label[len(self._typed) :], colors.color("background")).stylize("bold")
            mark.update(joined([styled(" "), typed, rest, styled(" ")]))

    def on_key(self, event: events.Key) -> None:
        """Go to what is labelled so; a letter that leads nowhere leaves."""
        event.stop()
        self._typed += event.character or "?"
        if event.key in {"escape", "ctrl+c"}:
            self.dismiss(None)
        elif self._typed in self._labels:
            self.dismiss(self._labels[self._typed])
        elif any(label.startswith(self._typed) for label in self._labels):
            self._draw()
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        """The mouse needs no labels."""
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """Labels that stand elsewhere than what they name would mislead."""
        if self.is_attached and self._size_then not in {None, event.size}:
            self.dismiss(None)
        self._size_then = event.size

    _size_then: object = None
