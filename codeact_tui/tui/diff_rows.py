"""The difference between two pieces of code, line by line, as it is drawn. Pure."""

import difflib
from typing import Literal

from msgspec import Struct

__all__ = ["DiffLine", "changed_lines", "diff_lines"]

_CONTEXT = 3
_LINES_MAX = 5000
"""Longer code is compared by its head and tail only: finding the least difference would take too long."""


class DiffLine(Struct, frozen=True):
    """A line of the old code, the new one or both, or a gap."""

    kind: Literal["same", "added", "removed", "gap"]
    old: int
    """Its place in the old code, counted from 0; of a gap, how many lines are left out."""
    new: int
    """Its place in the new code, counted from 0."""


def _blocks(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Say which lines stand for which; equal ends are taken off before what costs time."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(inner_old) + len(inner_new) > _LINES_MAX:
        inner = [("replace", 0, len(inner_old), 0, len(inner_new))]
    else:
        inner = difflib.SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_opcodes()
    blocks = [("equal", 0, head, 0, head)] if head else []
    blocks += [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in inner]
    return blocks + ([("equal", len(old) - tail, len(old), len(new) - tail, len(new))] if tail else [])


def diff_lines(old: list[str], new: list[str], context: int = _CONTEXT) -> list[DiffLine]:
    """Compare two pieces of code, split into lines; what is far from any change is left out, as a gap."""
    found: list[DiffLine] = []
    blocks = _blocks(old, new)
    for at, (tag, a, b, c, d) in enumerate(blocks):
        if tag == "equal":
            before = context if at else 0
            after = context if at < len(blocks) - 1 else 0
            found += _same(a, c, b - a, before, after)
            continue
        found += [DiffLine("removed", line, c) for line in range(a, b)]
        found += [DiffLine("added", b, line) for line in range(c, d)]
    return found


def _same(old: int, new: int, count: int, before: int, after: int) -> list[DiffLine]:
    """Give lines that are the same, so many of them after a change and so many before one."""
    left_out = count - before - after
    if left_out <= 1:
        return [DiffLine("same", old + line, new + line) for line in range(count)]
    kept = [DiffLine("same", old + line, new + line) for line in range(before)]
    kept.append(DiffLine("gap", left_out, new + before))
    return kept + [DiffLine("same", old + line, new + line) for line in range(count - after, count)]


def changed_lines(old: list[str], new: list[str]) -> dict[int, str]:
    """Say which lines of the new code are not in the old one: `added`, or `changed` where others stood there before."""
    found: dict[int, str] = {}
    for tag, _, _, c, d in _blocks(old, new):
        if tag in {"insert", "replace"}:
            found |= dict.fromkeys(range(c, d), "added" if tag == "insert" else "changed")
    return found
