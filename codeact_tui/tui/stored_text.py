"""Finds places in a text that is read piece by piece from the store, whatever its length."""

from collections.abc import Awaitable, Callable

__all__ = ["ReadBytes", "find_line", "find_words", "lines_before"]

ReadBytes = Callable[[int, int], Awaitable[bytes]]
"""Gives so many bytes from a place on; fewer at the end, none past it."""

_STEP = 256 * 1024


async def find_words(read: ReadBytes, words: str, start: int, *, forward: bool, exact: bool = False) -> int | None:
    """Find words.

    Args:
        read: Reads the text.
        words: What is looked for; not empty.
        start: Forward: the first byte that may begin it. Backward: the byte that it must end before.
        forward: Look for the next one, or the one before.
        exact: Capital letters have to match; else ASCII letters match whatever their case.

    Returns:
        Where they begin, in bytes; None where they are not.
    """
    fit = bytes if exact else bytes.lower
    wanted = fit(words.encode())
    overlap = len(wanted) - 1
    if forward:
        at = start
        while True:
            piece = await read(at, _STEP + overlap)
            found = fit(piece).find(wanted)
            if found >= 0:
                return at + found
            if len(piece) < _STEP + overlap:
                return None
            at += _STEP
    end = start
    while end > 0:
        begin = max(0, end - _STEP - overlap)
        found = fit(await read(begin, end - begin)).rfind(wanted)
        if found >= 0:
            return begin + found
        end = begin + overlap if begin else 0
    return None


async def find_line(read: ReadBytes, number: int) -> int | None:
    """Find where a line begins, in bytes; None where there are fewer.

    Args:
        read: Reads the text.
        number: The line, counted from 1.
    """
    at, left = 0, number - 1
    while left > 0:
        piece = await read(at, _STEP)
        ends = piece.count(b"\n")
        if ends >= left:
            place = -1
            for _ in range(left):
                place = piece.index(b"\n", place + 1)
            return at + place + 1 if await read(at + place + 1, 1) else None
        left -= ends
        at += len(piece)
        if len(piece) < _STEP:
            return None
    return 0


async def lines_before(read: ReadBytes, place: int, count: int) -> int:
    """Give where the line begins that stands so many lines above a place; not far from it where lines are long.

    Args:
        read: Reads the text.
        place: A byte.
        count: How many lines; 0 for the line of the place itself.
    """
    begin = max(0, place - 16 * 1024)
    piece = await read(begin, place - begin)
    at = len(piece)
    for _ in range(count + 1):
        newline = piece.rfind(b"\n", 0, at)
        if newline < 0:
            break
        at = newline
    else:
        return begin + at + 1
    if not begin:
        return 0
    first = piece.find(b"\n")
    return begin + first + 1 if first >= 0 else place
