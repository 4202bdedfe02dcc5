"""Python highlighting by tree-sitter: parsed again as code grows, asked only for the lines on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query, Tree

__all__ = ["HIGHLIGHT_QUERY", "PythonSyntax", "Span", "painting_order", "python_language"]

Span = tuple[int, int, str]
"""First character, the one after the last, and what it is: a key of `Palette.syntax`, or `plain`."""

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


HIGHLIGHT_QUERY = f"""
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
def python_language() -> Language:
    """Give tree-sitter's Python; loaded at the first call."""
    import tree_sitter_python
    from tree_sitter import Language

    return Language(tree_sitter_python.language())


@cache
def _parser() -> tuple[Parser, Query]:
    from tree_sitter import Parser, Query

    return Parser(python_language()), Query(python_language(), HIGHLIGHT_QUERY)


def painting_order(captures: Mapping[str, object]) -> list[str]:
    """Give the names among these in the order to paint them: what is painted later covers what was before."""
    return [name for name in _PAINTED.split() if name in captures]


class PythonSyntax:
    """The highlights of one piece of code, which may change."""

    def __init__(self) -> None:
        self._lines: list[str] = []
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
        last = min(last, len(self._lines))
        found: dict[int, list[Span]] = {line: [] for line in range(first, last)}
        if not found:
            return found
        for name, nodes in self._captures(first, last):
            for node in nodes:
                self._paint(found, node, name)
        return found

    def _captures(self, first: int, last: int) -> list[tuple[str, list[Node]]]:
        from tree_sitter import QueryCursor

        parser, query = _parser()
        if self._tree is None:
            self._tree = parser.parse("\n".join(self._lines).encode("utf-8", "replace"))
        cursor = QueryCursor(query)
        cursor.set_point_range((first, 0), (last, 0))
        captures = cursor.captures(self._tree.root_node)
        return [(name, captures[name]) for name in painting_order(captures)]

    def _paint(self, found: dict[int, list[Span]], node: Node, name: str) -> None:
        (top, left), (bottom, right) = node.start_point, node.end_point
        for line in range(max(top, min(found)), min(bottom, max(found)) + 1):
            text = self._lines[line]
            start = _column(text, left) if line == top else 0
            end = _column(text, right) if line == bottom else len(text)
            if end > start:
                found[line].append((start, end, name))


def _column(text: str, byte: int) -> int:
    """Turn a column in UTF-8 bytes into one in characters."""
    return byte if text.isascii() else len(text.encode("utf-8", "replace")[:byte].decode("utf-8", "ignore"))
