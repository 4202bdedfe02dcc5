"""How much text one cell may put out: the first of it, then the last."""

from __future__ import annotations

import collections

__all__ = ["Quota"]

_TAIL_CHARS = 1 << 16
_CELLS = 16


class Quota:
    """Counts each cell's text, and keeps back what is too much.

    Args:
        cell_bytes: How much of one cell's text is sent as it comes, in UTF-8.
    """

    def __init__(self, cell_bytes: int):
        self._cell_bytes = cell_bytes
        self._cells = collections.OrderedDict()

    def take(self, cell: str, text: str) -> list[str]:
        """Give what of the text may be sent: all, some, or nothing."""
        usage = self._usage(cell)
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        room = self._cell_bytes - usage.sent
        if size <= room:
            usage.sent += size
            return [text]
        sent = []
        if not usage.held:
            head = text[: max(0, room)] if size == len(text) else _cut(text, max(0, room))
            text = text[len(head) :]
            sent = [head, f"\n[More than {_megabytes(self._cell_bytes)}: of the rest only the last is shown.]\n"]
            usage.sent = self._cell_bytes
            size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        usage.held += size
        usage.tail = text[-_TAIL_CHARS:] if len(text) >= _TAIL_CHARS else (usage.tail + text)[-_TAIL_CHARS:]
        return [piece for piece in sent if piece]

    def end(self, cell: str) -> list[str]:
        """Give what is to be sent at the cell's end: how much was left out, and the last of it."""
        usage = self._usage(cell)
        if not usage.held:
            return []
        left_out = usage.held - len(usage.tail.encode("utf-8", "replace"))
        sent = [f"[… {left_out:,} bytes left out …]\n" if left_out > 0 else "", usage.tail]
        usage.held, usage.tail = 0, ""
        return [piece for piece in sent if piece]

    def _usage(self, cell):
        usage = self._cells.get(cell)
        if usage is None:
            usage = self._cells[cell] = _Usage()
            while len(self._cells) > _CELLS:
                self._cells.popitem(last=False)
        return usage


class _Usage:
    def __init__(self):
        self.sent = 0
        self.held = 0
        self.tail = ""


def _cut(text, size):
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def _megabytes(size):
    return f"{size / (1 << 20):,.0f} MiB" if size >= 1 << 20 else f"{size:,} bytes"
