"""Keeps the pictures that were decoded, has others decoded one after the other, and draws them."""

import asyncio
import importlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import NamedTuple, Protocol

from codeact_tui.tui.pictures.decoding import decode
from codeact_tui.tui.pictures.mosaic import MosaicPainter, cells_for
from codeact_tui.tui.pictures.pixmaps import BadPicture, Pixels
from codeact_tui.tui.rendering.lines import Line

__all__ = ["Gallery", "Painter"]

_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_MAX = 512
_WAITING_MAX = 32
"""How many pictures may wait to be decoded; the one asked for longest ago gives way: it is out of sight by then."""

_DRAWN_CELLS = 150_000
"""How much of what was drawn is kept: several screens full, so that nothing in sight is drawn again and again."""
_CELLS_EACH = 300
"""What a picture counts beside its cells, so that there are not too many small ones."""

_Key = tuple[str, int, int]
_Place = tuple[_Key, int, int, object]
"""A picture, the columns and rows that it takes, and what else the painter's drawing depends on."""


class _Decode(Protocol):
    def __call__(self, mime: str, data: str, *, side: int) -> Awaitable[Pixels]: ...


class Painter(Protocol):
    """Turns pixels into lines."""

    side: int
    """The longest side of a picture that is worth having, in pixels."""

    @property
    def unit(self) -> object:
        """What a drawing depends on beside its cells."""
        ...

    def prepare(self, pixels: Pixels) -> Pixels:
        """Do once what takes long; called in a thread."""
        ...

    def paint(self, place: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
        """Draw a picture in so many cells; called in a thread.

        Args:
            place: What tells this drawing from others.
            pixels: The picture.
            columns: Cells it takes.
            rows: Lines it takes.
        """
        ...

    def forget(self, place: object) -> None:
        """Take back a drawing that is not kept any more."""
        ...

    def end(self) -> None:
        """Take back what was left in the terminal."""
        ...


class _Waiting(NamedTuple):
    mime: str
    data: str


class Gallery:
    """Draws pictures.

    Args:
        start: Runs a coroutine beside everything else.
        changed: Called when a picture is there that was asked for, or never will be.
        painter: Draws what was decoded; None for characters.
        decode: Decodes a picture.
    """

    def __init__(
        self,
        start: Callable[[Coroutine[None, None, None]], object],
        changed: Callable[[], None],
        painter: Painter | None = None,
        decode: _Decode = decode,
    ) -> None:
        self._start = start
        self._changed = changed
        self.painter = painter or MosaicPainter()
        self._decode = decode
        self._kept: OrderedDict[_Key, Pixels | str] = OrderedDict()
        self._drawn: OrderedDict[_Place, list[Line]] = OrderedDict()
        self._waiting: OrderedDict[_Place, _Waiting] = OrderedDict()
        self._is_working = False

    def rows(self, size: tuple[int, int], columns: int, rows_max: int) -> int:
        """Say how many lines a picture of this size in pixels takes."""
        return cells_for(*size, columns, rows_max)[1]

    def draw(self, mime: str, data: str, size: tuple[int, int], columns: int, rows_max: int) -> list[Line] | str:
        """Draw a picture as large as fits; or say that it is being decoded, or why it can't be.

        Args:
            mime: Its type.
            data: In base64; SVG as text.
            size: Its width and height in pixels, as far as they are known.
            columns: Cells there are.
            rows_max: Lines there are.
        """
        key = mime, len(data), hash(data)
        place = key, *cells_for(*size, columns, rows_max), self.painter.unit
        found = self._kept.get(key)
        if isinstance(found, str):
            return found
        if place in self._drawn:
            self._drawn.move_to_end(place)
            return self._drawn[place]
        self._wait_for(place, _Waiting(mime, data))
        return "drawing …"

    def _wait_for(self, place: _Place, waiting: _Waiting) -> None:
        self._waiting[place] = waiting
        self._waiting.move_to_end(place)
        while len(self._waiting) > _WAITING_MAX:
            self._waiting.popitem(last=False)
        if not self._is_working:
            self._is_working = True
            self._start(self._work())

    async def _work(self) -> None:
        """Decode and draw what waits, what was asked for last first: it is in sight."""
        try:
            await asyncio.to_thread(importlib.import_module, "PIL.Image")
            while self._waiting:
                place, waiting = self._waiting.popitem()
                try:
                    await self._paint(place, waiting)
                except BadPicture as error:
                    self._keep(place[0], error.sentence)
                self._changed()
        finally:
            self._is_working = False

    async def _paint(self, place: _Place, waiting: _Waiting) -> None:
        """Decode a picture where that has not been done, and draw it, in threads: a large one takes a while."""
        key, columns, rows, _ = place
        pixels = self._kept.get(key)
        if isinstance(pixels, Pixels):
            self._kept.move_to_end(key)
        else:
            decoded = await self._decode(*waiting, side=self.painter.side)
            pixels = await asyncio.to_thread(self.painter.prepare, decoded)
            self._keep(key, pixels)
        self._drawn[place] = await asyncio.to_thread(self.painter.paint, place, pixels, columns, rows)
        while len(self._drawn) > 1 and self._drawn_cells() > _DRAWN_CELLS:
            gone, _ = self._drawn.popitem(last=False)
            self.painter.forget(gone)

    def _drawn_cells(self) -> int:
        return sum(columns * rows + _CELLS_EACH for _, columns, rows, _ in self._drawn)

    def _keep(self, key: _Key, found: Pixels | str) -> None:
        self._kept[key] = found
        while len(self._kept) > _KEPT_MAX or self._kept_bytes() > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _kept_bytes(self) -> int:
        return sum(len(each.rgb) for each in self._kept.values() if isinstance(each, Pixels))
