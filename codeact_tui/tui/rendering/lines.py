"""Lines as they are drawn: styled pieces, wrapped to a width, with what must not be copied marked off."""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size, split_graphemes
from rich.style import Style

__all__ = ["Line", "Piece", "chop", "fit", "flow", "indented", "plain_text", "split_lines", "width_of"]

Piece = tuple[str, Style]
"""Some text and how it looks."""

_WORD = re.compile(r"(\s*)(\S+)")


class Line(NamedTuple):
    """One line of the screen."""

    pieces: tuple[Piece, ...] = ()
    gutter: int = 0
    """Characters at the start that decorate: never selected or copied."""
    joint: str = "\n"
    """What stands between the line before and this one when both are copied: a wrapped line is one line again."""
    fill: Style | None = None
    """How the rest of the line's width looks; None: like the background."""

    @property
    def text(self) -> str:
        """All of it, gutter included."""
        return "".join(text for text, _ in self.pieces)


def width_of(pieces: Iterable[Piece]) -> int:
    """Count the cells that the pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def plain_text(lines: Sequence[Line]) -> str:
    """Give the lines as text, without gutters, wrapped ones joined."""
    parts: list[str] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(line.joint)
        text = line.text[line.gutter :]
        parts.append(text.rstrip() if number + 1 == len(lines) or lines[number + 1].joint == "\n" else text)
    return "".join(parts)


def split_lines(pieces: Iterable[Piece]) -> list[list[Piece]]:
    r"""Divide pieces at `\n`."""
    lines: list[list[Piece]] = [[]]
    for text, style in pieces:
        first, *others = text.split("\n")
        if first:
            lines[-1].append((first, style))
        lines.extend([(other, style)] if other else [] for other in others)
    return lines


def flow(
    pieces: Iterable[Piece], width: int, lead: Sequence[Piece] = (), rest: Sequence[Piece] | None = None
) -> list[Line]:
    r"""Wrap pieces between words.

    Args:
        pieces: The text; `\n` in it ends a line.
        width: Cells there are, leads included.
        lead: Stands before the first line, as its gutter.
        rest: Stands before the other lines; None: as many spaces as `lead` is wide.
    """
    indent = width_of(lead)
    if rest is None:
        rest = ((" " * indent, Style.null()),) if indent else ()
    room = max(1, width - indent)
    lines: list[Line] = []
    for hard in split_lines(pieces):
        text = "".join(part for part, _ in hard)
        for part, joint in _cut(hard, _word_spans(text, room)):
            before = rest if lines else lead
            gutter = sum(len(piece) for piece, _ in before)
            lines.append(Line((*before, *part), gutter, joint))
    return lines


def chop(pieces: Sequence[Piece], width: int) -> list[Line]:
    """Break one line at the width exactly, as terminals do."""
    room = max(1, width)
    text = "".join(part for part, _ in pieces)
    if len(text) * 2 <= room or cell_len(text) <= room:
        return [Line(tuple(pieces))]
    spans: list[tuple[int, int, str]] = []
    start = 0
    parts = [text[at : at + room] for at in range(0, len(text), room)] if text.isascii() else _chop(text, room)
    for part in parts:
        spans.append((start, start + len(part), "" if start else "\n"))
        start += len(part)
    return [Line(tuple(cut), 0, joint) for cut, joint in _cut(pieces, spans)]


def indented(lines: Iterable[Line], lead: Sequence[Piece], rest: Sequence[Piece] | None = None) -> list[Line]:
    """Put a gutter before each line, another one before the first if `rest` is given."""
    done: list[Line] = []
    for line in lines:
        before = rest if done and rest is not None else lead
        done.append(
            Line((*before, *line.pieces), line.gutter + sum(len(piece) for piece, _ in before), line.joint, line.fill)
        )
    return done


def fit(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """Cut pieces to the width, with `…` where something is left out."""
    if width <= 0:
        return []
    if width_of(pieces) <= width:
        return list(pieces)
    kept: list[Piece] = []
    room = width - 1
    for text, style in pieces:
        cells = cell_len(text)
        if cells > room:
            kept.append((set_cell_size(text, room).rstrip() + "…", style))
            return kept
        kept.append((text, style))
        room -= cells
    return kept


def _chop(text: str, room: int) -> list[str]:
    if room < 2:
        return [text[start:end] for start, end, _ in split_graphemes(text)[0]]
    return [part for part in chop_cells(text, room) if part]


def _cut(pieces: Sequence[Piece], spans: Sequence[tuple[int, int, str]]) -> list[tuple[list[Piece], str]]:
    """Divide pieces at character offsets; the spans are in order and do not overlap."""
    if len(spans) == 1 and spans[0][0] == 0 and spans[0][1] == sum(len(text) for text, _ in pieces):
        return [(list(pieces), spans[0][2])]
    done: list[tuple[list[Piece], str]] = []
    number, base = 0, 0
    for start, end, joint in spans:
        part: list[Piece] = []
        while number < len(pieces):
            text, style = pieces[number]
            low, high = max(0, start - base), end - base
            if low < len(text) and high > low:
                part.append((text[low:high], style))
            if high <= len(text):
                break
            base += len(text)
            number += 1
        done.append((part, joint))
    return done


def _word_spans(text: str, room: int) -> list[tuple[int, int, str]]:
    """Say where lines start and end, and what joins each to the one before."""
    if len(text) * 2 <= room or cell_len(text) <= room:
        return [(0, len(text), "\n")]
    wrapper = _Wrapper(room)
    ascii_only = text.isascii()
    for match in _WORD.finditer(text):
        word = match[2]
        cells = len(word) if ascii_only else cell_len(word)
        wrapper.place(match.start(1), match.start(2), match.end(2), cells, word)
    return wrapper.finish()


class _Wrapper:
    """Places words one after the other; a word that fits no line, or has wide characters, is broken within."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._spans: list[tuple[int, int, str]] = []
        self._start = 0
        self._end = 0
        self._used = 0
        self._joint = "\n"

    def place(self, gap: int, start: int, end: int, cells: int, word: str) -> None:
        space = start - gap
        if self._used + space + cells <= self._room:
            self._end, self._used = end, self._used + space + cells
        elif cells > self._room or cells > len(word):
            self._place_broken(space, start, word)
        else:
            self._break(start, " " if space else "")
            self._end, self._used = end, cells

    def finish(self) -> list[tuple[int, int, str]]:
        return [*self._spans, (self._start, self._end, self._joint)]

    def _place_broken(self, space: int, start: int, word: str) -> None:
        if word.isascii():
            room = self._room
            first = max(0, room - self._used - space) if self._used else room - space if space < room else 0
            ends = [first, *range(first + room, len(word), room), len(word)]
            parts = [(low, high, high - low) for low, high in itertools.pairwise([0, *ends]) if low < high]
        else:
            parts = split_graphemes(word)[0]
        for low, high, cells in parts:
            if (self._used or space) and self._used + space + cells > self._room:
                self._break(start + low, " " if space else "")
                space = 0
            self._end, self._used = start + high, self._used + space + cells
            space = 0

    def _break(self, start: int, joint: str) -> None:
        if self._end > self._start:
            self._spans.append((self._start, self._end, self._joint))
            self._joint = joint
        self._start, self._end, self._used = start, start, 0
