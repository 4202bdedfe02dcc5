"""Sizes, times and other small texts; and what came from outside, made fit for a line. Pure."""

import time

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.outputs import MimeBundle
from codeact_tui.protocol.terminal_text import plain_text, settle, strip_controls
from codeact_tui.protocol.variables import Variable

__all__ = [
    "Palette",
    "ago",
    "bundle_text",
    "cost",
    "first_line",
    "folded",
    "label_of",
    "one_line",
    "own_lines",
    "plural",
    "shape",
    "tokens",
    "wrapped",
]

_TEXT_MIMES = ("text/plain", "text/markdown", "text/latex", "application/json")


class Palette:
    """Wraps our own words in colours, or leaves them alone.

    Args:
        colour: Whether to.
    """

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def dim(self, text: str) -> str:
        """Of less weight."""
        return self._wrap("2", text)

    def strong(self, text: str) -> str:
        """Of more weight."""
        return self._wrap("1", text)

    def good(self, text: str) -> str:
        """It went well."""
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        """It went wrong."""
        return self._wrap("31", text)

    def asking(self, text: str) -> str:
        """It waits for the user."""
        return self._wrap("1;33", text)

    def _wrap(self, codes: str, text: str) -> str:
        if not self._colour or not text:
            return text
        return "\n".join(f"\x1b[{codes}m{line}\x1b[0m" for line in text.split("\n"))


def own_lines(text: str, *, colour: bool) -> str:
    """Make text from outside fit to be written: settled, other control sequences gone, colours kept or not."""
    return settle(strip_controls(text, moves=True)) if colour else plain_text(text)


def one_line(text: str, limit: int = 200) -> str:
    """Make text from outside a single plain line, cut with `…` where it is too long."""
    line = " ".join(plain_text(text[: limit * 8]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def first_line(text: str, limit: int = 60) -> str:
    """Give a text's first line that says something, and `…` when there is more."""
    lines = [line for line in plain_text(text[:4000]).splitlines() if line.strip()]
    if not lines:
        return ""
    line = one_line(lines[0], limit)
    return f"{line} …" if len(lines) > 1 and not line.endswith("…") else line


def label_of(text: str, limit: int = 500) -> str:
    """Make a question of a cell's a label: plain, its last line only."""
    lines = plain_text(text[-limit * 4 :]).split("\n")
    return lines[-1][-limit:]


def bundle_text(data: MimeBundle) -> str:
    """Write a MIME bundle as text; what can't be drawn in lines is named."""
    text = next((data[mime] for mime in _TEXT_MIMES if mime in data), "")
    undrawn = [
        f"{mime}, {human_bytes(_payload_bytes(mime, value))}"
        for mime, value in data.items()
        if mime.startswith("image/")
    ]
    if not text and not undrawn:
        undrawn = list(data) or ["an empty display"]
    notes = [f"[not drawn here: {one_line(note)}]" for note in undrawn]
    return "\n".join([*([text] if text else []), *notes])


def wrapped(line: str, width: int) -> str:
    """Break a line of prose between words so that it fits; what is indented is left to the terminal."""
    from rich.cells import cell_len

    if cell_len(line) <= width or line.startswith((" ", "\t")):
        return line
    lines: list[str] = []
    current, room = "", width
    for word in line.split(" "):
        needed = cell_len(word) + 1
        if current and needed > room:
            lines.append(current)
            current, room = word, width - needed + 1
        else:
            current, room = (f"{current} {word}", room - needed) if lines or current else (word, room - needed + 1)
    return "\n".join([*lines, current])


def folded(line: str, width: int) -> str:
    """Break a line so that all of it fits: between words, and a word that is longer than the line anywhere."""
    from rich.cells import chop_cells

    pieces = (chop_cells(each, max(2, width)) or [""] for each in wrapped(line, width).split("\n"))
    return "\n".join(piece for each in pieces for piece in each)


def tokens(count: int) -> str:
    """Write a number of tokens: `512`, `12.4k`."""
    return str(count) if count < 1000 else f"{count / 1000:.1f}k"


def cost(usd: float | None) -> str:
    """Write a cost; one that is unknown says so."""
    if usd is None:
        return "cost unknown"
    return f"${usd:.4f}" if 0 < usd < 0.1 else f"${usd:.2f}"


def shape(variable: Variable) -> str:
    """Write a shape: `1200×5`, `3`; empty without one."""
    return "×".join(str(length) for length in variable.shape or ())


def ago(then_s: float, now_s: float | None = None) -> str:
    """Write how long ago a moment was, in seconds since the epoch."""
    past = max(0.0, (time.time() if now_s is None else now_s) - then_s)
    if past < 60:
        return "just now"
    if past < 3600:
        return f"{past // 60:.0f} min ago"
    if past < 86400:
        return f"{past // 3600:.0f} h ago"
    return f"{past // 86400:.0f} d ago"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: `1 cell`, `2 cells`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _payload_bytes(mime: str, value: str) -> int:
    return len(value) if mime == "image/svg+xml" else len(value) * 3 // 4
