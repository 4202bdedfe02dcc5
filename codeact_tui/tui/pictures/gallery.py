"""Keeps the pictures that were decoded, has others decoded one after the other, and draws them."""

import asyncio
import importlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import NamedTuple, Protocol

from codeact_tui.tui.pictures.decoding import BadPicture, Pixels, decode
from codeact_tui.tui.pictures.mosaic import MosaicPainter, cells_for
from codeact_tui.tui.rendering.lines import Line

__all__ = ["Gallery", "Painter"]

_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_MAX = 512
_WAITING_MAX = 32
"""How many pictures may wait to be decoded; the one asked for longest ago gives way: it is out of sight by then."""

_Key = tuple[str, int, int]


class _Decode(Protocol):
    def __call__(self, mime: str, data: str, *, side: int) -> Awaitable[Pixels]: ...


class Painter(Protocol):
    """Turns pixels into lines."""

    side: int
    """The longest side of a picture that is worth having, in pixels."""

    def prepare(self, pixels: Pixels) -> Pixels:
        """Do once what takes long; called in a thread."""
        ...

    def paint(self, key: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
        """Draw a picture, which the key tells from others, in so many cells."""
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
        self._waiting: OrderedDict[_Key, _Waiting] = OrderedDict()
        self._is_decoding = False

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
        found = self._find(key, mime, data)
        if isinstance(found, str):
            return found
        if found is None:
            return "drawing …"
        return self.painter.paint(key, found, *cells_for(*size, columns, rows_max))

    def _find(self, key: _Key, mime: str, data: str) -> Pixels | str | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._waiting[key] = _Waiting(mime, data)
        self._waiting.move_to_end(key)
        while len(self._waiting) > _WAITING_MAX:
            self._waiting.popitem(last=False)
        if not self._is_decoding:
            self._is_decoding = True
            self._start(self._decode_waiting())
        return None

    async def _decode_waiting(self) -> None:
        """Decode what waits, what was asked for last first: it is in sight."""
        try:
            await asyncio.to_thread(importlib.import_module, "PIL.Image")
            while self._waiting:
                key, (mime, data) = self._waiting.popitem()
                try:
                    pixels = await self._decode(mime, data, side=self.painter.side)
                    self._keep(key, await asyncio.to_thread(self.painter.prepare, pixels))
                except BadPicture as error:
                    self._keep(key, error.sentence)
                self._changed()
        finally:
            self._is_decoding = False

    def _keep(self, key: _Key, found: Pixels | str) -> None:
        self._kept[key] = found
        while len(self._kept) > _KEPT_MAX or self._kept_bytes() > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _kept_bytes(self) -> int:
        return sum(len(each.rgb) for each in self._kept.values() if isinstance(each, Pixels))
