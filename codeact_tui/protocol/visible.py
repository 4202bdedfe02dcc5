"""Characters that the eye can't see, written out: what is shown of code is what is sent.

An invisible character is one that a terminal draws as nothing, as a plain gap, or by reordering its neighbours:
controls, format characters (bidirectional ones, zero-width ones, tags), line and paragraph separators, spaces other
than U+0020, fillers, variation selectors, surrogates and what is not assigned. Newline and tab are layout and stay.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

__all__ = ["escape_invisible", "find_invisible", "has_invisible", "mark", "visible"]

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_LAYOUT = frozenset("\n\t ")
_SUSPECT = (
    r"[^\x20-\x7e\n\t\u00a1-\u00ac\u00ae-\u02ff\u0400-\u052f\u2010-\u2027\u2030-\u205e"
    r"\u2190-\u2426\u2440-\u244a\u2460-\u27bf\u2900-\u2b73]"
)
"""Most text has none of these: a quick first look, in C."""


@cache
def _suspect() -> re.Pattern[str]:
    return re.compile(_SUSPECT)


def visible(text: str) -> str:
    """Write every invisible character as `⟨U+202E⟩`. A carriage return before a newline is dropped: it is the newline.

    A selector of emoji or text form right after a symbol changes nothing but the drawing, and stays.
    """
    return _replace(text.replace("\r\n", "\n"), mark)


def escape_invisible(text: str) -> str:
    r"""Write every invisible character as Python's escape (`\u202e`), newlines of any kind as `\n`.

    In a string literal it means the same; anywhere else the eye now sees what Python saw.
    """
    return _replace(text.replace("\r\n", "\n").replace("\r", "\n"), _escape)


def find_invisible(text: str) -> list[tuple[int, str]]:
    """Give place and character of each invisible one, in order."""
    return [(found.start(), found[0]) for found in _suspect().finditer(text) if _is_invisible(text, found.start())]


def has_invisible(text: str) -> bool:
    """Say whether there is any."""
    return any(_is_invisible(text, found.start()) for found in _suspect().finditer(text))


def mark(char: str) -> str:
    """Write one character out: `⟨U+202E⟩`."""
    return f"⟨U+{ord(char):04X}⟩"


def _replace(text: str, write: Callable[[str], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _suspect().sub(lambda found: write(found[0]) if _is_invisible(text, found.start()) else found[0], text)


def _is_invisible(text: str, at: int) -> bool:
    char = text[at]
    if char in _LAYOUT:
        return False
    if char in "\ufe0e\ufe0f":
        return at == 0 or unicodedata.category(text[at - 1]) != "So"
    if char in _FILLERS or _is_selector(char):
        return True
    return unicodedata.category(char) in _HIDDEN_CATEGORIES


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
