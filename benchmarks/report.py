"""What a measurement gives, and how it is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Row", "table"]


@dataclass(frozen=True)
class Row:
    """One measurement beside what a bare program takes in the same run."""

    name: str
    ours: float
    bare: float | None
    """None where there is nothing to compare with."""
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the bare program's."""
        return self.ours / self.bare if self.bare else None


def table(rows: Iterable[Row]) -> str:
    """Draw rows as a Markdown table."""
    cells = [("what", "codeact", "bare", "ratio", "note"), *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    lines = [_line(row, widths) for row in cells]
    rule = (
        "|"
        + "|".join(f" {'-' * (width - 1)}: " if 0 < n < 4 else f" {'-' * width} " for n, width in enumerate(widths))
        + "|"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    return (
        row.name,
        _amount(row.ours, row.unit),
        "" if row.bare is None else _amount(row.bare, row.unit),
        "" if row.ratio is None else f"{row.ratio:.2f}×",
        row.note,
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    drawn = [
        f"{cell:>{width}}" if 0 < column < 4 else f"{cell:<{width}}"
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f"| {' | '.join(drawn)} |"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
