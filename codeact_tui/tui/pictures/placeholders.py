"""Characters in whose place a terminal with kitty's graphics draws an image.

A cell of an image is one private character, its row and its column told by two combining ones. To everything that lays
text out they are a character one cell wide.

Source: kitty graphics protocol, "Unicode placeholders"; the marks are in kitty's rowcolumn-diacritics.txt: those of
combining class 230 in Unicode 6.0 that are part of no composed character.
"""

__all__ = ["PLACEHOLDER", "SIDE_MAX", "placeholder_row", "read_placeholder"]

PLACEHOLDER = "\U0010eeee"
_RANGES = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9 "
    "5AB-5AC 5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D "
    "73F-741 743 745 747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83 F86-F87 "
    "135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC "
    "1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D "
    "A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189 1D1AA-1D1AD "
    "1D242-1D244 "
)


def _marks() -> list[str]:
    marks: list[str] = []
    for text in "".join(_RANGES).split():
        first, _, last = text.partition("-")
        marks += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return marks


_MARKS = _marks()
_NUMBERS = {mark: number for number, mark in enumerate(_MARKS)}
SIDE_MAX = len(_MARKS)
"""How many rows or columns can be told apart."""


def placeholder_row(row: int, columns: int) -> str:
    """Write one row of an image.

    Args:
        row: Which one, counted from 0; below `SIDE_MAX`.
        columns: How many cells; at most `SIDE_MAX`.
    """
    return "".join(PLACEHOLDER + _MARKS[row] + mark for mark in _MARKS[:columns])


def read_placeholder(text: str) -> tuple[int, int] | None:
    """Say which row and column of its image the first cell of a text stands for; None where it is no placeholder."""
    if len(text) < 3 or text[0] != PLACEHOLDER or text[1] not in _NUMBERS or text[2] not in _NUMBERS:
        return None
    return _NUMBERS[text[1]], _NUMBERS[text[2]]
