"""What a dry run did to variables and files, in a bounded form that may be seen. Pure but for asking the snapshots."""

from collections.abc import Iterable, Sequence

import msgspec

from codeact_tui.errors import SnapshotError
from codeact_tui.kernel.answers import NamespaceDiff, NamespaceListing
from codeact_tui.protocol.dry_runs import TriedFile
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.travel import VariableDifference
from codeact_tui.protocol.variables import Variable
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.showing import shown_variable
from codeact_tui.session.travelling import differences
from codeact_tui.snapshots.comparing import Difference
from codeact_tui.snapshots.entries import shown_path
from codeact_tui.snapshots.files import Changes, FileSnapshots

__all__ = ["file_differences", "joined_diff", "variable_differences"]

_VARIABLES = 100
_FILES = 100
_COMPARED = 12
_DIFF_LINES = 60
_DIFF_CHARS = 6_000
_PATH_CHARS = 400


def variable_differences(
    before: NamespaceListing | None, after: NamespaceListing | None, told: Sequence[NamespaceDiff], veil: Veil
) -> tuple[tuple[VariableDifference, ...], int]:
    """Say what happened to the variables; and how many more there are than are named.

    Args:
        before: All of them before; None where they were not looked at.
        after: And after.
        told: What the kernel said that changed: it looks deeper into values than a listing tells.
        veil: Hides what looks like a key.
    """
    found: dict[str, VariableDifference] = {}
    here = {variable.name: variable for variable in before.variables} if before is not None else {}
    for diff in told:
        for variable in (*diff.added, *diff.changed):
            was = here.get(variable.name)
            found[variable.name] = VariableDifference(variable.name, "changes" if was else "appears", was, variable)
        for name in diff.removed:
            found.pop(name, None)
            if name in here:
                found[name] = VariableDifference(name, "disappears", here[name])
    if before is not None and after is not None:
        found |= {each.name: each for each in differences(before, after)}
    ordered = sorted(found.values(), key=lambda each: ("appears changes disappears".index(each.kind), each.name))
    shown = tuple(_veiled(each, veil) for each in ordered[:_VARIABLES])
    return shown, max(0, len(ordered) - _VARIABLES)


def joined_diff(changes: Iterable[VariableDifference], total: int) -> NamespaceDiff:
    """Give the same as what a cell does to the variables."""
    every = list(changes)

    def pick(kind: str) -> tuple[Variable, ...]:
        return tuple(each.after for each in every if each.kind == kind and each.after is not None)

    gone = tuple(each.name for each in every if each.kind == "disappears")
    return NamespaceDiff(pick("appears"), pick("changes"), gone, total)


async def file_differences(
    files: FileSnapshots, before: str, after: str, changes: Changes, veil: Veil
) -> tuple[tuple[TriedFile, ...], int]:
    """Say what happened to the files; and how many more there are than are named.

    Args:
        files: Where the snapshots are.
        before: A snapshot.
        after: A later one.
        changes: The difference of the two.
        veil: Hides what looks like a key.
    """
    items = [each for each in changes.items if not _is_folder(each)]
    done = [_difference(each) for each in items[:_FILES]]
    for at, each in enumerate(items[:_COMPARED]):
        done[at] = await _with_text(files, before, after, each, done[at], veil)
    return tuple(done), max(0, len(items) - _FILES)


def _difference(each: Difference) -> TriedFile:
    entry = each.before if each.after is None else each.after
    size = entry.size if entry is not None else 0
    path = shown_path(each.path)
    cut = path if len(path) <= _PATH_CHARS else f"…{path[1 - _PATH_CHARS :]}"
    return TriedFile(cut, each.kind, size, whole=False)


async def _with_text(
    files: FileSnapshots, before: str, after: str, each: Difference, found: TriedFile, veil: Veil
) -> TriedFile:
    try:
        change = await files.text_change(before, after, shown_path(each.path))
    except SnapshotError:
        return found
    if change.why_not or not change.diff:
        return found
    lines = change.diff.splitlines()[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    short = len(lines) <= _DIFF_LINES and len(change.diff) <= _DIFF_CHARS and each.kind == "changed"
    diff = veil.masked(plain_text("\n".join(lines))) if short else ""
    return msgspec.structs.replace(found, added=added, removed=removed, diff=diff, whole=True)


def _veiled(each: VariableDifference, veil: Veil) -> VariableDifference:
    before, after = (None if one is None else shown_variable(one, veil) for one in (each.before, each.after))
    return VariableDifference(each.name, each.kind, before, after)


def _is_folder(each: Difference) -> bool:
    return all(entry is None or entry.kind == "folder" for entry in (each.before, each.after))
