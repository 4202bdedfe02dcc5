"""Text that has broken screens: escapes, markup, bidirectional, invisible, wide and endless; and mixtures of it."""

import random
from collections.abc import Iterator

__all__ = ["HOSTILE", "MARKER", "mixtures"]

MARKER = "owned"
"""Stands inside every escape sequence of the corpus: it may be drawn, and may never be part of a sequence."""

HOSTILE = {
    "screen": f"\x1b[2J\x1b[H\x1b[?1049l\x1b[?25h\x1b[1;1H{MARKER}\x1b[r\x1bc\x1b[!p",
    "title": f"\x1b]0;{MARKER}\x07\x1b]2;{MARKER}\x1b\\\x1b]1337;File=name={MARKER}:AAAA\x07",
    "clipboard": f"\x1b]52;c;{MARKER}\x07\x1b]8;;http://{MARKER}\x1b\\link\x1b]8;;\x1b\\\x1b]9;{MARKER}\x07",
    "strings": f"\x1bP{MARKER}q\x1b\\\x1b_G{MARKER}\x1b\\\x1b^{MARKER}\x1b\\\x1bX{MARKER}\x1b\\",
    "eight bit": f"\x9b2J\x9d0;{MARKER}\x9c\x90{MARKER}\x9c\x85\x84\x8d",
    "unfinished": f"\x1b]0;{MARKER} and no end",
    "cut": "\x1b[38;2;",
    "reports": "\x1b[6n\x1b[c\x1b[>q\x1b[18t\x05",
    "keys": "\x1b[>1u\x1b[?1003h\x1b[?2004l\x1b[?2026h\x1b[?7h\x1b(0\x0e",
    "colours": "\x1b[31mred\x1b[48;5;1000mx\x1b[38:2::1:2:3my\x1b[4:3mz\x1b[999;;;;m",
    "controls": "a\x00b\x07c\x08d\x0be\x0cf\x7fg\rh\x1ai\x18j",
    "markup": "[bold]x[/bold] [/] [@click=app.quit]quit[/] [link=http://x.y]y[/link] [red $accent {x!r} %s",
    "bidi": "a\u202eb\u2066c\u200f \u061cd \u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
    "invisible": "a\u200bb\ufeffc\u00add\u2060e\U000e0041f\u180eg\u3164h",
    "surrogates": "lone \ud800 and \udfff",
    "wide": "中文字符 한국어 ｆｕｌｌ",
    "emoji": "👨\u200d👩\u200d👧 ❤\ufe0f 🇩🇪 👍🏽 1\ufe0f\u20e3 🏴\U000e0067\U000e0062\U000e007f ☺ ☺\ufe0f",
    "marks": "e\u0301 a" + "\u0301" * 80 + " b\u0489 \u0915\u094d\u0937\u093f \u0e01\u0e33",
    "newlines": "a\rb\x0bc\x0cd\x85e\u2028f\u2029g",
    "tabs": "\t\ta\t\tb\t",
    "markdown": "```\n> - * _x_ `y` |a|b|\n|-|-|\n# h\n$$\\frac{1}{0}$$ <script>alert(1)</script> &#27;[31m",
    "card": "╭─ cell [9] ──╮\n│ y run  e edit │\n╰─ ● waiting for you ─╯",
}


def mixtures(seed: int, count: int, parts: int = 6) -> Iterator[str]:
    """Give so many mixtures of the corpus, cut at random places; the same ones for the same seed."""
    choose = random.Random(seed)
    whole = list(HOSTILE.values())
    for _ in range(count):
        pieces = choose.choices(whole, k=parts)
        yield " ".join(piece[choose.randrange(len(piece)) :] if choose.random() < 0.4 else piece for piece in pieces)
