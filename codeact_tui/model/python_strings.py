"""Where in Python source a position stands: in code, in a string or in a comment. Pure, linear."""

import re
from collections.abc import Iterator

__all__ = ["StringTracker"]

_IN_CODE = re.compile(r"#|'''|\"\"\"|'|\"")
_ENDS = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'", '"', "'''", '"""')}
_LINE_OF_SHELL = re.compile(r"[ \t]*(?:!|%[A-Za-z%])")
_CELL_OF_SHELL = re.compile(r"[ \t]*%%(?:bash|sh|script|cmd|perl|ruby|html|svg|latex|markdown|javascript|js)\b")


class StringTracker:
    """Reads source line by line and remembers the string that a line leaves open.

    Lines that IPython hands to a shell or to another language hold apostrophes that open nothing.
    """

    def __init__(self) -> None:
        self.open_quote: str | None = None
        """The quote of the string that is open after the lines so far."""
        self._foreign = False
        self._began = False

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Take the next line; give the parts of it that lie in strings, as (start, end), quotes included.

        A string in single quotes ends with its line, unless a backslash continues it; one that does not is no string,
        except in a line that has no end yet. Comments count as code.

        Args:
            line: The next line, with or without its newline.
        """
        if not self._began and line.strip():
            self._began = True
            self._foreign = _CELL_OF_SHELL.match(line) is not None
        shell = self._foreign or (self.open_quote is None and _LINE_OF_SHELL.match(line) is not None)
        position = 0
        while position < len(line):
            start = position
            if self.open_quote is None:
                found = _IN_CODE.search(line, position)
                if found is None or found[0] == "#":
                    return
                self.open_quote, start, position = found[0], found.start(), found.end()
            end = _string_end(line, position, self.open_quote)
            if end is None and (shell or _ends_with_line(line, self.open_quote)):
                self.open_quote = None
                return
            if end is not None:
                self.open_quote = None
            position = len(line) if end is None else end
            yield start, position


def _string_end(line: str, position: int, quote: str) -> int | None:
    """Give the position after the closing quote; None when the line does not hold it."""
    ends = (found.end() for found in _ENDS[quote].finditer(line, position) if found[0] == quote)
    return next(ends, None)


def _ends_with_line(line: str, quote: str) -> bool:
    return len(quote) == 1 and line.endswith("\n") and not line.endswith(("\\\n", "\\\r\n"))
