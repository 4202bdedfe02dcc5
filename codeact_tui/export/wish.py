"""What is wanted of an export, from flags or from the words after `/export`. Pure."""

import re
import shlex
from typing import Literal, get_args

from msgspec import Struct

from codeact_tui.errors import CodeActError

__all__ = ["ENDINGS", "TRAINING", "ExportFormat", "ExportWish", "Exported", "format_of", "parse_wish"]

ExportFormat = Literal["ipynb", "py", "md", "html", "jsonl", "codeact-instruct", "sharegpt", "preference"]

ENDINGS: dict[ExportFormat, str] = {
    "ipynb": ".ipynb",
    "py": ".py",
    "md": ".md",
    "html": ".html",
    "jsonl": ".jsonl",
    "codeact-instruct": ".codeact-instruct.jsonl",
    "sharegpt": ".sharegpt.jsonl",
    "preference": ".preference.jsonl",
}
TRAINING: frozenset[ExportFormat] = frozenset({"codeact-instruct", "sharegpt", "preference"})
"""Formats whose lines are examples: what does not pass the filters is left out."""


class ExportWish(Struct, frozen=True):
    """What is wanted."""

    format: ExportFormat = "ipynb"
    path: str = ""
    """Where to; empty: a name of its own in the session's folder; `-`: standard output."""
    live_only: bool = False
    """ipynb, py: only cells that were not superseded."""
    mended_only: bool = False
    """Training formats: only sessions in which a cell failed and a later one of the same turn ran."""
    success_only: bool = False
    """Training formats: only sessions whose last turn came to an answer, and whose last cell ran to its end."""
    min_turns: int = 0
    """Training formats: at least so many replies of the model."""
    redact: bool = True
    patterns: tuple[str, ...] = ()
    """Regular expressions of what else is replaced."""
    force: bool = False
    """Overwrite a file that is there."""


class Exported(Struct, frozen=True):
    """What an export wrote."""

    path: str
    """Empty where nothing was written, because no session passed the filters."""
    notes: tuple[str, ...] = ()
    """What was replaced or left out: a sentence each."""


def format_of(path: str) -> ExportFormat:
    """Say what form a file's name stands for; a notebook where it says nothing."""
    fitting: list[ExportFormat] = [name for name, ending in ENDINGS.items() if path.endswith(ending)]
    longest_first = sorted(fitting, key=lambda name: -len(ENDINGS[name]))
    return longest_first[0] if longest_first else "ipynb"


def parse_wish(words: str) -> ExportWish:
    """Read what follows `/export`: a format and a file, in either order, and flags.

    Raises:
        CodeActError: A word is neither.
    """
    try:
        rest = shlex.split(words)
    except ValueError as error:
        raise CodeActError(f"The export's words can't be read: {error}.") from error
    found: dict[str, object] = {}
    patterns: list[str] = []
    while rest:
        word = rest.pop(0)
        if word in get_args(ExportFormat) and "format" not in found:
            found["format"] = word
        elif word in {"--live-only", "--mended-only", "--success-only", "--force"}:
            found[word[2:].replace("-", "_")] = True
        elif word == "--no-redact":
            found["redact"] = False
        elif word in {"--redact", "--min-turns", "-o", "--output", "--format"}:
            if not rest:
                raise CodeActError(f"{word} wants a word after it.")
            _take(word, rest.pop(0), found, patterns)
        elif not word.startswith("-") and "path" not in found:
            found["path"] = word
        else:
            raise CodeActError(f"/export does not know {word!r}.", remedy=f"Formats: {', '.join(ENDINGS)}.")
    return _wish(found, tuple(patterns))


def _take(flag: str, value: str, found: dict[str, object], patterns: list[str]) -> None:
    match flag:
        case "--redact":
            patterns.append(value)
        case "--min-turns":
            if not re.fullmatch(r"\d{1,6}", value):
                raise CodeActError(f"--min-turns wants a number, not {value!r}.")
            found["min_turns"] = int(value)
        case "--format":
            if value not in get_args(ExportFormat):
                raise CodeActError(f"There is no format {value!r}.", remedy=f"Formats: {', '.join(ENDINGS)}.")
            found["format"] = value
        case _:
            found["path"] = value


def _wish(found: dict[str, object], patterns: tuple[str, ...]) -> ExportWish:
    found.setdefault("format", format_of(str(found.get("path", ""))))
    return ExportWish(**found, patterns=patterns)  # pyright: ignore[reportArgumentType] - checked above
