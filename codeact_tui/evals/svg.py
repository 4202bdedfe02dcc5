"""Plots of a report as inline SVG, drawn by ourselves: dots with their intervals, and a grid of shares. Pure.

Colours come from the page's style sheet by class, so that light, dark and print each have their own.
"""

from collections.abc import Callable, Sequence
from html import escape
from math import floor, log10

from msgspec import Struct

from codeact_tui.evals.statistics import Interval

__all__ = ["Dot", "dot_plot", "share_grid"]

_WIDTH = 720
_LABEL = 224
_RIGHT = 78
_LABEL_CHARS = 26
_ROW = 30
_TOP = 8
_AXIS = 30
_CELL = 74


class Dot(Struct, frozen=True):
    """A line of a plot."""

    label: str
    colour: int
    """Which of the page's colours, counted from 0."""
    interval: Interval | None
    text: str
    """The figure in words."""


def dot_plot(dots: Sequence[Dot], title: str, *, highest: float | None = None, percent: bool = False) -> str:
    """Draw a dot with its interval for each line, from 0 on.

    Args:
        dots: From top to bottom.
        title: For those who don't see it.
        highest: Where the axis ends; None chooses.
        percent: The axis counts in percent.
    """
    known = [dot.interval.high for dot in dots if dot.interval is not None]
    ticks = _ticks(highest if highest is not None else max(known, default=1.0))
    end = ticks[-1] or 1.0
    height = _TOP + _ROW * len(dots) + _AXIS
    bottom = height - _AXIS

    def x(value: float) -> float:
        return _LABEL + (_WIDTH - _LABEL - _RIGHT) * min(value, end) / end

    parts = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">']
    for tick in ticks:
        parts.append(f'<line class="grid" x1="{x(tick):.1f}" y1="{_TOP}" x2="{x(tick):.1f}" y2="{bottom}"/>')
        parts.append(
            f'<text class="tick" x="{x(tick):.1f}" y="{bottom + 19}" text-anchor="middle">{_tick(tick, percent)}</text>'
        )
    for number, dot in enumerate(dots):
        y = _TOP + _ROW * number + _ROW / 2
        parts.append(
            f'<text class="label" x="{_LABEL - 12}" y="{y + 4.5:.1f}" text-anchor="end">'
            f"{escape(_shortened(dot.label, _LABEL_CHARS))}<title>{escape(dot.label)}</title></text>"
        )
        parts += _dot(dot, x, y)
    return "".join([*parts, "</svg>"])


def share_grid(rows: Sequence[str], columns: Sequence[str], shares: Sequence[Sequence[tuple[int, int] | None]]) -> str:
    """Draw how many of each group were solved: a row for each line of the table, a column for each group."""
    width, height = _LABEL + _CELL * len(columns) + 8, 34 + _ROW * len(rows) + 4
    parts = [
        f'<svg viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img" aria-label="Success by group">'
    ]
    for at, column in enumerate(columns):
        x = _LABEL + _CELL * at + _CELL / 2
        parts.append(
            f'<text class="tick" x="{x:.0f}" y="22" text-anchor="middle">{escape(_shortened(column, 10))}</text>'
        )
    for number, row in enumerate(rows):
        y, label = 34 + _ROW * number, escape(_shortened(row, _LABEL_CHARS))
        parts.append(f'<text class="label" x="{_LABEL - 12}" y="{y + 19}" text-anchor="end">{label}</text>')
        for at, share in enumerate(shares[number]):
            parts.append(_cell(_LABEL + _CELL * at, y, share))
    return "".join([*parts, "</svg>"])


def _cell(x: float, y: float, share: tuple[int, int] | None) -> str:
    if share is None or share[1] == 0:
        return f'<text class="tick" x="{x + _CELL / 2:.0f}" y="{y + 19:.0f}" text-anchor="middle">–</text>'
    part, middle = share[0] / share[1], x + _CELL / 2
    return (
        f'<rect class="cell" x="{x + 2:.0f}" y="{y + 2:.0f}" width="{_CELL - 4}" height="{_ROW - 4}" rx="3" '
        f'style="fill-opacity:{0.06 + 0.5 * part:.2f}"/>'
        f'<text class="share" x="{middle:.0f}" y="{y + 19:.0f}" text-anchor="middle">{share[0]}/{share[1]}</text>'
    )


def _dot(dot: Dot, x: Callable[[float], float], y: float) -> list[str]:
    if dot.interval is None:
        return [f'<text class="tick" x="{_LABEL + 4}" y="{y + 4.5:.1f}">unknown</text>']
    low, middle, high = x(dot.interval.low), x(dot.interval.value), x(dot.interval.high)
    return [
        f'<g class="c{dot.colour % 6}"><title>{escape(dot.label)}: {escape(dot.text)}</title>',
        f'<line class="span" x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}"/>',
        f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="5.5"/></g>',
        f'<text class="figure" x="{_WIDTH - _RIGHT + 12}" y="{y + 4.5:.1f}">{escape(dot.text)}</text>',
    ]


def _ticks(highest: float) -> list[float]:
    """Give four to seven round numbers from 0 to at least the highest."""
    if highest <= 0:
        return [0.0, 1.0]
    raw = highest / 5
    size = 10.0 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    count = -int(-highest // step) if highest % step > step * 1e-6 else round(highest / step)
    return [step * number for number in range(count + 1)]


def _tick(value: float, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else f"{value:,.10g}"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length // 2 - 1] + "…" + text[-(length - length // 2) :]
