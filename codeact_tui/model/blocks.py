"""How a block of code opens in the words and closes in the code, for tags and for fences. Pure.

A tag in a Markdown fence, in inline code, or in a Python string of the code is text, no tag.
"""

import ast
import re
import sys
import textwrap
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator

from codeact_tui.model.markdown import FenceTracker, fence, inline_code
from codeact_tui.model.python_strings import StringTracker

__all__ = ["BlockCode", "ExecuteWords", "FencedWords", "Words", "tidy"]

_CLOSE_TAG = re.compile(r"<[ \t]{0,4}/[ \t]{0,4}execute[ \t]{0,4}>", re.IGNORECASE)
_PYTHON = re.compile(r"(?:i?python|py)[0-9.]*")
_NEVER = sys.maxsize
_ANY_TAG = re.compile(r"<[ \t]{0,4}(/?)[ \t]{0,4}execute[ \t]{0,4}>", re.IGNORECASE)


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
        was_in_string = self.ends_in_string
        spans = list(self._strings.spans(text))
        if self._whole_lines:
            spans = [(0, len(text))] if was_in_string else []
        margin = len(text) - len(text.lstrip())
        for found, inside in _with_whether_inside(self._candidates(text), iter(spans)):
            if not inside:
                self._take(text[: found.start()])
                return found.start(), found.end()
            if self._doubtful is None and found.start() <= margin:
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

    def _candidates(self, text: str) -> Iterator[re.Match[str]]:
        if not self._whole_lines:
            yield from self._close.finditer(text)
        elif (found := self._close.fullmatch(text.rstrip("\n"))) is not None:
            yield found

    def _take(self, text: str) -> None:
        self._lines.append(text)
        self._length += len(text)


class Words(ABC):
    """The words of a reply, line by line, until a block opens."""

    def __init__(self) -> None:
        self.open_example = False
        """The words so far end in a fence or in inline code that holds an opening tag and no closing one."""
        self._fences = FenceTracker()

    @abstractmethod
    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens: start and end of the tag, and the block."""

    def afresh(self) -> "Words":
        """Give a reader for what follows the block."""
        return type(self)()

    def plain(self, line: str, position: int) -> bool:
        """Say whether a position in the next line is in the words themselves: in no fence, in no inline code."""
        if self._fences.open_mark is not None:
            return False
        return not any(start <= position < end for start, end in inline_code(line))


class ExecuteWords(Words):
    """Words until `<execute>`."""

    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens."""
        if self._fences.take(line) or self._fences.open_mark is not None:
            self._look_for_example(line)
            return None
        self.open_example = False
        last_backtick = line.rfind("`")
        for found, inside in _with_whether_inside(_ANY_TAG.finditer(line), inline_code(line)):
            if inside:
                self.open_example = not found[1] and found.start() > last_backtick
            elif not found[1]:
                block = BlockCode(_CLOSE_TAG, "</execute>", whole_lines=False)
                return found.start(), found.end(), block
        return None

    def _look_for_example(self, line: str) -> None:
        for found in _ANY_TAG.finditer(line):
            self.open_example = not found[1]
        if self._fences.open_mark is None:
            self.open_example = False


class FencedWords(Words):
    """Words until a fence that says it is Python."""

    def opening(self, line: str) -> tuple[int, int, BlockCode] | None:
        """Take the next line; say where in it a block opens."""
        found = fence(line)
        if self._fences.open_mark is None and found is not None and _PYTHON.fullmatch(_language(found.info)):
            mark = found.mark
            close = re.compile(rf"[ \t]*{re.escape(mark)}{re.escape(mark[0])}*[ \t\r]*")
            return 0, len(line), BlockCode(close, mark, whole_lines=True)
        self._fences.take(line)
        return None


def tidy(source: str) -> str:
    """Take away what models put around code: a fence, an indentation common to all lines, blank ends."""
    lines = _unwrapped(_without_blank_ends(source.replace("\r\n", "\n").split("\n")))
    if lines and _is_first_line_apart(lines):
        lines[0] = lines[0].lstrip()
    return textwrap.dedent("\n".join(lines)).rstrip()


def _without_blank_ends(lines: list[str]) -> list[str]:
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _unwrapped(lines: list[str]) -> list[str]:
    """Take a fence away that stands around all lines; its end may be missing."""
    opening = fence(lines[0]) if lines else None
    if opening is None or not (opening.info == "" or _PYTHON.fullmatch(_language(opening.info))):
        return lines
    closing = fence(lines[-1])
    closed = closing is not None and not closing.info and closing.mark.startswith(opening.mark)
    return _without_blank_ends(lines[1:-1] if closed else lines[1:])


def _is_first_line_apart(lines: list[str]) -> bool:
    """Say whether only the first line is indented: `<execute> print(1)`, then lines from the margin."""
    rest = [line for line in lines[1:] if line.strip()]
    return not rest or any(not line[0].isspace() for line in rest)


def _language(info: str) -> str:
    words = info.strip().lstrip("{.").rstrip("}").split()
    return words[0].lower() if words else ""


def _with_whether_inside(
    found: Iterator[re.Match[str]], spans: Iterator[tuple[int, int]]
) -> Iterator[tuple[re.Match[str], bool]]:
    """Say of each match whether it begins in one of the spans. Both come in order, and each is looked at once."""
    start, end = next(spans, (_NEVER, _NEVER))
    for match in found:
        while end <= match.start():
            start, end = next(spans, (_NEVER, _NEVER))
        yield match, start <= match.start()


def _is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(tidy(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
