"""What the user is told of the kernel's travels, in any front end. Pure."""

from collections.abc import Sequence

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.forking import Forked
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.table_changes import table_changes
from codeact_tui.protocol.travel import KernelRecovered, RewindPreviewed, Rewound, TravelPart, VariableDifference
from codeact_tui.protocol.travel_files import (
    FileDifference,
    FilesBack,
    FilesPreview,
    TravelAsked,
    TravelGoesOn,
    VariableWay,
)

__all__ = [
    "asked_text",
    "file_size_words",
    "forked_words",
    "going_words",
    "preview_text",
    "recovered_words",
    "rewound_words",
    "way_words",
]

_NAMES = 12
_FILES = 4


def recovered_words(event: KernelRecovered) -> tuple[str, str]:
    """Say what was lost, and what is there: two halves of a line."""
    before = f"before [{action_number(event.action)}]" if event.action else "before the last cell"
    back = f"the variables are back as they were {before}, in {event.seconds * 1000:.0f} ms; it was not run again"
    return f"the kernel died: {event.how}", back


def rewound_words(event: Rewound) -> tuple[str, str]:
    """Say where the session went, and what came back with it: two halves of a line."""
    parts = _listed(event.what)
    files = _files_words(event)
    if event.undoes:
        return "forth again", "; ".join([f"{parts} as before going back", *files])
    cells = "1 cell" if event.cells == 1 else f"{event.cells} cells"
    gone = f"{cells} taken back" if event.cells else "nothing had run since"
    return f"went back: {parts or 'nothing'}", "; ".join([gone, *_way(event), *files, *_redo(event)])


def forked_words(event: Forked) -> tuple[str, str]:
    """Say which session this one goes on from: two halves of a line."""
    files = "; the files are as they are now" if event.later else ""
    whose = f"“{event.title}”" if event.title else "another session"
    return f"a fork of {whose}", f"what is above is shared with it{files}"


def preview_text(event: RewindPreviewed) -> str:
    """Say in a few sentences what going back would change."""
    cells = "1 cell would be" if event.cells == 1 else f"{event.cells} cells would be"
    said = [f"{cells} taken back."] if event.cells else []
    for kind, word in (("appears", "come back"), ("changes", "change"), ("disappears", "go")):
        names = [_with_changes(each) for each in event.variables if each.kind == kind]
        if names:
            said.append(f"{_named(names, len(names), _NAMES)} would {word}.")
    if event.reasons:
        said.append(f"Not brought back: {', '.join(event.reasons)}.")
    if event.problem:
        said.append(f"{event.problem}: the variables would stay as they are.")
    if event.files is not None:
        said += _files_preview(event.files)
    return " ".join(said) or "Nothing would change."


def _with_changes(difference: VariableDifference) -> str:
    before, after = difference.before, difference.after
    changes = table_changes(before, after) if before is not None and after is not None else ()
    return f"{difference.name} ({', '.join(changes)})" if changes else difference.name


def going_words(event: TravelGoesOn) -> str:
    """Say what a going back does now."""
    match event.step:
        case "waiting":
            return "going back: waiting for what goes on"
        case "looking":
            return "going back: looking at the files"
        case "writing":
            return f"going back: files, {human_bytes(event.done_bytes)} of {human_bytes(event.total_bytes)}"
        case "placing":
            return "going back: putting files in their places"
        case "variables":
            return "going back: bringing the variables back"
        case "done":
            return ""


def asked_text(event: TravelAsked) -> str:
    """Say in a few sentences what has to be decided before going back, and how to answer."""
    said: list[str] = []
    if event.conflicts:
        files = "1 file was" if event.count == 1 else f"{event.count} files were"
        named = [f"{each.path} ({file_size_words(each)})" for each in event.conflicts]
        said.append(f"{files} changed by you since: {_named(named, event.count, _NAMES)}.")
    if event.problem:
        said.append(f"{event.problem}. {' '.join(way_words(event, way) for way in event.ways)}")
    return " ".join(said)


def way_words(event: TravelAsked, way: VariableWay) -> str:
    """Say what a way to make the variables does, in a sentence."""
    match way:
        case "disk":
            return "disk: they come from what was kept on disk at that point, in a fresh Python."
        case "replay":
            return f"replay: the cells until there run again in a fresh Python, {len(event.replay)} of them; not exact."
        case "leave":
            return "leave: they stay as they are."


def file_size_words(each: FileDifference) -> str:
    """Say how a file changes, by its lines where they are known, else by its sizes."""
    if each.diff:
        lines = each.diff.split("\n")[2:]
        added = sum(line.startswith("+") for line in lines)
        removed = sum(line.startswith("-") for line in lines)
        return f"+{added} −{removed}"
    match each.before_bytes, each.after_bytes:
        case int() as before, int() as after:
            return f"{_size(before)} → {_size(after)}" if before != after else _size(after)
        case before, after:
            return _size(after if after is not None else before)


def _files_preview(files: FilesPreview) -> list[str]:
    said: list[str] = []
    for kind, word in (("appears", "come back"), ("changes", "change"), ("disappears", "go")):
        found = [each for each in files.files if each.kind == kind and not each.conflict]
        if found:
            named = [f"{each.path} ({file_size_words(each)})" for each in found]
            said.append(f"{_named(named, len(found), _NAMES)} would {word}.")
    conflicts = [each.path for each in files.files if each.conflict]
    if conflicts:
        said.append(f"Changed by you since: {_named(conflicts, len(conflicts), _NAMES)}; it would be asked.")
    if files.kept:
        said.append(f"{_named(files.kept, files.kept_count, _NAMES)} would stay as you changed them.")
    if files.unknown:
        said.append(f"Not kept, and so left as they are: {_named(files.unknown, files.unknown_count, _NAMES)}.")
    if files.problem:
        said.append(f"{files.problem}: the files would stay as they are.")
    return said


def _way(event: Rewound) -> list[str]:
    match event.way:
        case "disk":
            return ["variables from disk, in a fresh Python"]
        case "replay":
            return ["the cells until there run again, in a fresh Python"]
        case "leave":
            return ["variables stay as they are"]
        case None:
            return []


def _redo(event: Rewound) -> list[str]:
    """Say whether it can be undone: where the variables were not kept, but for them."""
    lost = event.way in {"disk", "replay"} and event.saved is None
    return ["/redo undoes it, but for the variables" if lost else "/redo undoes it"]


def _files_words(event: Rewound) -> list[str]:
    said = [] if event.files is None else _back_words(event.files)
    if event.files_problem:
        said.append(f"{event.files_problem[0].lower()}{event.files_problem[1:].rstrip('.')}, so they stay")
    return said


def _back_words(files: FilesBack) -> list[str]:
    said: list[str] = []
    if files.count:
        what = "1 file" if files.count == 1 else f"{files.count} files"
        said.append(f"{what} back: {_named([each.path for each in files.changed], files.count, _FILES)}")
    if files.kept:
        it = "it" if files.kept_count == 1 else "them"
        said.append(f"as you changed {it}: {_named(files.kept, files.kept_count, _FILES)}")
    if files.failed:
        named = [f"{path} ({why})" for path, why in files.failed]
        said.append(f"not back: {_named(named, files.failed_count, _FILES)}")
    return said


def _named(names: Sequence[str], count: int, most: int) -> str:
    shown = names[:most]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f"{', '.join(shown)}{more}"


def _listed(parts: Sequence[TravelPart]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _size(size_bytes: int | None) -> str:
    return "no file" if size_bytes is None else human_bytes(size_bytes)
