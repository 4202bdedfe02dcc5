"""What of Markdown decides whether a tag is meant: fences and inline code. Pure, linear.

Source: CommonMark 0.31, sections 4.5 "Fenced code blocks" and 6.1 "Code spans".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Fence", "FenceTracker", "fence", "inline_code"]

_FENCE = re.compile(r"[ \t]{0,16}(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\n?\Z")
_BACKTICKS = re.compile(r"`+")


class Fence(NamedTuple):
    """A line that opens or closes a block of code."""

    mark: str
    info: str
    """What follows the mark, such as the language; empty on a line that closes."""


def fence(line: str) -> Fence | None:
    """Read a line as a fence; None when it is none."""
    found = _FENCE.match(line)
    return Fence(found[1] or found[3], (found[2] or found[4] or "").strip()) if found else None


class FenceTracker:
    """Reads text line by line and remembers the fence that is open."""

    def __init__(self) -> None:
        self.open_mark: str | None = None
        """The mark of the fence that is open after the lines so far."""

    def take(self, line: str) -> bool:
        """Take the next line; say whether it is a fence that opens or closes a block."""
        found = fence(line)
        if found is None:
            return False
        if self.open_mark is None:
            self.open_mark = found.mark
            return True
        if found.mark.startswith(self.open_mark) and not found.info:
            self.open_mark = None
            return True
        return False


def inline_code(line: str) -> Iterator[tuple[int, int]]:
    """Give the parts of a line that are inline code, as (start, end), in order.

    Backticks that nothing closes are no code, but in a line that has no end yet they may become some: there what
    follows them counts as code.
    """
    runs = list(_BACKTICKS.finditer(line))
    last_of_length = {len(run[0]): index for index, run in enumerate(runs)}
    opened: tuple[int, int] | None = None
    for index, run in enumerate(runs):
        length = len(run[0])
        if opened is None:
            if last_of_length[length] > index or not line.endswith("\n"):
                opened = run.start(), length
        elif length == opened[1]:
            yield opened[0], run.end()
            opened = None
    if opened is not None:
        yield opened[0], len(line)
