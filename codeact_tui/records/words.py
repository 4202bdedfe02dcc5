"""What happened, in a line: which files, which programs, which packages. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from codeact_tui.protocol.records import ChangeKind, Happened
from codeact_tui.protocol.visible import visible

__all__ = ["Said", "words_for"]

_VERBS: dict[ChangeKind, str] = {"created": "made", "modified": "changed", "deleted": "deleted"}
_NAMED = 4
_NAME_CHARS = 60
_COMMAND_CHARS = 200
_TEXT_CHARS = 2000
_UNFORETOLD = " (not foretold)"


class Said(Struct, frozen=True):
    """A part of the line."""

    text: str
    unforetold: bool = False
    """It is marked: the card did not say that it would."""


def words_for(happened: Happened, *, whole: bool = False) -> list[Said]:
    """Say what happened, what was not foretold first and marked; nothing where nothing did.

    Args:
        happened: As it was recorded.
        whole: Name the programs with their arguments, and say of a large workspace that not all was looked at.
    """
    parts: list[Said] = []
    for unforetold in (True, False):
        for kind, verb in _VERBS.items():
            paths = [
                each.path for each in happened.files if each.kind == kind and (each.foretold is False) == unforetold
            ]
            parts += _part(verb, paths, _NAME_CHARS, unforetold)
        programs = [each for each in happened.programs if (each.foretold is False) == unforetold]
        names = [each.command if whole else each.name for each in programs]
        parts += _part("ran", list(dict.fromkeys(names)), _COMMAND_CHARS if whole else _NAME_CHARS, unforetold)
    parts += _more(happened.more_files, "file") + _more(happened.more_programs, "program")
    parts += _part("installed", list(happened.packages), _NAME_CHARS, False)
    if happened.programs_unseen and not happened.programs:
        parts.append(Said("which programs it ran can't be seen here"))
    if happened.cut and (whole or parts):
        parts.append(Said("not all of the folder was looked at"))
    return parts


def _part(verb: str, names: Sequence[str], chars: int, unforetold: bool) -> list[Said]:
    if not names:
        return []
    shown = ", ".join(_short(name, chars) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return [Said(f"{verb} {shown}{more}{_UNFORETOLD if unforetold else ''}", unforetold)]


def _more(count: int, noun: str) -> list[Said]:
    return [Said(f"{count:,} {noun}s more")] if count > 1 else [Said(f"a {noun} more")] if count else []


def _short(name: str, chars: int) -> str:
    """Bring a name into one line of harmless text, cut in its middle."""
    line = " ".join(visible(name[-_TEXT_CHARS:]).split()) or "?"
    return line if len(line) <= chars else f"{line[: chars // 3]}…{line[-(chars - chars // 3 - 1) :]}"
