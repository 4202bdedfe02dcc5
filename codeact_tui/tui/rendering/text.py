"""Text from outside made fit to be drawn: what would move the cursor, reorder a line or break an encoder is gone."""

import re

from rich.cells import cell_len, set_cell_size

__all__ = ["clean", "count_lines", "first_line", "one_line", "padded"]

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]?|[\]P_^X](?:[^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\))?|[ -/]{0,8}[0-~]?)?"
)
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
_MARKED = "\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_JOINERS = "\u200c\u200d"


def clean(text: str, *, tab: int = 8) -> str:
    r"""Drop or mark every character that a terminal would obey; keep `\n`.

    Controls that reorder a line and lone surrogates become U+FFFD, other invisible ones go, so that each character
    left takes the cells that it is counted for. A sequence that does not end on its line takes no words with it.
    Joiners stay where letters need them and go between emoji, as do skin tones: terminals disagree about their width.

    Args:
        text: Anything.
        tab: Columns between tab stops.
    """
    if _UNSAFE.search(text):
        if "\x1b" in text:
            text = _ESCAPE.sub("", text)
        text = text.replace("\r\n", "\n")
        text = _UNSAFE.sub(_fit, text)
    return text.expandtabs(tab) if "\t" in text else text


def _fit(match: re.Match[str]) -> str:
    character = match[0]
    if character in _LINE_ENDS:
        return "\n"
    if character in _MARKED or "\ud800" <= character <= "\udfff":
        return "\ufffd"
    if character in _JOINERS:
        before = match.string[match.start() - 1 : match.start()]
        return character if "\u0370" <= before < "\u2000" else ""
    return ""


def one_line(text: str, limit: int = 400) -> str:
    """Give the text's beginning as one clean line, runs of white space as one space."""
    cut = text[: limit * 4]
    line = " ".join(clean(cut, tab=1).split())
    return line if len(line) <= limit and len(cut) == len(text) else line[:limit].rstrip() + "…"


def first_line(code: str, limit: int = 400) -> tuple[str, bool]:
    """Give the first line that is not blank, and whether there is more than it."""
    stripped = code.strip()
    line, _, rest = stripped.partition("\n")
    return line[:limit].rstrip(), bool(rest) or len(line) > limit


def count_lines(text: str) -> int:
    """Count lines as an editor does, a last line's end not counted."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def padded(text: str, width: int) -> str:
    """Give text exactly so many cells: cut with `…`, or filled with blanks."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    return set_cell_size(text, max(0, width - 1)) + "…"
