"""What is known of one variable or one column, as blocks: picture, figures, histogram, text, source."""

import itertools
from collections.abc import Sequence

from rich.cells import cell_len

from codeact_tui.protocol.variables import VariableDetail, VariableHistogram, VariablePicture
from codeact_tui.tui.pictures.mosaic import PIXELS_PER_CELL, cells_for
from codeact_tui.tui.pictures.pixmaps import PIXMAP, pixmap
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.histogram import lying_bars, upright_bars
from codeact_tui.tui.rendering.lines import Line, chop, fit, flow, width_of
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, one_line, padded

__all__ = ["HistogramBlock", "PictureBlock", "column_blocks", "detail_blocks"]

_SOURCE_LINES = 100
_HISTOGRAM_LINES = 4
_BARS_MAX = 60
_PICTURE_LEAST = 4
_FIGURES = 28
_BESIDE = 52
"""From this width on figures stand beside a histogram."""


def detail_blocks(detail: VariableDetail, height: int) -> list[Block]:
    """Give the blocks above the tree.

    Args:
        detail: What is known.
        height: Lines in sight, for a picture to fit into.
    """
    blocks: list[Block] = []
    if detail.error:
        blocks.append(_FlowBlock(detail.error, "bad"))
    if detail.picture is not None:
        blocks.append(PictureBlock(detail.picture, _about(detail), height - 1))
    if detail.statistics:
        blocks.append(_FiguresBlock(detail.statistics))
    if detail.histogram is not None:
        blocks.append(HistogramBlock(detail.histogram))
    if detail.text:
        blocks.append(_FlowBlock(detail.text, "text"))
    if detail.source:
        lines = detail.source.split("\n")
        for at in range(0, len(lines), _SOURCE_LINES):
            blocks.append(_SourceBlock("\n".join(lines[at : at + _SOURCE_LINES])))
    return blocks


def column_blocks(name: str, dtype: str, detail: VariableDetail | None) -> list[Block]:
    """Give what is known of a table's column; nothing but its name where that is not known yet."""
    head = _HeadBlock(name, dtype)
    if detail is None:
        return [head, _FlowBlock("…", "muted")]
    if detail.error:
        return [head, _FlowBlock(detail.error, "bad")]
    figures = _FiguresBlock(detail.statistics)
    return [_ColumnBlock(head, figures, None if detail.histogram is None else HistogramBlock(detail.histogram))]


def _about(detail: VariableDetail) -> str:
    shape = detail.variable.shape or ()
    size = f"{shape[1]:,} × {shape[0]:,} pixels" if len(shape) > 1 else ""
    smaller = len(shape) > 1 and detail.picture is not None and detail.picture.width < shape[1]
    return f"{size}, drawn smaller" if smaller else size


class _HeadBlock:
    """The name of a column, and its type."""

    def __init__(self, name: str, dtype: str) -> None:
        self._name, self._dtype = one_line(name), one_line(dtype)

    def estimate(self, width: int) -> int:
        """One line."""
        del width
        return 1

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return [Line(tuple(fit([(self._name, paint.heading), ("  " + self._dtype, paint.muted)], width)))]


class _ColumnBlock:
    """A column's name and histogram, its figures beside them where there is room."""

    def __init__(self, head: Block, figures: Block, histogram: "HistogramBlock | None") -> None:
        self._left = [head, *([histogram] if histogram is not None else [])]
        self._right = figures

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        heights = sum(block.estimate(width) for block in self._left), self._right.estimate(width)
        return max(heights) if width >= _BESIDE else sum(heights)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        beside = width >= _BESIDE
        left = width - _FIGURES - 2 if beside else width
        lines = [line for block in self._left for line in block.render(left, paint)]
        if len(lines) == 1 and not beside:
            lines.append(Line())
        figures = self._right.render(_FIGURES if beside else width, paint)
        if not beside:
            return [*lines, *figures]
        lines += [Line()] * (len(figures) - len(lines))
        return [_joined(line, figure, left + 2, paint) for line, figure in itertools.zip_longest(lines, figures)]


def _joined(line: Line, other: Line | None, at: int, paint: Paint) -> Line:
    if other is None:
        return line
    return Line((*line.pieces, (" " * max(0, at - width_of(line.pieces)), paint.text), *other.pieces))


class _FlowBlock:
    """Text, broken where it has to be."""

    def __init__(self, text: str, purpose: str) -> None:
        self._text = clean(text)
        self._purpose = purpose

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        return 1 + self._text.count("\n") + len(self._text) // max(1, width)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        style = getattr(paint, self._purpose)
        if self._purpose == "bad":
            return flow([(self._text, style)], width)
        return [line for text in self._text.split("\n") for line in chop([(text, style)], width)]


class _SourceBlock:
    """A piece of source code."""

    def __init__(self, source: str) -> None:
        self._source = source

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        del width
        return 1 + self._source.count("\n")

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        return [line for row in code_lines(self._source, paint) for line in chop(row, width)]


class _FiguresBlock:
    """Labels and values."""

    def __init__(self, figures: Sequence[tuple[str, str]]) -> None:
        self._figures = [(one_line(label), one_line(value)) for label, value in figures]

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        del width
        return len(self._figures)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw them below each other."""
        label = min(max((cell_len(label) for label, _ in self._figures), default=1), max(1, width // 2))
        lines: list[Line] = []
        for name, value in self._figures:
            lines += flow([(value, paint.text)], width, [(padded(name, label) + "  ", paint.muted)])
        return lines


class HistogramBlock:
    """How values are spread, a blank line around it.

    Args:
        histogram: The bars.
    """

    def __init__(self, histogram: VariableHistogram) -> None:
        self._histogram = histogram

    def estimate(self, width: int) -> int:
        """Give the height."""
        del width
        return 2 + (len(self._histogram.labels) or _HISTOGRAM_LINES + 1)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        found = self._histogram
        if found.labels:
            bars = lying_bars(found.counts, found.labels, min(width, _BARS_MAX), paint)
        else:
            bars = upright_bars(found.counts, found.low, found.high, width, _HISTOGRAM_LINES, paint)
        return [Line(), *bars, Line()]


class PictureBlock:
    """A small copy of an image, as large as there is room for, no pixel larger than a cell.

    Args:
        picture: Its pixels.
        words: What stands below it.
        height: Lines it may take.
    """

    def __init__(self, picture: VariablePicture, words: str, height: int) -> None:
        self._data = pixmap(picture)
        self._size = picture.width * PIXELS_PER_CELL, picture.height * PIXELS_PER_CELL
        self._words = one_line(words)
        self._height = max(_PICTURE_LEAST, height)

    def estimate(self, width: int) -> int:
        """Give the height."""
        return cells_for(*self._size, width, self._height)[1] + 2

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        if self._data is None:
            return [Line((("The picture could not be read.", paint.bad),))]
        source = paint.pictures
        drawn = source.draw(PIXMAP, self._data, self._size, width, self._height) if source else []
        if isinstance(drawn, str):
            rows = source.rows(self._size, width, self._height) if source else 0
            drawn = [Line(tuple(fit([(drawn, paint.muted)], width))), *[Line()] * (rows - 1)]
        return [*drawn, Line(tuple(fit([(self._words, paint.muted)], width))), Line()]
