"""What the model is told of the kernel's travels. Pure."""

from collections.abc import Sequence

from codeact_tui.model.phrases import KERNEL_DIED, VARIABLES_BACK
from codeact_tui.protocol.forking import Forked
from codeact_tui.protocol.travel import KernelRecovered, Rewound
from codeact_tui.protocol.travel_files import FilesBack

__all__ = ["forked_text", "recovered_text", "rewound_text"]

_NAMES = 20


def recovered_text(event: KernelRecovered) -> str:
    """Say that the kernel was lost and what is there now."""
    before = f"before cell [{event.action[1:]}]" if event.action else "before the last cell"
    return (
        f"{KERNEL_DIED}: {event.how}. {VARIABLES_BACK} {before}; that cell was not run again. "
        f"Do not repeat it as it was: it would end the kernel again."
    )


def rewound_text(event: Rewound) -> str:
    """Say what has changed that the conversation does not show; empty where all went back with it."""
    told = [_variables(event)]
    if "conversation" in event.what:
        if "files" not in event.what and event.files_problem:
            told.append("Files that it changed are as it left them.")
        elif event.files is not None:
            told += _left(event.files)
    elif event.files is not None:
        told += [_files(event, event.files), *_left(event.files)]
    return " ".join(filter(None, told))


def _variables(event: Rewound) -> str:
    if event.way in {"disk", "replay"}:
        return ""  # what becomes of them is told by what follows
    match "conversation" in event.what, event.checkpoint is not None:
        case True, False if "variables" not in event.what:
            return "The user took back a part of this conversation; the variables that it made are still there."
        case False, True if event.undoes:
            return "The user undid the last going back: the variables are again as they were before it."
        case False, True:
            stay = "" if "files" in event.what else " Files stay as they are."
            return f"The user undid what {_cells(event)} did to the variables. {VARIABLES_BACK} before that.{stay}"
        case _:
            return ""


def forked_text(event: Forked) -> str:
    """Say that the conversation goes on in another session, and what of the world did not come along."""
    files = " The files are as they are now: more was done there since, in another session." if event.later else ""
    return f"The user goes on from here in a new session, with a Python of its own.{files}"


def _files(event: Rewound, files: FilesBack) -> str:
    names = _named([each.path for each in files.changed], files.count)
    if not files.count:
        return ""
    if event.undoes:
        return f"The user undid the last going back: these files are again as they were before it: {names}."
    stay = "" if "variables" in event.what else " The variables stay as they are."
    return f"The user undid what {_cells(event)} did to files. As they were before that: {names}.{stay}"


def _left(files: FilesBack) -> list[str]:
    told: list[str] = []
    if files.kept:
        told.append(f"These files stay as the user has changed them: {_named(files.kept, files.kept_count)}.")
    if files.failed:
        told.append(f"These could not be taken back: {_named([path for path, _ in files.failed], files.failed_count)}.")
    return told


def _cells(event: Rewound) -> str:
    return "the last cell" if event.cells == 1 else f"the last {event.cells} cells"


def _named(names: Sequence[str], count: int) -> str:
    shown = names[:_NAMES]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f"{', '.join(shown)}{more}"
