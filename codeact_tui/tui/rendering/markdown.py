"""Markdown as lines: parsed by markdown-it, drawn by hand, nothing in it obeyed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow, indented
from codeact_tui.tui.rendering.markdown_math import BLOCK, INLINE, understand_math
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.table import Cell, table_lines
from codeact_tui.tui.rendering.text import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["markdown_lines", "settled_chars", "warm_up"]

_MAX_CHARS = 64 * 1024
"""Longer text is drawn as it is."""
_NARROW = 10
"""Below this width nothing is indented any further."""
_MAX_URL = 300
_BULLETS = "•◦▪"
_MARKS = {"em": Style(italic=True), "strong": Style(bold=True), "s": Style(strike=True)}


def markdown_lines(text: str, width: int, paint: Paint, *, highlight: bool = True) -> list[Line]:
    """Draw Markdown.

    Args:
        text: Anything.
        width: Cells there are.
        paint: The styles.
        highlight: Colour the code in fences; not while they are still being written.
    """
    source = clean(text, tab=4)
    if len(source) > _MAX_CHARS:
        return flow([(source, paint.text)], width)
    return _Renderer(paint, highlight=highlight).blocks(_tree(_parsed(source)), width)


def settled_chars(source: str) -> int:
    """Say how much of a text that is still growing will be drawn the same whatever follows: all but its last block.

    Args:
        source: Clean text that begins with a block.
    """
    starts = [token.map[0] for token in _parsed(source) if token.level == 0 and token.map and token.nesting >= 0]
    if len(starts) < 2:
        return 0
    at = 0
    for _ in range(starts[-1]):
        at = source.index("\n", at) + 1
    return at


def warm_up() -> None:
    """Import the parser, which takes 20 ms: better in a thread before the first reply than when it is drawn."""
    _parser()
    _formula("x")


def _formula(source: str) -> str:
    from codeact_tui.tui.rendering.latex import math_to_unicode  # late: no formula is there at the first paint

    return clean(math_to_unicode(source))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    understand_math(parser)
    return parser


@lru_cache(maxsize=8)
def _parsed(source: str) -> "list[Token]":
    """Parse; what grows is asked for twice at each step."""
    return _parser().parse(source)


@dataclass
class _Node:
    token: "Token"
    children: list["_Node"] = field(default_factory=list["_Node"])

    @property
    def kind(self) -> str:
        return self.token.type.removesuffix("_open")


def _tree(tokens: "Sequence[Token]") -> list[_Node]:
    """Turn opening and closing tokens into nodes with children."""
    root: list[_Node] = []
    stack = [root]
    for token in tokens:
        if token.nesting < 0:
            stack.pop()
            continue
        node = _Node(token)
        stack[-1].append(node)
        if token.nesting > 0:
            stack.append(node.children)
    return root


class _Renderer:
    def __init__(self, paint: Paint, *, highlight: bool) -> None:
        self._paint = paint
        self._highlight = highlight
        self._depth = 0
        self._draw: dict[str, Callable[[_Node, int], list[Line]]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "fence": self._code,
            "code_block": self._code,
            "blockquote": self._quote,
            "bullet_list": self._list,
            "ordered_list": self._list,
            "table": self._table,
            "hr": self._rule,
            BLOCK: self._math,
        }

    def blocks(self, nodes: Sequence[_Node], width: int, *, tight: bool = False) -> list[Line]:
        lines: list[Line] = []
        for node in nodes:
            block = self._draw.get(node.kind, self._literal)(node, width)
            if lines and block and not tight:
                lines.append(Line())
            lines.extend(block)
        return lines

    def _paragraph(self, node: _Node, width: int) -> list[Line]:
        return flow(self._inline(node, self._paint.text), width)

    def _heading(self, node: _Node, width: int) -> list[Line]:
        style = self._paint.heading if node.token.tag in {"h1", "h2"} else self._paint.text + _MARKS["strong"]
        lines = flow(self._inline(node, style), width)
        if node.token.tag == "h1":
            longest = max((len(line.text) for line in lines), default=0)
            lines.append(Line((("━" * min(width, longest), self._paint.faint),), longest, ""))
        return lines

    def _code(self, node: _Node, width: int) -> list[Line]:
        language = node.token.info.split()[0] if node.token.info.split() else ""
        source = node.token.content.removesuffix("\n")
        lines = code_lines(source, self._paint, language=language if self._highlight else "")
        lead = [("│ ", self._paint.faint)]
        return [line for code in lines for line in indented(chop(code, width - 2), lead)]

    def _quote(self, node: _Node, width: int) -> list[Line]:
        lines = self.blocks(node.children, width - 2 if width > _NARROW else width)
        quoted = [
            Line(tuple((text, self._paint.quote + style) for text, style in line.pieces), line.gutter, line.joint)
            for line in lines
        ]
        return indented(quoted, [("▌ ", self._paint.faint)]) if width > _NARROW else quoted

    def _list(self, node: _Node, width: int) -> list[Line]:
        ordered = node.kind == "ordered_list"
        number = int(node.token.attrGet("start") or 1) if ordered else 0
        tight = not any(
            child.kind == "paragraph" and not child.token.hidden for item in node.children for child in item.children
        )
        marker_width = len(str(number + len(node.children) - 1)) + 2 if ordered else 2
        lines: list[Line] = []
        for item in node.children:
            marker = f"{number}.".rjust(marker_width - 1) + " " if ordered else _BULLETS[self._depth % 3] + " "
            number += 1
            if lines and not tight:
                lines.append(Line())
            lines.extend(self._item(item, marker, width, tight=tight))
        return lines

    def _item(self, item: _Node, marker: str, width: int, *, tight: bool) -> list[Line]:
        indent = len(marker) if width > _NARROW + len(marker) else 0
        self._depth += 1
        body = self.blocks(item.children, width - indent, tight=tight)
        self._depth -= 1
        if not indent:
            return body
        lines = indented(body or [Line()], [(marker, self._paint.accent)], [(" " * indent, self._paint.text)])
        # What the eye needs to read a list is copied with it.
        return [line._replace(gutter=0) if line.gutter == indent and line.joint == "\n" else line for line in lines]

    def _table(self, node: _Node, width: int) -> list[Line]:
        rows = [row for part in node.children for row in part.children]
        bold = self._paint.text + _MARKS["strong"]
        cells = [
            [
                Cell(
                    self._inline(cell, bold if cell.kind == "th" else self._paint.text),
                    right="right" in str(cell.token.attrGet("style") or ""),
                    center="center" in str(cell.token.attrGet("style") or ""),
                )
                for cell in row.children
            ]
            for row in rows
        ]
        return table_lines(cells, width, self._paint)

    def _rule(self, node: _Node, width: int) -> list[Line]:
        del node
        return [Line((("─" * width, self._paint.faint),))]

    def _math(self, node: _Node, width: int) -> list[Line]:
        lead = [("  ", self._paint.text)] if width > _NARROW else []
        return flow([(_formula(node.token.content), self._paint.inline_code)], width, lead)

    def _literal(self, node: _Node, width: int) -> list[Line]:
        return flow([(clean(node.token.content).rstrip("\n"), self._paint.muted)], width)

    def _inline(self, node: _Node, base: Style) -> list[Piece]:
        pieces: list[Piece] = []
        for child in node.children:
            for piece in _Inline(self._paint, base).pieces(child.token.children or []):
                pieces.append(piece)
        return pieces


class _Inline:
    """What stands in a paragraph: emphasis, code, links."""

    def __init__(self, paint: Paint, base: Style) -> None:
        self._paint = paint
        self._styles = [base]
        self._links: list[tuple[str, int]] = []
        self._pieces: list[Piece] = []

    def pieces(self, tokens: "Sequence[Token]") -> list[Piece]:
        for token in tokens:
            self._take(token)
        return self._pieces

    def _take(self, token: "Token") -> None:
        kind = token.type
        style = self._styles[-1]
        if kind == "link_open":
            self._links.append((str(token.attrGet("href") or ""), len(self._pieces)))
            self._styles.append(style + self._paint.link)
        elif kind == "link_close":
            self._styles.pop()
            self._close_link()
        elif token.nesting > 0:
            self._styles.append(style + _MARKS.get(kind.removesuffix("_open"), Style.null()))
        elif token.nesting < 0:
            self._styles.pop()
        elif kind == "softbreak":
            self._pieces.append((" ", style))
        elif kind == "hardbreak":
            self._pieces.append(("\n", style))
        elif kind == "code_inline":
            self._pieces.append((clean(token.content), style + self._paint.inline_code))
        elif kind == INLINE:
            shown = _formula(token.content).replace("\n", "  ")
            self._pieces.append((shown, style + self._paint.inline_code))
        elif kind == "image":
            self._pieces.append((f"[image: {clean(token.content)}]", style + self._paint.muted))
            self._write_url(str(token.attrGet("src") or ""))
        elif token.content:
            self._pieces.append((clean(token.content), style))

    def _close_link(self) -> None:
        url, start = self._links.pop()
        shown = "".join(text for text, _ in self._pieces[start:])
        if url not in {shown, f"mailto:{shown}"}:
            self._write_url(url)

    def _write_url(self, url: str) -> None:
        shown = clean(url).replace("\n", "")
        shown = shown if len(shown) <= _MAX_URL else shown[:_MAX_URL] + "…"
        self._pieces.append((f" ({shown})", self._styles[-1] + self._paint.muted))
