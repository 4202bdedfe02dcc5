"""What the model is told of the kernel's travels. Pure."""

from codeact_tui.model.phrases import KERNEL_DIED, VARIABLES_BACK
from codeact_tui.protocol.forking import Forked
from codeact_tui.protocol.travel import KernelRecovered, Rewound

__all__ = ["forked_text", "recovered_text", "rewound_text"]


def recovered_text(event: KernelRecovered) -> str:
    """Say that the kernel was lost and what is there now."""
    before = f"before cell [{event.action[1:]}]" if event.action else "before the last cell"
    return (
        f"{KERNEL_DIED}: {event.how}. {VARIABLES_BACK} {before}; that cell was not run again. "
        f"Do not repeat it as it was: it would end the kernel again."
    )


def rewound_text(event: Rewound) -> str:
    """Say what has changed that the conversation does not show; empty where it went back with the variables."""
    match "conversation" in event.what, event.checkpoint is not None:
        case True, False if "variables" not in event.what:
            return "The user took back a part of this conversation; the variables that it made are still there."
        case False, True if event.undoes:
            return "The user undid the last going back: the variables are again as they were before it."
        case False, True:
            cells = "the last cell" if event.cells == 1 else f"the last {event.cells} cells"
            return f"The user undid what {cells} did to the variables. {VARIABLES_BACK} before that."
        case _:
            return ""


def forked_text(event: Forked) -> str:
    """Say that the conversation goes on in another session, and what of the world did not come along."""
    files = " The files are as they are now: more was done there since, in another session." if event.later else ""
    return f"The user goes on from here in a new session, with a Python of its own.{files}"
