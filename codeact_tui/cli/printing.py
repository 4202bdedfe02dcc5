"""Printing for commands that are no screen: text from outside made harmless, columns, a little colour."""

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import TextIO

from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible

__all__ = ["bold", "clean", "clean_line", "columns", "print_json", "say", "styled", "terminal_width", "when"]

_STYLES = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
_LINE_CHARS_MAX = 2_000


def clean(text: str) -> str:
    """Make text from outside harmless: no control sequence stays, and what is invisible is written out."""
    return visible(plain_text(text))


def clean_line(text: str) -> str:
    """Make text harmless and put it on one line; what is very long is cut."""
    short = text if len(text) <= _LINE_CHARS_MAX else text[: _LINE_CHARS_MAX - 1] + "…"
    return " ".join(clean(short).split())


def say(text: str = "") -> None:
    """Print text that `clean` or `clean_line` has passed, or that is our own."""
    print(text)


def styled(text: str, style: str, stream: TextIO | None = None) -> str:
    """Colour text where the stream is a terminal that wants colours (NO_COLOR is honoured)."""
    target: TextIO = sys.stdout if stream is None else stream
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not target.isatty()
    return text if plain or not text else f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def bold(text: str) -> str:
    """Make text bold on a terminal."""
    return styled(text, "bold")


def print_json(value: object) -> None:
    """Print a value as JSON in plain ASCII: no character in it means anything to a terminal."""
    print(json.dumps(value, indent=2))


def columns(rows: Sequence[Sequence[str]], *, width: int | None = None) -> list[str]:
    """Lay out rows in columns, two blanks between them; the last column is cut to the terminal's width.

    Args:
        rows: Cells without newlines, already clean.
        width: In terminal cells; None for no limit.
    """
    from rich.cells import cell_len, set_cell_size

    count = max((len(row) for row in rows), default=0)
    widths = [max(cell_len(row[index]) for row in rows if index < len(row)) for index in range(count)]
    lines: list[str] = []
    for row in rows:
        padded = [set_cell_size(cell, size) for cell, size in zip(row[:-1], widths, strict=False)]
        line = "  ".join([*padded, *row[-1:]]).rstrip()
        too_wide = width is not None and cell_len(line) > width
        lines.append(set_cell_size(line, width - 1).rstrip() + "…" if width is not None and too_wide else line)
    return lines


def terminal_width() -> int | None:
    """Give the width of the terminal on stdout; None when it is a file or a pipe."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None
    except (OSError, ValueError):
        return None


def when(at: float) -> str:
    """Write a time, given in seconds since the epoch, in the user's time zone."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
