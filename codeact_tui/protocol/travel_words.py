"""What the user is told of the kernel's travels, in any front end. Pure."""

from codeact_tui.protocol.forking import Forked
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.travel import KernelRecovered, RewindPreviewed, Rewound

__all__ = ["forked_words", "preview_text", "recovered_words", "rewound_words"]

_NAMES = 12


def recovered_words(event: KernelRecovered) -> tuple[str, str]:
    """Say what was lost, and what is there: two halves of a line."""
    before = f"before [{action_number(event.action)}]" if event.action else "before the last cell"
    back = f"the variables are back as they were {before}, in {event.seconds * 1000:.0f} ms; it was not run again"
    return f"the kernel died: {event.how}", back


def rewound_words(event: Rewound) -> tuple[str, str]:
    """Say where the session went, and what came back with it: two halves of a line."""
    if event.undoes:
        return "forth again", f"{_parts(event)} as before going back"
    cells = "1 cell" if event.cells == 1 else f"{event.cells} cells"
    gone = f"{cells} taken back" if event.cells else "nothing had run since"
    return f"went back: {_parts(event)}", f"{gone}; /redo undoes it"


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
        names = [each.name for each in event.variables if each.kind == kind]
        if names:
            more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
            said.append(f"{', '.join(names[:_NAMES])}{more} would {word}.")
    if event.reasons:
        said.append(f"Not brought back: {', '.join(event.reasons)}.")
    if event.problem:
        said.append(f"{event.problem}: the variables would stay as they are.")
    return " ".join(said) or "Nothing would change."


def _parts(event: Rewound) -> str:
    return " and ".join(event.what)
