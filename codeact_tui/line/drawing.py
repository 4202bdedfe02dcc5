"""Code, diffs, variables and lists as lines of text. Pure; rich is imported with the first thing that needs it."""

import importlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codeact_tui.line.words import Palette, ago, one_line, plural, shape
from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.variables import Variable, VariableDetail, VariableTable
from codeact_tui.protocol.visible import visible
from codeact_tui.store.base import SessionSummary
from codeact_tui.store.tree import as_tree

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["columns", "draw_code", "draw_detail", "draw_diff", "draw_sessions", "draw_variables", "warm_up"]

_HIGHLIGHT_CHARS = 100_000
"""Longer code is shown whole, but not coloured."""


def warm_up() -> None:
    """Import what the first highlighted code would wait for. Takes a moment: for a thread."""
    for module in ("rich.console", "rich.syntax", "pygments.lexers.python"):
        importlib.import_module(module)


def draw_code(code: str, *, colour: bool, width: int) -> str:
    """Draw a cell's code, every character of it, lines numbered, invisible characters written out."""
    shown = visible(code)
    lines = shown.split("\n")
    if not colour or len(shown) > _HIGHLIGHT_CHARS:
        digits = max(2, len(str(len(lines))))
        return "\n".join(f"  {number:>{digits}}  {line}".rstrip() for number, line in enumerate(lines, 1))
    from rich.syntax import Syntax

    syntax = Syntax(
        shown, "python", theme="ansi_dark", line_numbers=True, word_wrap=True, background_color="default", tab_size=8
    )
    return _render(syntax, width)


def draw_diff(diff: str, *, colour: bool) -> str:
    """Draw a unified diff, invisible characters written out."""
    palette = Palette(colour)
    return "\n".join(f"  {_diff_line(line, palette)}" for line in visible(diff).split("\n"))


def draw_variables(variables: Sequence[Variable], *, total: int, cut: bool, colour: bool, width: int) -> str:
    """List variables, a line each, and say when some are missing."""
    if not variables:
        return "No variables."
    rows = [
        (
            one_line(variable.name, 60),
            one_line(variable.type_name, 60),
            shape(variable),
            human_bytes(variable.size_bytes) if variable.size_bytes is not None else "",
            one_line(variable.summary, 200),
        )
        for variable in variables
    ]
    lines = columns(rows, width=width, align_right={3}, colour=colour)
    missing = total - len(variables)
    if missing > 0 or cut:
        lines += f"\n[{plural(max(missing, 0), 'variable')} more, not listed]" if missing > 0 else "\n[not all listed]"
    return lines


def draw_detail(detail: VariableDetail, *, colour: bool, width: int) -> str:
    """Draw all that is known of a variable."""
    variable = detail.variable
    size = human_bytes(variable.size_bytes) if variable.size_bytes is not None else ""
    facts = [variable.type_name, shape(variable), size]
    parts = [f"{one_line(variable.name)}: {', '.join(one_line(fact) for fact in facts if fact)}"]
    if detail.error:
        return f"{one_line(variable.name)}: {one_line(detail.error)}"
    if detail.table is not None:
        parts.append(_draw_table(detail.table, colour=colour, width=width))
    if detail.statistics:
        parts.append(columns([(one_line(a), one_line(b)) for a, b in detail.statistics], width=width, colour=colour))
    if detail.nodes:
        parts.append(_draw_nodes(detail, colour=colour, width=width))
    if detail.source:
        parts.append(draw_code(detail.source.rstrip("\n"), colour=colour, width=width))
    if detail.text:
        parts.append(visible(plain_text(detail.text)))
    elif len(parts) == 1 and variable.summary:
        parts.append(one_line(variable.summary, 2000))
    return "\n".join(parts)


def draw_sessions(sessions: Sequence[SessionSummary], *, current: str, colour: bool, width: int) -> str:
    """List sessions, the last used first, forks below those that they go on from."""
    rows = [
        (
            "*" if session.id == current else "",
            session.id,
            ago(session.updated_at),
            f"{plural(session.prompts, 'prompt')}, {plural(session.cells, 'cell')}",
            f"{signs}{one_line(session.title, 100)}{_elsewhere(session, current)}",
        )
        for signs, session in as_tree(sessions)
    ]
    return columns(rows, width=width, colour=colour) if rows else "No sessions."


def _elsewhere(session: SessionSummary, current: str) -> str:
    return " (open elsewhere)" if session.open and session.id != current else ""


def columns(
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    colour: bool = False,
    align_right: frozenset[int] | set[int] = frozenset(),
    head: bool = False,
) -> str:
    """Set plain texts in columns, the first strong; what is too long for the width is cut with `…`."""
    from rich.cells import cell_len, set_cell_size

    widths = [max(cell_len(row[index]) for row in rows) for index in range(len(rows[0]))]
    palette = Palette(colour)
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells: list[str] = []
        for index, text in enumerate(row):
            padding = " " * (widths[index] - cell_len(text))
            cells.append(padding + text if index in align_right else text + padding)
        line = f"  {'  '.join(cells)}".rstrip()
        if cell_len(line) > width:
            line = f"{set_cell_size(line, width - 1).rstrip()}…"
        lines.append(palette.strong(line) if head and number == 0 else line)
    return "\n".join(lines)


def _draw_table(table: VariableTable, *, colour: bool, width: int) -> str:
    head = ("", *(one_line(name, 40) for name in table.columns))
    types = ("", *(one_line(dtype, 40) for dtype in table.dtypes))
    body = [
        (one_line(label, 40), *(one_line(value, 40) for value in row))
        for label, row in zip(table.index, table.rows, strict=False)
    ]
    numbers = set(range(1, len(head)))
    rows = [row for row in (head, types, *body) if len(row) == len(head)]
    lines = columns(rows, width=width, colour=colour, align_right=numbers, head=True)
    missing = table.total_rows - len(body)
    missing_columns = table.total_columns - len(table.columns)
    notes = [
        plural(missing, "row") if missing > 0 else "",
        plural(missing_columns, "column") if missing_columns > 0 else "",
    ]
    more = ", ".join(note for note in notes if note)
    return f"{lines}\n[{more} more, not shown]" if more else lines


def _draw_nodes(detail: VariableDetail, *, colour: bool, width: int) -> str:
    rows = [(one_line(node.label, 60), one_line(node.type_name, 40), one_line(node.summary)) for node in detail.nodes]
    lines = columns(rows, width=width, colour=colour)
    missing = detail.total_nodes - len(detail.nodes)
    return f"{lines}\n[{missing:,} more, not shown]" if missing > 0 else lines


def _diff_line(line: str, palette: Palette) -> str:
    if line.startswith("+"):
        return palette.good(line)
    if line.startswith("-"):
        return palette.bad(line)
    return palette.dim(line) if line.startswith("@@") else line


def _render(renderable: "RenderableType", width: int) -> str:
    from rich.console import Console

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=True,
        color_system="standard",
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(renderable)
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))
