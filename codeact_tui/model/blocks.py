"""How a block of code opens in the words and closes in the code, for tags and for fences. Pure.

A tag in a Markdown fence, in inline code, or in a Python string of the code is text, no tag.
"""

import ast
import re
import textwrap
import warnings
from abc import ABC, abstractmethod

from codeact_tui.model.python_strings import StringTracker

__all__ = ["BlockCode", "ExecuteWords", "FencedWords", "Words"]

_FENCE = re.compile(r"[ \t]{0,16}(`{3,}|~{3,})[ \t]*([^\n`]*)")
_OPEN_TAG = re.compile(r"<[ \t]{0,4}execute[ \t]{0,4}>", re.IGNORECASE)
_CLOSE_TAG = re.compile(r"<[ \t]{0,4}/[ \t]{0,4}execute[ \t]{0,4}>", re.IGNORECASE)
_PYTHON = frozenset({"python", "py", "python3", "py3", "ipython", "ipython3"})
_WRAPPED = re.compile(
    r"\s*(`{3,}|~{3,})[ \t]*(?:python3?|py|ipython)?[ \t]*\n(.*?)(?:\n[ \t]*\1[ \t]*)?\s*\Z", re.DOTALL
)


class BlockCode:
    """The code of one block, line by line, until the tag or fence that closes it.

    Args:
        close: Matches what closes the block.
        end_tag: Closes the block in what the model is shown as its own words.
        whole_lines: The closing has to be a line of its own.
    """

    def __init__(self, close: re.Pattern[str], end_tag: str, *, whole_lines: bool) -> None:
        self.end_tag = end_tag
        self._close = close
        self._whole_lines = whole_lines
        self._strings = StringTracker()
        self._lines: list[str] = []
        self._length = 0
        self._doubtful: int | None = None

    @property
    def source(self) -> str:
        """The code as it was written."""
        return "".join(self._lines)

    @property
    def code(self) -> str:
        """The code as it runs: no fence around it, no indentation common to all lines, no blank ends."""
        return tidy(self.source)

    @property
    def ends_in_string(self) -> bool:
        """The code so far leaves a string open."""
        return self._strings.open_quote is not None

    def closing(self, text: str) -> tuple[int, int] | None:
        """Take the next line; say where in it the block closes, as (start, end)."""
        was_in_string = self._strings.open_quote is not None
        spans = list(self._strings.spans(text))
        for found in self._candidates(text):
            inside = was_in_string if self._whole_lines else _within(found.start(), spans)
            if not inside:
                self._take(text[: found.start()])
                return found.start(), found.end()
            if self._doubtful is None and not text[: found.start()].strip():
                self._doubtful = self._length + found.start()
        self._take(text)
        return None

    def close_late(self) -> bool:
        """At the reply's end, undo a wrong reading of strings: close at a tag that was taken for part of one.

        Done only when the code is no Python as it stands, and the tag stood at the start of its line.
        """
        source = self.source
        if self._doubtful is None or _is_python(source):
            return False
        self._lines = [source[: self._doubtful]]
        self._strings = StringTracker()
        return True

    def _candidates(self, text: str) -> list[re.Match[str]]:
        if not self._whole_lines:
            return list(self._close.finditer(text))
        found = self._close.fullmatch(text.rstrip("\n"))
        return [found] if found else []

    def _take(self, text: str) -> None:
        self._lines.append(text)
        self._length += len(text)


class Words(ABC):
    """The words of a reply, line by line, until a block opens."""

    def __init__(self) -> None:
        self._fence: str | None = None

    @abstractmethod
    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens: start and end of the tag, and the block."""

    def afresh(self) -> "Words":
        """Give a reader for what follows the block."""
        return type(self)()

    def _fence_line(self, line: str) -> bool:
        """Keep track of Markdown fences; say whether the line is one."""
        found = _FENCE.match(line)
        if found is None:
            return False
        mark, info = found[1], found[2].strip()
        if self._fence is None:
            self._fence = mark
            return True
        if mark.startswith(self._fence) and not info:
            self._fence = None
            return True
        return False


class ExecuteWords(Words):
    """Words until `<execute>`."""

    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens."""
        if self._fence_line(line) or self._fence is not None:
            return None
        for found in _OPEN_TAG.finditer(line):
            if not _in_inline_code(line, found.start()):
                block = BlockCode(_CLOSE_TAG, "</execute>", whole_lines=False)
                return found.start(), found.end(), block
        return None


class FencedWords(Words):
    """Words until a fence that says it is Python."""

    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens."""
        found = _FENCE.match(line)
        if self._fence is None and found is not None and _language(found[2]) in _PYTHON:
            mark = found[1]
            close = re.compile(rf"[ \t]*{re.escape(mark)}{re.escape(mark[0])}*[ \t\r]*")
            return 0, len(line), BlockCode(close, mark, whole_lines=True)
        self._fence_line(line)
        return None


def tidy(source: str) -> str:
    """Take away what models put around code: a fence, an indentation common to all lines, blank ends."""
    source = source.replace("\r\n", "\n")
    wrapped = _WRAPPED.fullmatch(source)
    if wrapped is not None:
        source = wrapped[2]
    lines = source.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    if lines and _is_first_line_apart(lines):
        lines[0] = lines[0].lstrip()
    return textwrap.dedent("\n".join(lines)).rstrip()


def _is_first_line_apart(lines: list[str]) -> bool:
    """Say whether only the first line is indented: `<execute> print(1)`, then lines from the margin."""
    rest = [line for line in lines[1:] if line.strip()]
    return not rest or any(not line[0].isspace() for line in rest)


def _language(info: str) -> str:
    words = info.strip().lstrip("{.").rstrip("}").split()
    return words[0].lower() if words else ""


def _within(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _in_inline_code(line: str, position: int) -> bool:
    """Say whether a run of backticks before the position is still open there."""
    mark: str | None = None
    for found in re.finditer(r"`+", line[:position]):
        mark = found[0] if mark is None else None if found[0] == mark else mark
    return mark is not None


def _is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(tidy(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
