"""The difference between two versions of a cell, for people and for the model."""

import difflib

__all__ = ["unified"]


def unified(before: str, after: str, *, before_name: str = "proposed", after_name: str = "edited") -> str:
    """Give a unified diff with three lines of context; empty when nothing differs."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), fromfile=before_name, tofile=after_name, lineterm="", n=3
    )
    return "\n".join(lines)
