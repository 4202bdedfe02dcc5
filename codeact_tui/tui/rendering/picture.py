"""A picture among a cell's output: drawn by what the screen has for pictures; else, and below it, a line about it."""

from typing import Protocol

from codeact_tui.tui.rendering.images import describe_image, image_size
from codeact_tui.tui.rendering.lines import Line, fit
from codeact_tui.tui.rendering.paint import Paint

__all__ = ["PictureBody", "PictureSource"]

_UNKNOWN_SIZE = 640, 480


class PictureSource(Protocol):
    """Draws pictures, at once or later."""

    def rows(self, size: tuple[int, int], columns: int, rows_max: int) -> int:
        """Say how many lines a picture of this size in pixels takes."""
        ...

    def draw(self, mime: str, data: str, size: tuple[int, int], columns: int, rows_max: int) -> list[Line] | str:
        """Draw it; or give what is to be said while it is not there, or why it never will be."""
        ...


class PictureBody:
    """Draws one picture.

    Args:
        mime: Its type, `image/…`.
        data: In base64; SVG as text.
    """

    def __init__(self, mime: str, data: str) -> None:
        self.mime = mime
        self.data = data
        self._size = image_size(mime, data) or _UNKNOWN_SIZE
        self._words = describe_image(mime, data)

    def estimate(self, width: int) -> int:
        """Give the height."""
        return max(2, min(20, width * self._size[1] // max(1, 2 * self._size[0]) + 1))

    def draw(self, width: int, paint: Paint, rows_max: int) -> list[Line]:
        """Draw it, and a line about it."""
        source = paint.pictures
        if source is None:
            return [Line(tuple(fit([(self._words, paint.muted)], width)))]
        room = max(1, rows_max - 1)
        drawn = source.draw(self.mime, self.data, self._size, width, room)
        if isinstance(drawn, str):
            rows = source.rows(self._size, width, room) if drawn.endswith("…") else 0
            drawn, words = [Line()] * rows, f"{self._words} · {drawn}"
        else:
            words = f"{self._words} · o opens it outside"
        return [*drawn, Line(tuple(fit([(words, paint.muted)], width)))]
