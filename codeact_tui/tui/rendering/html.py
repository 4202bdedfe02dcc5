"""HTML as Markdown, which is then drawn as everything else is: headings, lists, tables, code, links."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

from codeact_tui.tui.rendering.html_tags import Tag, html_tags

__all__ = ["html_to_markdown"]

_MAX_CHARS = 64 * 1024
_MAX_TAGS = 4000
"""Reading so many takes some 25 ms, in which no key is heard."""
_MAX_ROWS = 200
_MAX_COLUMNS = 30
_MAX_SPAN = 30
_MAX_NESTED = 6
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~$&]")
_LIST_LIKE = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_NUMBER = re.compile(r"[-+−]?[\d.,  %]*\d[\d.,]*(?:e[-+]?\d+)?\s?%?|nan|none|<na>|nat|inf|-inf|", re.IGNORECASE)
_ITEM = re.compile(r"(?:> )*\s*(?:- |\d+\. )")
_LINK = re.compile(r"(?:https?|mailto):[^\s<>\x00-\x1f]{1,500}", re.IGNORECASE)
_PARAGRAPHS = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "header", "html", "legend", "main", "nav", "p", "section", "summary"}
)
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "var": "*", "s": "~~", "del": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}


def html_to_markdown(source: str) -> str:
    """Write HTML as Markdown; of a very long one the beginning, and that it goes on.

    Args:
        source: Anything. Scripts, styles and what else can't be shown as text are left out.
    """
    writer = _Writer()
    tags = 0
    for part in html_tags(source[:_MAX_CHARS]):
        if isinstance(part, str):
            writer.text(part)
            continue
        tags += 1
        if tags > _MAX_TAGS:
            break
        writer.tag(part)
    if len(source) > _MAX_CHARS or tags > _MAX_TAGS:
        return f"{writer.finish()}\n\n*… the page goes on, o opens it outside*".lstrip()
    return writer.finish()


@dataclass
class _Table:
    rows: list[list[str]] = field(default_factory=list[list[str]])
    heads: int = 0
    """How many rows at the top are heads."""
    is_head: bool = True
    """All cells of the row so far are heads."""
    below: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    """Cells that go on in the rows below: what stands there, and in how many."""
    left_out: int = 0


class _Writer:
    """Gathers a line's pieces and writes them as a block when the block ends."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._inline: list[str] = []
        self._open: list[tuple[str, int, str]] = []
        """Emphasis, code and links under way: the tag, where they begin in the line, and a link's address."""
        self._lists: list[int] = []
        """The number of the next item of each list that is open; -1 where items have no numbers."""
        self._item: list[bool] = []
        self._quotes = 0
        self._pre = 0
        self._pre_from = 0
        """Where the text that is laid out already begins in the line."""
        self._heading = ""
        self._table: _Table | None = None
        self._tables = 0
        self._span = 1, 1

    # -- what comes in

    def text(self, text: str) -> None:
        if self._pre:
            self._inline.append(text)
            return
        words = re.sub(r"\s+", " ", text)
        if words == " " and not self._inline:
            return
        self._inline.append(words.replace("|", r"\|") if self._in_code else _escaped(words))

    def tag(self, tag: Tag) -> None:
        name = tag.name
        handle: Callable[[Tag], None] | None = getattr(self, f"_{name}_tag", None)
        if name in _PARAGRAPHS:
            self._end_block()
        elif name in _HEADINGS:
            self._end_block()
            self._heading = "" if tag.is_end else _HEADINGS[name]
        elif name in _EMPHASIS or name in _CODE or name == "a":
            self._mark(tag)
        elif handle is not None:
            handle(tag)

    def finish(self) -> str:
        self._end_block()
        if self._table is not None:
            self._end_table()
        return "\n\n".join(self._blocks)

    # -- in a line

    @property
    def _in_code(self) -> bool:
        return any(name in _CODE for name, _, _ in self._open)

    def _mark(self, tag: Tag) -> None:
        if self._pre:
            return
        if not tag.is_end:
            link = _LINK.fullmatch(tag.attributes.get("href", "").strip())
            if len(self._open) < _MAX_NESTED:
                self._open.append((tag.name, len(self._inline), link[0] if link else ""))
            return
        at = next((at for at in range(len(self._open) - 1, -1, -1) if self._open[at][0] == tag.name), None)
        if at is not None:
            name, start, link = self._open[at]
            del self._open[at:]
            self._wrap(name, start, link)

    def _wrap(self, name: str, start: int, link: str) -> None:
        inner = "".join(self._inline[start:])
        words = inner.strip()
        if not words:
            return
        if name in _CODE:
            fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
            pad = " " if words.startswith("`") or words.endswith("`") else ""
            made = f"{fence}{pad}{words}{pad}{fence}"
        elif name == "a":
            made = f"[{words}](<{link}>)" if link else words
        else:
            made = f"{_EMPHASIS[name]}{words}{_EMPHASIS[name]}"
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        self._inline[start:] = [before, made, after]

    def _br_tag(self, tag: Tag) -> None:
        del tag
        self._inline.append("\n" if self._pre else " " if self._table is not None else "\\\n")

    def _img_tag(self, tag: Tag) -> None:
        words = re.sub(r"\s+", " ", tag.attributes.get("alt", ""))[:200].strip()
        self._inline.append(_escaped(f"[image{': ' * bool(words)}{words}]"))

    def _td_tag(self, tag: Tag) -> None:
        self._cell(tag, is_head=False)

    def _th_tag(self, tag: Tag) -> None:
        self._cell(tag, is_head=True)

    # -- blocks

    def _hr_tag(self, tag: Tag) -> None:
        del tag
        self._end_block()
        self._add("---")

    def _pre_tag(self, tag: Tag) -> None:
        if not tag.is_end:
            self._end_block()
            self._pre_from = self._pre_from if self._pre else len(self._inline)
            self._pre += 1
        elif self._pre:
            self._pre = 0
            source = "".join(self._inline[self._pre_from :]).strip("\n")
            del self._inline[self._pre_from :]
            if self._table is not None:
                self.text(source)
            elif source:
                fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", source)), default=0))
                self._add(f"{fence}\n{source}\n{fence}")

    def _ul_tag(self, tag: Tag) -> None:
        self._list(-1, tag)

    def _ol_tag(self, tag: Tag) -> None:
        start = tag.attributes.get("start", "1")
        self._list(int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1, tag)

    def _list(self, number: int, tag: Tag) -> None:
        self._end_block()
        if not tag.is_end:
            self._lists.append(number)
        elif self._lists:
            self._lists.pop()

    def _li_tag(self, tag: Tag) -> None:
        self._end_block()
        if not tag.is_end:
            self._item = [True]

    def _dd_tag(self, tag: Tag) -> None:
        self._end_block()
        if not tag.is_end:
            self._item = [True]

    def _blockquote_tag(self, tag: Tag) -> None:
        self._end_block()
        self._quotes = max(0, min(self._quotes + (-1 if tag.is_end else 1), _MAX_NESTED))

    def _end_block(self) -> None:
        if self._table is not None or self._pre:
            if self._inline and not self._pre:
                self._inline.append(" ")
            return
        text = "".join(self._inline).strip()
        self._inline.clear()
        self._open.clear()
        text = text.removesuffix("\\").rstrip()
        if not text:
            return
        if self._heading:
            self._add(f"{self._heading} {text}")
            return
        if text[0] in "-+=":
            text = "\\" + text
        self._add(_LIST_LIKE.sub(r"\1\\\2", text, count=1) if text[0].isdigit() else text)

    def _add(self, block: str) -> None:
        first = rest = "> " * self._quotes
        depth = min(len(self._lists), _MAX_NESTED)
        if depth:
            indent = "   " * (depth - 1)
            number = self._lists[-1]
            marker = "   " if not self._item else "-  " if number < 0 else f"{number}. "
            if self._item and number >= 0:
                self._lists[-1] += 1
            first, rest = first + indent + marker, rest + indent + " " * len(marker)
        self._item = []
        lines = block.split("\n")
        made = "\n".join([first + lines[0], *(rest + line for line in lines[1:])])
        if depth and self._blocks and self._is_item(self._blocks[-1]) and self._is_item(made):
            self._blocks[-1] += "\n" + made  # a list whose items stand close together
        else:
            self._blocks.append(made)

    def _is_item(self, block: str) -> bool:
        return _ITEM.match(block, block.rfind("\n") + 1) is not None

    # -- tables

    def _table_tag(self, tag: Tag) -> None:
        self._tables = max(0, self._tables + (-1 if tag.is_end else 1))
        if not tag.is_end and self._table is None:
            self._end_block()
            self._table = _Table()
        elif tag.is_end and self._table is not None and not self._tables:
            self._end_table()

    def _tr_tag(self, tag: Tag) -> None:
        table = self._table
        if table is None or self._tables > 1:
            return
        self._end_row(table)
        if not tag.is_end:
            if len(table.rows) < _MAX_ROWS:
                table.rows.append([])
            else:
                table.left_out += 1
            table.is_head = True

    def _end_row(self, table: _Table) -> None:
        self._take_cell(table)
        if table.rows and table.rows[-1] and table.is_head and table.heads == len(table.rows) - 1:
            table.heads = len(table.rows)

    def _cell(self, tag: Tag, *, is_head: bool) -> None:
        table = self._table
        if table is None or self._tables > 1 or table.left_out:
            self._inline.append(" ")
            return
        self._take_cell(table)
        if tag.is_end:
            return
        if not table.rows:
            table.rows.append([])
        table.is_head = table.is_head and is_head
        self._span = _span(tag, "colspan"), _span(tag, "rowspan")
        table.rows[-1].append("")
        self._fill_from_above(table)
        self._inline.clear()

    def _fill_from_above(self, table: _Table) -> None:
        row = table.rows[-1]
        while len(row) <= _MAX_COLUMNS and (len(row) - 1) in table.below:
            column = len(row) - 1
            words, left = table.below.pop(column)
            if left > 1:
                table.below[column] = words, left - 1
            row.insert(column, "")

    def _take_cell(self, table: _Table) -> None:
        words = re.sub(r"\s+", " ", "".join(self._inline)).strip()
        self._inline.clear()
        self._open.clear()
        if not table.rows or not table.rows[-1] or table.left_out:
            return
        row = table.rows[-1]
        if words and not row[-1]:
            columns, rows = self._span
            at = len(row) - 1
            row[-1] = words
            row.extend([""] * min(columns - 1, _MAX_COLUMNS))
            if rows > 1:
                for column in range(at, at + columns):
                    table.below[column] = words, rows - 1
        self._span = 1, 1

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is None:
            return
        self._end_row(table)
        rows = [row[:_MAX_COLUMNS] for row in table.rows if row]
        if rows:
            self._add("\n".join(_table_rows(rows, table.heads)))
        if table.left_out:
            self._add(f"*… {table.left_out:,} rows more*")


def _escaped(text: str) -> str:
    """Write text so that none of it is Markdown; by references, since a backslash may begin a formula."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", text)


def _span(tag: Tag, name: str) -> int:
    text = tag.attributes.get(name, "1").strip()
    return max(1, min(int(text), _MAX_SPAN)) if re.fullmatch(r"[0-9]{1,4}", text) else 1


def _table_rows(rows: list[list[str]], heads: int) -> list[str]:
    """Write rows as Markdown, which knows one head: several are joined."""
    width = max(len(row) for row in rows)
    full = [row + [""] * (width - len(row)) for row in rows]
    head = [" ".join(filter(None, column)) for column in zip(*full[:heads], strict=True)] if heads else [""] * width
    body = full[heads:]
    right = [
        any(row[at] for row in body) and all(_NUMBER.fullmatch(unescape(row[at])) for row in body)
        for at in range(width)
    ]
    rule = ["--:" if each else "---" for each in right]
    return ["| " + " | ".join(row) + " |" for row in (head, rule, *body)]
