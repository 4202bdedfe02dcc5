"""What really happened while a cell ran."""

from typing import Literal

from msgspec import Struct

__all__ = ["ChangeKind", "FileChange", "Happened", "ProgramRun", "ProgramStart"]

ChangeKind = Literal["created", "modified", "deleted"]


class FileChange(Struct, frozen=True):
    """A file of the workspace that was another after the cell than before, whoever changed it."""

    path: str
    """From the workspace's folder."""
    kind: ChangeKind
    foretold: bool | None = None
    """None: the code did not tell enough to say."""


class ProgramStart(Struct, frozen=True):
    """A program that a cell has started, as the sandbox saw it."""

    path: str
    words: tuple[str, ...] = ()
    """Its arguments, its name the first of them."""


class ProgramRun(Struct, frozen=True):
    """A program that was started, as often as it was with these words."""

    name: str
    """Of its file, without the folder."""
    command: str
    times: int = 1
    foretold: bool | None = None
    """None: the code did not tell enough to say."""


class Happened(Struct, frozen=True):
    """What a cell did, as it was seen from outside it."""

    files: tuple[FileChange, ...] = ()
    more_files: int = 0
    """Changed too, and not named."""
    cut: bool = False
    """The workspace was too large to look at all of it."""
    programs: tuple[ProgramRun, ...] = ()
    more_programs: int = 0
    """Started too, and not named."""
    packages: tuple[str, ...] = ()
    """Installed into the session's layer: `requests 2.32.3`."""
    programs_unseen: bool = False
    """It starts some by its code, and nothing tells here which: no sandbox does, or one that can't see them."""
