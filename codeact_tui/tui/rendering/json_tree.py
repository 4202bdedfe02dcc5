"""JSON as a tree: what is nested is indented, what is long is folded with a count."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, cast

from codeact_tui.tui.rendering.lines import Line, Piece, fit
from codeact_tui.tui.rendering.output_part import ROWS_MAX, OutputPart
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line

__all__ = ["JsonBody", "json_part"]

_MAX_CHARS = 256 * 1024
_MAX_DEPTH = 30
_INDENTED = 512 * 1024
"""JSON is indented for copying if its length times its depth is no more: indenting writes blanks for each level."""
_BRACKET = re.compile(r"[\[\]{}]")
_SHORT = 60
"""A container that is written in so many characters stands in one line."""
_SHORT_ITEMS = 8
_VALUE_CHARS = 300

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


class _Row(NamedTuple):
    depth: int
    key: str | int | None
    value: Json
    is_open: bool


def json_part(text: str) -> OutputPart | None:
    """Show JSON; nothing where it is none, or very long."""
    if len(text) > _MAX_CHARS:
        return None
    try:
        value = cast("Json", json.loads(text))
        pretty = json.dumps(value, indent=2, ensure_ascii=False) if _depth(text) * len(text) <= _INDENTED else text
    except (ValueError, RecursionError):
        return None
    lines = pretty.encode("utf-8", "replace").decode().split("\n")  # JSON may name halves of characters
    return OutputPart("json", lines, JsonBody(value))


def _depth(text: str) -> int:
    """Say how deep brackets are nested at most; those in strings count too."""
    depth = deepest = 1
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


class JsonBody:
    """Draws a value with as many levels unfolded as there is room for.

    Args:
        value: As JSON gives it.
    """

    def __init__(self, value: Json) -> None:
        self._value = value

    def estimate(self, width: int) -> int:
        """Give the height."""
        del width
        return min(ROWS_MAX, len(self._unfolded(ROWS_MAX)))

    def draw(self, width: int, paint: Paint, rows_max: int) -> list[Line]:
        """Draw it; what does not fit is folded, and of what still does not fit the beginning is drawn."""
        rows = self._unfolded(rows_max)
        lines = [_line(row, width, paint) for row in rows[:rows_max]]
        if len(rows) > rows_max:
            total = len(self._value) if isinstance(self._value, dict | list) else len(rows)
            more = f"… {max(1, total - rows_max + 2):,} more"
            lines[-1] = Line(tuple(fit([(more, paint.muted)], width)))
        return lines

    def _unfolded(self, rows_max: int) -> list[_Row]:
        """Unfold one level after the other while there is room; of the first as much as there is room for."""
        rows = list(_rows(self._value, 1, rows_max))
        for depth in range(2, _MAX_DEPTH):
            more = list(_rows(self._value, depth, rows_max))
            if len(more) > rows_max or len(more) == len(rows):
                break
            rows = more
        return rows


def _rows(value: Json, depth_max: int, count_max: int) -> Iterator[_Row]:
    """Give the rows of a value that is unfolded so many levels deep; one more than `count_max` at most."""
    stack: list[Iterator[tuple[str | int | None, Json]]] = [iter([(None, value)])]
    given = 0
    while stack and given <= count_max:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        key, item = step
        depth = len(stack) - 1
        given += 1
        if isinstance(item, dict | list) and item and depth < depth_max and not _short(item):
            yield _Row(depth, key, item, is_open=True)
            stack.append(iter(item.items()) if isinstance(item, dict) else iter(enumerate(item)))
        else:
            yield _Row(depth, key, item, is_open=False)


def _line(row: _Row, width: int, paint: Paint) -> Line:
    folds = isinstance(row.value, dict | list) and bool(row.value) and not _short(row.value)
    lead = "  " * row.depth + (("▾ " if row.is_open else "▸ ") if folds else "  ")
    pieces: list[Piece] = [(lead, paint.faint)]
    if isinstance(row.key, str):
        pieces += [(one_line(row.key, 80) or '""', paint.code("function")), (": ", paint.muted)]
    elif row.key is not None:
        pieces += [(str(row.key), paint.muted), (": ", paint.muted)]
    return Line(tuple(fit([*pieces, _value(row.value, paint)], width)), len(lead))


def _value(value: Json, paint: Paint) -> Piece:
    if isinstance(value, dict | list):
        count = f"{len(value):,} item{'s' * (len(value) != 1)}"
        return (_short(value), paint.text) if _short(value) else (count, paint.muted)
    if isinstance(value, str):
        text = one_line(json.dumps(value[: _VALUE_CHARS * 2], ensure_ascii=False), _VALUE_CHARS)
        more = f" {len(value):,} characters" if len(value) > _VALUE_CHARS else ""
        return text + more, paint.code("string")
    constant = value is None or isinstance(value, bool)
    return one_line(json.dumps(value), _VALUE_CHARS), paint.code("keyword" if constant else "number")


def _short(value: dict[str, Json] | list[Json]) -> str:
    """Write a container in one line, where it is small and holds no other; nothing where it does not fit."""
    inner = list(value.values()) if isinstance(value, dict) else value
    if len(value) > _SHORT_ITEMS or any(isinstance(each, dict | list) and each for each in inner):
        return ""
    if sum(len(each) for each in inner if isinstance(each, str)) > _SHORT:
        return ""
    text = one_line(json.dumps(value, ensure_ascii=False), 4 * _SHORT)
    return text if len(text) <= _SHORT else ""
