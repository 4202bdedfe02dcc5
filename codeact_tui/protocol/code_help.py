"""What is told of code that is being written: what may stand at the cursor, and what is called there."""

from msgspec import Struct

__all__ = [
    "CodeCompleted",
    "CodeInspected",
]


class CodeCompleted(Struct, frozen=True, tag="code_completed"):
    """Answers `CompleteCode`: what may replace code[start:end]. Transient."""

    request: int
    matches: tuple[str, ...]
    start: int
    end: int
    kinds: tuple[str, ...] = ()
    """What each match is, in a word: `function`, `column`, a type's name. As long as `matches`, or empty."""
    problem: str = ""
    """Why there is nothing: a sentence for the user."""


class CodeInspected(Struct, frozen=True, tag="code_inspected"):
    """Answers `InspectCode`: the call that the cursor is in, or the name under it. Transient."""

    request: int
    name: str = ""
    """As it is written in the code; empty where nothing is known."""
    kind: str = ""
    parameters: tuple[str, ...] | None = None
    """With their defaults; None for what can't be called, or does not tell."""
    active: int = -1
    """Which parameter the cursor is at; -1 for none."""
    doc: str = ""
    """One sentence."""
