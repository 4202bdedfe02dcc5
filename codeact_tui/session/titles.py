"""Titles of sessions, from what was asked first. Pure."""

import unicodedata

__all__ = ["clean_title", "title_from"]

_LONGEST = 60


def title_from(prompt: str) -> str:
    """Make a title of a prompt: its first line with words in it, cut between words."""
    lines = [clean_title(line, longest=10_000) for line in prompt.splitlines()]
    first = next((line for line in lines if line), "untitled")
    if len(first) <= _LONGEST:
        return first
    cut = first[: _LONGEST - 1]
    head = cut.rsplit(" ", 1)[0]
    return f"{head if len(head) > _LONGEST // 2 else cut}…"


def clean_title(title: str, longest: int = 200) -> str:
    """Give a title on one line with nothing in it that a terminal would obey or hide."""
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in title)
    return " ".join(shown.split())[:longest]
