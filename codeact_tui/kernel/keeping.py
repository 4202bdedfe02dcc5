"""What is said of variables that are kept on disk, and of bringing them back."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from codeact_tui.protocol.terminal_text import plain_text

__all__ = [
    "BroughtBack",
    "KeepLimits",
    "KeptGroup",
    "KeptReport",
    "Unkept",
    "read_brought_back",
    "read_kept",
    "read_report",
]

_CHARS = 300
_Stem = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(-[0-9]{1,6})?\Z")]
_Length = Annotated[int, Meta(ge=0, le=1 << 48)]


class KeepLimits(Struct, frozen=True):
    """How much may be kept, and how long that may take."""

    seconds: float = 20.0
    """For all variables."""
    bytes: int = 2 << 30
    each_seconds: float = 10.0
    """For one variable, or several that share something."""
    each_bytes: int = 1 << 30


class Unkept(Struct, frozen=True):
    """A variable that was not kept, or is not back."""

    name: str
    why: str


class KeptGroup(Struct, frozen=True):
    """Variables in one file, because they share something."""

    file: str
    """What its files' names begin with."""
    names: tuple[str, ...]
    lengths: tuple[int, ...] = ()
    """Of the buffers beside the pickle, in bytes."""
    parted: bool = False
    """They shared something with others, and no longer do."""


class KeptReport(Struct, frozen=True):
    """What became of each variable."""

    groups: tuple[KeptGroup, ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    """Names, and the modules that were imported under them."""
    skipped: tuple[Unkept, ...] = ()
    python: str = ""
    """`3.11`: another cannot read what was kept."""
    code: bool = True
    """Functions and classes made in cells could be kept: the kernel's Python has cloudpickle."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that was kept, hidden things of ours too."""
        return (*(name for name, _module in self.modules), *(name for group in self.groups for name in group.names))

    def to_load(self) -> dict[str, object]:
        """Give what the kernel has to be told to bring it back."""
        groups = [{"file": each.file, "names": each.names, "lengths": each.lengths} for each in self.groups]
        return {"modules": [list(pair) for pair in self.modules], "groups": groups}


class BroughtBack(Struct, frozen=True):
    """Which variables are back."""

    back: tuple[str, ...] = ()
    failed: tuple[Unkept, ...] = ()


class _Line(Struct):
    names: tuple[str, ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    python: str = ""
    code: bool = True
    file: _Stem = "0"
    lengths: tuple[_Length, ...] = ()
    parted: bool = False
    why: str | None = None
    done: bool = False


class _Back(Struct):
    back: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


class _Begun(Struct):
    problem: str = ""


_begun_decoder = msgspec.json.Decoder(_Begun)
_line_decoder = msgspec.json.Decoder(_Line)
_back_decoder = msgspec.json.Decoder(_Back)


def read_report(log: bytes) -> tuple[KeptReport, bool]:
    """Read the kernel's log of what it kept, and say whether it came to an end; of what is not in it there was no time.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    lines = [_line_decoder.decode(line) for line in log.split(b"\n")[:-1]]
    if not lines:
        return KeptReport(), False
    first, *rest = lines
    told = {name for line in rest for name in line.names}
    groups = tuple(KeptGroup(each.file, each.names, each.lengths, each.parted) for each in rest if _is_kept(each))
    skipped = [*first.skipped, *((name, each.why) for each in rest if each.why is not None for name in each.names)]
    skipped += [(name, "there was no time for it") for name in first.names if name not in told]
    return (
        KeptReport(groups, first.modules, _unkept(skipped), first.python, first.code),
        any(line.done for line in rest),
    )


def read_kept(content: bytes) -> str:
    """Read why the kernel could not begin; empty when it has begun.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    return _clean(_begun_decoder.decode(content).problem)


def read_brought_back(content: bytes) -> BroughtBack:
    """Read which variables are back.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    found = _back_decoder.decode(content)
    return BroughtBack(tuple(map(_clean, found.back)), _unkept(found.failed))


def _is_kept(line: _Line) -> bool:
    return bool(line.names) and line.why is None and not line.done


def _unkept(pairs: "list[tuple[str, str]] | tuple[tuple[str, str], ...]") -> tuple[Unkept, ...]:
    return tuple(Unkept(_clean(name), _clean(why)) for name, why in pairs)


def _clean(text: str) -> str:
    return plain_text(text).replace("\n", " ")[:_CHARS]
