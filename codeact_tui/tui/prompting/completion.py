"""What can be completed where the cursor stands. Pure."""

import re
from typing import Literal

from msgspec import Struct

__all__ = ["Candidate", "Wanted", "quoted_path", "wanted"]

_COMMAND = re.compile(r"/([\w-]*)$")
_FILE = re.compile(r"(?:^|(?<=\s))@([^\s@]{0,200})$")


class Wanted(Struct, frozen=True):
    """What is being typed."""

    kind: Literal["command", "file", "python"]
    query: str
    start: int
    """Column where what is to be replaced begins; it ends at the cursor."""


class Candidate(Struct, frozen=True):
    """Something that may stand there."""

    text: str
    """What is put in."""
    label: str
    note: str = ""
    argument: str = ""
    """What has to follow, or may: `title`, `[name]`."""
    replaces: int = -1
    """How many characters before the cursor it stands for; -1 for all that was typed of it."""


def wanted(line: str, column: int, *, first_line: bool) -> Wanted | None:
    """Say what could be completed at the cursor.

    Args:
        line: The cursor's line.
        column: The cursor's place in it.
        first_line: It is the prompt's first; only there can a command stand.
    """
    before = line[:column]
    if first_line and (found := _COMMAND.match(before)):
        return Wanted("command", found[1], 0)
    if found := _FILE.search(before):
        return Wanted("file", found[1], found.start())
    return None


def quoted_path(path: str) -> str:
    """Write a file's name as it stands in a prompt: `@data/sales.csv`, `@"my file.csv"`."""
    return f'@"{path}"' if re.search(r"[\s\"]", path) else f"@{path}"
