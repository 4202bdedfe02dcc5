"""Where in Python source a position stands: in code, in a string or in a comment. Pure, linear."""

import re
from collections.abc import Iterator

__all__ = ["StringTracker"]

_IN_CODE = re.compile(r"#|'''|\"\"\"|'|\"")
_ENDS = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'", '"', "'''", '"""')}


class StringTracker:
    """Reads source line by line and remembers the string that a line leaves open."""

    def __init__(self) -> None:
        self.open_quote: str | None = None
        """The quote of the string that is open after the lines so far."""

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Give the parts of a line that lie in strings, as (start, end), quotes included.

        A string in single quotes ends with its line, unless a backslash continues it. Comments count as code.

        Args:
            line: The next line, with or without its newline.
        """
        position = 0
        while position < len(line):
            start = position
            if self.open_quote is None:
                found = _IN_CODE.search(line, position)
                if found is None or found[0] == "#":
                    return
                self.open_quote, start, position = found[0], found.start(), found.end()
            position = self._string_end(line, position)
            yield start, position
        if self.open_quote in {"'", '"'} and line.endswith("\n") and not line.endswith("\\\n"):
            self.open_quote = None

    def _string_end(self, line: str, position: int) -> int:
        assert self.open_quote is not None
        for found in _ENDS[self.open_quote].finditer(line, position):
            if found[0] == self.open_quote:
                self.open_quote = None
                return found.end()
        return len(line)
