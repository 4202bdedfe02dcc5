"""Where vi's motions lead in a text. Pure: lines in, a place out."""

from collections.abc import Sequence

__all__ = ["MOTIONS", "Place", "motion"]

Place = tuple[int, int]
"""Row and column, from 0."""

MOTIONS = frozenset({"h", "l", "j", "k", "w", "b", "e", "0", "^", "$", "G", "gg"})


def motion(lines: Sequence[str], place: Place, name: str, count: int | None = None) -> Place:
    """Give where a motion leads.

    Args:
        lines: The text, at least one line.
        place: Where the cursor is.
        name: One of `MOTIONS`.
        count: How often; for `G` and `gg` the line, from 1.
    """
    row, column = place
    times = count or 1
    match name:
        case "h":
            return row, max(0, column - times)
        case "l":
            return row, min(len(lines[row]), column + times)
        case "j" | "k":
            row = max(0, min(len(lines) - 1, row + (times if name == "j" else -times)))
            return row, min(column, len(lines[row]))
        case "0":
            return row, 0
        case "^":
            return row, len(lines[row]) - len(lines[row].lstrip())
        case "$":
            return row, len(lines[row])
        case "G" | "gg":
            last = len(lines) - 1
            return min(last, (count or (last + 1 if name == "G" else 1)) - 1), 0
        case _:
            for _ in range(min(times, 10_000)):
                place = _word(lines, place, name)
            return place


def _word(lines: Sequence[str], place: Place, name: str) -> Place:
    text = "\n".join(lines)
    at = sum(len(line) + 1 for line in lines[: place[0]]) + place[1]
    match name:
        case "w":
            at = _end_of_run(text, at)
            while at < len(text) and text[at].isspace():
                at += 1
        case "e":
            at += 1
            while at < len(text) and text[at].isspace():
                at += 1
            at = max(0, _end_of_run(text, at) - 1)
        case _:
            while at > 0 and text[at - 1].isspace():
                at -= 1
            kind = _kind(text[at - 1]) if at else 0
            while at > 0 and _kind(text[at - 1]) == kind and kind:
                at -= 1
    at = min(at, len(text))
    row = text.count("\n", 0, at)
    return row, at - (text.rfind("\n", 0, at) + 1)


def _end_of_run(text: str, at: int) -> int:
    """Give where the word, or the punctuation, that holds a place ends."""
    kind = _kind(text[at]) if at < len(text) else 0
    while kind and at < len(text) and _kind(text[at]) == kind:
        at += 1
    return at


def _kind(char: str) -> int:
    return 0 if char.isspace() else 1 if char.isalnum() or char == "_" else 2
