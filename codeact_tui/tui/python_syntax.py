"""Python highlighting by tree-sitter: parsed again as code grows, asked only for the lines on the screen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query, Tree

__all__ = ["ByteSpan", "PythonSyntax", "Span"]

Span = tuple[int, int, str]
"""First character, the one after the last, and what it is: a key of `Palette.syntax`, or `plain`."""

ByteSpan = tuple[int, int | None, str]
"""The same in UTF-8 bytes; None is the line's end."""

_WHOLE_LINES = 500
_ABOVE_LINES = 150
_BELOW_LINES = 50

_BUILTINS = (
    "abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir "
    "divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash help hex id input int "
    "isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property "
    "range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip self cls"
)
_KEYWORDS = (
    "as assert async await break class continue def del elif else except finally for from global if import lambda "
    "nonlocal pass raise return try while with yield match case and in is not or"
)
_OPERATORS = "- -= != * ** **= *= / // //= /= & &= % %= ^ ^= + -> += < << <<= <= = := == > >= >> >>= | |= ~ @="
_PAINTED = "string plain operator keyword number constant function class builtin decorator escape comment"
"""What is painted later covers what was painted before."""


def _quoted(words: str) -> str:
    return " ".join(f'"{word}"' for word in words.split())


_QUERY = f"""
(string) @string
(interpolation) @plain
[{_quoted(_OPERATORS)}] @operator
[{_quoted(_KEYWORDS)}] @keyword
[(integer) (float)] @number
[(none) (true) (false) (ellipsis)] @constant
((identifier) @constant (#match? @constant "^[A-Z][A-Z_0-9]+$"))
(call function: (identifier) @function)
(call function: (attribute attribute: (identifier) @function))
(function_definition name: (identifier) @function)
(class_definition name: (identifier) @class)
((identifier) @class (#match? @class "^[A-Z][A-Za-z0-9]*[a-z]"))
((identifier) @builtin (#any-of? @builtin {_quoted(_BUILTINS)}))
(decorator) @decorator
(escape_sequence) @escape
(comment) @comment
"""


@cache
def _language() -> Language:
    """Give tree-sitter's Python; loaded at the first call."""
    import tree_sitter_python
    from tree_sitter import Language

    return Language(tree_sitter_python.language())


@cache
def _parser() -> tuple[Parser, Query]:
    from tree_sitter import Parser, Query

    return Parser(_language()), Query(_language(), _QUERY)


class PythonSyntax:
    """The highlights of one piece of code, which may change.

    Of long code only what is near the lines that are asked for is parsed, from the nearest line at the left edge: a
    string that spans hundreds of lines may lose its colour, and everything stays quick.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._window = range(0)
        self._tree: Tree | None = None

    def update(self, lines: list[str]) -> None:
        """Take the code as it is now, split at newlines."""
        self._lines = lines
        self._tree = None

    def spans(self, first: int, last: int) -> dict[int, list[Span]]:
        """Give the spans of these lines, in the order to paint them.

        Args:
            first: The first line, counted from 0.
            last: The one after the last.
        """
        found: dict[int, list[Span]] = {}
        for line, spans in self.byte_spans(first, last).items():
            text = self._lines[line]
            whole = ((_column(text, a), len(text) if b is None else _column(text, b), name) for a, b, name in spans)
            found[line] = [span for span in whole if span[1] > span[0]]
        return found

    def byte_spans(self, first: int, last: int) -> dict[int, list[ByteSpan]]:
        """Give the spans of these lines as places in UTF-8."""
        last = min(last, len(self._lines))
        found: dict[int, list[ByteSpan]] = {line: [] for line in range(first, last)}
        for name, nodes in self._captures(first, last) if found else ():
            for node in nodes:
                (top, left), (bottom, right) = node.start_point, node.end_point
                top, bottom = top + self._window.start, bottom + self._window.start
                for line in range(max(top, first), min(bottom, last - 1) + 1):
                    found[line].append((left if line == top else 0, right if line == bottom else None, name))
        return found

    def _captures(self, first: int, last: int) -> list[tuple[str, list[Node]]]:
        from tree_sitter import QueryCursor

        parser, query = _parser()
        if self._tree is None or first < self._window.start or last > self._window.stop:
            self._window = self._around(first, last)
            source = "\n".join(self._lines[self._window.start : self._window.stop])
            self._tree = parser.parse(source.encode("utf-8", "replace"))
        cursor = QueryCursor(query)
        cursor.set_point_range((first - self._window.start, 0), (last - self._window.start, 0))
        captures = cursor.captures(self._tree.root_node)
        return [(name, captures[name]) for name in _PAINTED.split() if name in captures]

    def _around(self, first: int, last: int) -> range:
        """Choose what is parsed to know these lines: all, if it is not long."""
        total = len(self._lines)
        if total <= _WHOLE_LINES:
            return range(total)
        start = max(0, first - _ABOVE_LINES)
        least = max(0, start - _ABOVE_LINES)
        while start > least and self._lines[start][:1] in ("", " ", "\t", ")", "]", "}", "#"):
            start -= 1
        return range(start, min(total, last + _BELOW_LINES))


def _column(text: str, byte: int) -> int:
    """Turn a column in UTF-8 bytes into one in characters."""
    return byte if text.isascii() else len(text.encode("utf-8", "replace")[:byte].decode("utf-8", "ignore"))
