"""Histograms of a few lines: upright bars over a range of numbers, or one lying bar for each value. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from codeact_tui.tui.rendering.lines import Line, fit
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line, padded

__all__ = ["lying_bars", "upright_bars"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LYING = "▇"
"""Leaves a gap to the bar above."""
_BAR_MAX = 3
_LABEL_MAX = 24


def upright_bars(counts: Sequence[int], low: str, high: str, width: int, height: int, paint: Paint) -> list[Line]:
    """Draw bars side by side, the ends of the range below them.

    Args:
        counts: How high each is; one that is not nought is seen.
        low: Where the first begins.
        high: Where the last ends.
        width: Cells there are.
        height: Lines for the bars.
        paint: The styles.
    """
    bars = counts[: max(1, width)]
    thick = max(1, min(_BAR_MAX, width // max(1, len(bars))))
    most = max(bars, default=0) or 1
    eighths = [max(1, round(count * height * 8 / most)) if count else 0 for count in bars]
    lines: list[Line] = []
    for row in range(height - 1, -1, -1):
        text = "".join(_EIGHTHS[max(0, min(8, filled - row * 8))] * thick for filled in eighths)
        lines.append(Line(((text, paint.accent),)))
    left, right = one_line(low), one_line(high)
    room = len(bars) * thick - cell_len(left) - cell_len(right)
    ends = f"{left}{' ' * room}{right}" if room > 0 else left if left == right else f"{left} … {right}"
    return [*lines, Line(tuple(fit([(ends, paint.muted)], width)))]


def lying_bars(counts: Sequence[int], labels: Sequence[str], width: int, paint: Paint) -> list[Line]:
    """Draw a bar for each value, its name before it and its count behind it."""
    names = [one_line(label) or "''" for label in labels]
    figures = [f"{count:,}" for count in counts]
    last = max((len(figure) for figure in figures), default=0)
    first = min(max((cell_len(name) for name in names), default=0), _LABEL_MAX, max(1, width // 2))
    room = width - first - last - 2
    most = max(counts, default=0) or 1
    lines: list[Line] = []
    for name, count, figure in zip(names, counts, figures, strict=False):
        bar = _LYING * (max(1, round(count * room / most)) if count and room > 0 else 0)
        pieces = [
            (padded(name, first) + " ", paint.text),
            (bar.ljust(max(0, room)) + " ", paint.accent),
            (figure.rjust(last), paint.muted),
        ]
        lines.append(Line(tuple(fit(pieces, width))))
    return lines
