"""Sequences that speak to the window around the screen: title, notification. Pure; their text is made harmless."""

import unicodedata
from collections.abc import Mapping

__all__ = ["KEEP_TITLE", "RESTORE_TITLE", "harmless", "notification", "title"]

KEEP_TITLE = "\x1b[22;2t"
"""The terminal puts its title aside; one that can't ignores it."""
RESTORE_TITLE = "\x1b[23;2t"
_CHARS_MAX = 120
_HARMLESS = ("L", "M", "N", "P", "S", "Zs")


def harmless(text: str) -> str:
    """Make text fit for a title: one line, bounded, and nothing that controls, hides or turns round.

    Args:
        text: From anywhere.
    """
    kept = (char if unicodedata.category(char).startswith(_HARMLESS) else " " for char in text[: _CHARS_MAX * 4])
    return " ".join("".join(kept).split())[:_CHARS_MAX]


def title(text: str) -> str:
    """Give what sets the window's title. tmux and screen take it as the title of their own window."""
    return f"\x1b]2;{harmless(text)}\x07"


def notification(text: str, environ: Mapping[str, str]) -> str:
    """Give what makes the terminal notify the desktop (OSC 9).

    tmux and screen pass it on wrapped; as they may not be allowed to, a bell goes with it, which they show themselves.

    Args:
        text: A few words, from anywhere.
        environ: Where `TMUX` and `TERM` say what the terminal is.
    """
    plain = f"\x1b]9;{harmless(text)}\x07"
    if environ.get("TMUX"):
        inner = plain.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{inner}\x1b\\\x07"
    if environ.get("STY"):
        return f"\x1bP{plain}\x1b\\\x07"
    return plain
