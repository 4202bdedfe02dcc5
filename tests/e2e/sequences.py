"""What a program wrote to its terminal, checked byte by byte against the few sequences that a screen needs."""

import re

__all__ = ["strangers"]

_KNOWN = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[[0-9]*;?[0-9]*H"  # cursor to a place
    r"|\x1b\[\?(?:1000|1003|1004|1006|1015|1049|2004|2026|2031|2048|25|7)[hl]"  # mouse, focus, paste, screen, cursor
    r"|\x1b\[\?(?:2026|2048)\$p"  # which of these the terminal knows
    r"|\x1b\[(?:>[0-9]+|<)u"  # the keyboard protocol, on and off
    r"|\x1b\[(?:22|23);[02]t"  # the window's title, kept and given back
    r"|\x1b\]22;[a-z]+\x07"  # the pointer's shape
    r"|\x1b\][02];(?P<title>[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)"
    r"|\x1b\]9;(?P<notice>[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)"
    r"|[\r\n\x07]"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]|[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def strangers(raw: bytes, forbidden: str) -> list[str]:
    """Give what is no sequence of the application's own, and titles and notices that are not ours.

    Args:
        raw: Everything that was written; a sequence may be cut at the end.
        forbidden: Text that no title and no notice may hold but those that begin with the application's name.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
    """
    text = raw.decode()
    found: list[str] = []
    at = 0
    while hit := _CONTROL.search(text, at):
        known = _KNOWN.match(text, hit.start())
        if known is None:
            found.append(repr(text[max(0, hit.start() - 20) : hit.start() + 40]))
        elif forbidden in (words := known["title"] or known["notice"] or "") and not words.startswith("codeact"):
            found.append(repr(known[0]))
        at = known.end() if known else hit.end()
    return found
