"""What keys do to Python code beyond putting letters in: indents, pairs, comments, lines that move. Pure."""

import re

from msgspec import Struct

__all__ = [
    "Insertion", "backspace_columns", "closed_pair", "dedented", "in_call", "indent_after", "indented",
    "steps_over", "toggled_comments", "word_before",
]  # fmt: skip

_INDENT = "    "
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "\"'"
_LEAVES = re.compile(r"\s*(return|raise|break|continue|pass)\b")
_PREFIX = re.compile(r"(?:^|[^\w])[rRbBfFuU]{1,2}\Z")
_WORD = re.compile(r"[^\W\d]\w*\Z")
_LOOK_BACK = 4000
_BEFORE_CLOSED = " \t)]},:;"


class Insertion(Struct, frozen=True):
    """Text to put in, and how far before its end the cursor then stands."""

    text: str
    back: int = 0


def indent_after(before: str, after: str) -> Insertion:
    """Give what Enter puts in.

    Args:
        before: The line before the cursor.
        after: The line behind it.
    """
    indent = before[: len(before) - len(before.lstrip())]
    stripped = before.rstrip()
    if stripped[-1:] in _PAIRS and stripped and after.lstrip().startswith(_PAIRS[stripped[-1]]):
        return Insertion(f"\n{indent}{_INDENT}\n{indent}", 1 + len(indent))
    if stripped.endswith(":") or stripped[-1:] in tuple(_PAIRS):
        return Insertion(f"\n{indent}{_INDENT}")
    if _LEAVES.match(before) and not after.strip():
        return Insertion(f"\n{indent[: -len(_INDENT)] if indent else ''}")
    return Insertion(f"\n{indent}")


def steps_over(before: str, after: str, char: str) -> bool:
    """Say whether a closing character that is typed stands there already, so that the cursor goes behind it."""
    if not char or not after.startswith(char):
        return False
    if char in _QUOTES:
        return (before.count(char) - before.count(f"\\{char}")) % 2 == 1
    opening = next((opening for opening, closing in _PAIRS.items() if closing == char), "")
    line = before + after
    return bool(opening) and line.count(opening) <= line.count(char)


def closed_pair(before: str, after: str, char: str, selected: str = "") -> Insertion | None:
    """Give what is put in when an opening bracket or a quote is typed; None for the character alone.

    Args:
        before: The line before the cursor.
        after: The line behind it.
        char: What is typed.
        selected: What is selected: it is put between.
    """
    if char in _PAIRS:
        closing = _PAIRS[char]
    elif char in _QUOTES and char:
        closing = char
    else:
        return None
    if selected:
        return Insertion(f"{char}{selected}{closing}")
    if after and after[0] not in _BEFORE_CLOSED:
        return None
    if char in _QUOTES:
        if before.endswith(char * 2) and not before.endswith(char * 3):
            return Insertion(char * 4, 3)
        last = before[-1:]
        if (last.isalnum() or last in ("_", "\\", char)) and not _PREFIX.search(before):
            return None
        if (before.count(char) - before.count(f"\\{char}")) % 2:
            return None
    return Insertion(f"{char}{closing}", 1)


def backspace_columns(before: str, after: str) -> tuple[int, int]:
    """Say how many characters Backspace takes before the cursor and behind it: an indent, an empty pair, or one."""
    if before and not before.strip(" "):
        return (len(before) - 1) % len(_INDENT) + 1, 0
    last = before[-1:]
    closing = _PAIRS.get(last, last if last and last in _QUOTES else "")
    if closing and after.startswith(closing):
        return 1, 1
    return 1, 0


def indented(lines: list[str]) -> list[str]:
    """Indent lines; empty ones stay empty."""
    return [f"{_INDENT}{line}" if line.strip() else line for line in lines]


def dedented(lines: list[str]) -> list[str]:
    """Take one indent, or what there is of it, off each line."""
    return [line[1:] if line.startswith("\t") else re.sub(r"^ {1,4}", "", line) for line in lines]


def toggled_comments(lines: list[str]) -> list[str]:
    """Make comments of lines, at the least of their indents; or code again, if all of them are comments."""
    filled = [line for line in lines if line.strip()]
    if not filled:
        return lines
    if all(line.lstrip().startswith("#") for line in filled):
        return [re.sub(r"^(\s*)# ?", r"\1", line) for line in lines]
    depth = min(len(line) - len(line.lstrip()) for line in filled)
    return [f"{line[:depth]}# {line[depth:]}" if line.strip() else line for line in lines]


def word_before(before: str) -> str:
    """Give the name, or the part of one, that ends at the cursor."""
    found = _WORD.search(before[-200:])
    return found[0] if found else ""


def in_call(text: str) -> bool:
    """Say whether a bracket is open before the cursor; roughly, strings are not told from code."""
    depth = 0
    for char in reversed(text[-_LOOK_BACK:]):
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if not depth:
                return True
            depth -= 1
    return False
