"""What a kernel answers, and what it tells of itself and of a cell."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.records import ProgramStart
from codeact_tui.protocol.travel import Grade
from codeact_tui.protocol.variables import Variable

__all__ = [
    "CellProgress",
    "CellResult",
    "Checkpoint",
    "CodeInspection",
    "Completions",
    "InputRequest",
    "KernelInfo",
    "KernelNews",
    "NamespaceDiff",
    "NamespaceListing",
]


class KernelInfo(Struct, frozen=True):
    """The interpreter that runs."""

    python: str
    """Its path."""
    version: str
    source: str
    """Why this one: `.venv`, `VIRTUAL_ENV`, `--python`, a kernelspec's name, `codeact's own`."""
    seconds: float
    """From asking for it until it was ready."""
    sandbox: str = "none"
    """What confines it: `bubblewrap`, `landlock`, or `none`."""
    advice: str = ""
    """A sentence for the user: that the project's own Python could not be taken, and what to do about it."""


class CellResult(Struct, frozen=True):
    """How a cell ended."""

    status: Literal["ok", "error", "interrupted", "timeout", "aborted"]
    seconds: float
    execution_count: int | None = None


class KernelNews(Struct, frozen=True):
    """What the cells of a kernel did beyond it, as far as that is seen."""

    programs: tuple[ProgramStart, ...] = ()
    """Started since the last time, the first of them. Only a sandbox sees them."""
    more_programs: int = 0
    """Started too, and not kept."""
    packages: tuple[str, ...] = ()
    """All that is installed in the session's layer now: `requests 2.32.3`."""
    programs_seen: bool = True
    """False where nothing tells of programs: in a container, on macOS, without a sandbox."""


class InputRequest(Struct, frozen=True):
    """The cell waits in `input()` or `getpass`."""

    prompt: str
    password: bool = False


class NamespaceDiff(Struct, frozen=True):
    """What a cell did to the variables, hidden ones (modules, functions, classes, private names) left out."""

    added: tuple[Variable, ...] = ()
    changed: tuple[Variable, ...] = ()
    removed: tuple[str, ...] = ()
    total: int = 0
    cut: bool = False


class NamespaceListing(Struct, frozen=True):
    """The variables now, newest first."""

    variables: tuple[Variable, ...]
    total: int
    cut: bool = False
    folder: str = ""
    """Where the kernel is: its relative paths begin here. Empty where it does not say."""


class Completions(Struct, frozen=True):
    """What may stand in place of `code[start:end]`, in characters."""

    matches: tuple[str, ...]
    start: int
    end: int
    kinds: tuple[str, ...] = ()
    """What each match is, in a word: `function`, `column`, a type's name. As long as `matches`, or empty."""


class Checkpoint(Struct, frozen=True):
    """A frozen copy of the kernel that was made."""

    name: str
    grade: Grade = "green"
    reasons: tuple[str, ...] = ()
    """Why it is not green: what does not come back, each in a few words."""
    seconds: float = 0.0
    """How long it kept the kernel."""
    variables: NamespaceListing | None = None
    """The variables in it, as far as there was time to look at them."""


class CodeInspection(Struct, frozen=True):
    """The call that the cursor is in, or the name under it."""

    name: str = ""
    """As it is written in the code; empty where nothing is known."""
    kind: str = ""
    parameters: tuple[str, ...] | None = None
    """With their defaults: `sep=','`. None for what can't be called, or does not tell."""
    active: int = -1
    """Which parameter the cursor is at; -1 for none."""
    doc: str = ""
    """The first sentence of the documentation, or a short value."""


class CellProgress(Struct, frozen=True):
    """How things stand while a cell runs."""

    line: int = 0
    """The line of the cell that runs, counted from 1; 0 where it is not known."""
    memory_bytes: int = 0
    """What the kernel's process and its children hold; 0 where it is not known."""
