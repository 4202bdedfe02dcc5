"""Small helpers for lines that are built by hand. All text is taken as it is: no markup, nothing invisible."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from codeact_tui.protocol.visible import visible

__all__ = [
    "GAP",
    "clock_words",
    "elide",
    "fit",
    "fitting",
    "joined",
    "looks_other",
    "one_line",
    "packed",
    "plain",
    "styled",
]


def plain(text: str) -> Content:
    """Make content of text from anywhere."""
    return Content(visible(text))


def styled(text: str, *styles: Style) -> Content:
    """Make content of our own words in these styles, one laid over the other."""
    style = Style()
    for each in styles:
        style += each
    return Content(text).stylize(style)


GAP = "   "
"""Between the parts of a pane's state, the one that is needed most first."""


def fitting(state: Content, room: int) -> Content:
    """Give a pane's state, or its first part, or nothing, as there is room."""
    if state.cell_length <= room:
        return state
    first = state.split(GAP)[0]
    return first if first.cell_length <= room else Content("")


def joined(parts: Sequence[Content], separator: str | Content = "") -> Content:
    """Put contents one after the other. Unlike `separator.join(parts)` it knows its own width."""
    between = separator if isinstance(separator, Content) else Content(separator)
    line: list[Content] = []
    for part in parts:
        line += [between, part] if line else [part]
    return Content("").join(line)


def one_line(text: str, chars_max: int = 400) -> str:
    """Give text from anywhere as one line: runs of white space are one blank, and the invisible is written out."""
    return visible(" ".join(text[: chars_max * 2].split()))[:chars_max]


def elide(text: str, width: int) -> str:
    """Cut text to so many cells, at the end of a word where there is one near, with `…` in the place of the rest."""
    if cell_len(text) <= width:
        return text
    kept = text
    while kept and cell_len(kept) > width - 1:
        kept = kept[:-1]
    head, blank, _ = kept.rpartition(" ")
    return (head if blank and len(head) >= len(kept) * 0.6 else kept).rstrip(" ,;:-–.") + "…" if width > 0 else ""


def fit(parts: Sequence[Content], width: int, separator: Content) -> Content:
    """Put as many of the parts in a line as there is room for, from the first on, none of them cut."""
    chosen: list[Content] = []
    used = 0
    for part in parts:
        needed = part.cell_length + (separator.cell_length if chosen else 0)
        if used + needed > width:
            break
        chosen.append(part)
        used += needed
    return joined(chosen, separator)


def looks_other(one: Content, other: Content) -> bool:
    """Say whether two contents differ in words or styles: `==` knows of the words alone."""
    return one.plain != other.plain or list(one.spans) != list(other.spans)


def packed(parts: Sequence[Content], width: int, separator: Content) -> Content:
    """Put the parts in as many lines as they need; none is broken, and none that could stand above stands below."""
    lines: list[Content] = []
    rest = list(parts)
    while rest:
        kept = 1
        while kept < len(rest) and joined(rest[: kept + 1], separator).cell_length <= width:
            kept += 1
        lines.append(joined(rest[:kept], separator))
        del rest[:kept]
    return joined(lines, "\n")


def clock_words(seconds: float) -> str:
    """Write how long something has been going on: whole seconds."""
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
