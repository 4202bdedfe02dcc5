"""Deciding about a cell. What is sent names exactly what is shown."""

from typing import TYPE_CHECKING

from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.ops import Approve, EditAction, Reject, Rerun
from codeact_tui.tui.widgets.cell import Shown

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = [
    "allow_turn",
    "approve",
    "close_editor",
    "edit",
    "reject",
    "reject_with_reason",
    "rerun",
    "run_edited",
    "to_question",
]


def _waiting(screen: "MainScreen") -> Shown | None:
    """Give what is shown, if it is what waits."""
    shown = screen.cell.shown
    return shown if shown is not None and shown.action == screen.live.waiting else None


def to_question(screen: "MainScreen", _argument: str) -> None:
    """Put the focus on what is asked."""
    if screen.host.display and not screen.answer.display:
        screen.host.focus()
        return
    screen.chrome.choose_tab("output" if screen.answer.display else "cell")
    (screen.answer.field if screen.answer.display else screen.cell.body).focus()


def approve(screen: "MainScreen", _argument: str) -> None:
    """Run what is shown."""
    if shown := _waiting(screen):
        screen.attention.answered()
        screen.send(Approve(shown.action, shown.revision, shown.sha256))


def allow_turn(screen: "MainScreen", _argument: str) -> None:
    """Run what is shown, and the rest of the turn without asking."""
    if shown := _waiting(screen):
        screen.attention.answered()
        screen.send(Approve(shown.action, shown.revision, shown.sha256, scope="turn"))


def reject(screen: "MainScreen", _argument: str) -> None:
    """Do not run it."""
    if shown := _waiting(screen):
        screen.attention.answered()
        screen.send(Reject(shown.action))


def reject_with_reason(screen: "MainScreen", _argument: str) -> None:
    """Open the field for the reason."""
    if _waiting(screen):
        screen.run_worker(screen.cell.ask_reason(), group="cell")


def rerun(screen: "MainScreen", _argument: str) -> None:
    """Run the past cell that is shown again."""
    if screen.situation().past and screen.cell.shown is not None:
        screen.pinned = None
        screen.send(Rerun(screen.cell.shown.action))


def edit(screen: "MainScreen", _argument: str) -> None:
    """Open the editor in the cell's place."""

    async def begin() -> None:
        if await screen.cell.begin_edit():
            screen.chrome.say("Invisible characters in this cell were written out as escapes.", "warning")
        screen.settle(())

    screen.run_worker(begin(), group="cell")


def run_edited(screen: "MainScreen", _argument: str) -> None:
    """Close the editor and run what is in it: exactly that text, named by its hash."""

    async def run() -> None:
        if screen.cell.write_out_invisible():
            screen.chrome.say("What could not be seen is written out now. Run it again if that is right.", "warning")
            return
        shown, code = screen.cell.shown, await screen.cell.end_edit()
        if shown is not None and code is not None:
            _send_edited(screen, shown, code)
        screen.prompt.focus()
        screen.settle(())

    screen.run_worker(run(), group="cell")


def _send_edited(screen: "MainScreen", shown: Shown, code: str) -> None:
    screen.pinned = None
    changed = code != shown.code
    if shown.action != screen.live.waiting:
        screen.send(Rerun(shown.action, code if changed else None))
    elif changed:
        screen.send(EditAction(shown.action, shown.revision, code))
        screen.send(Approve(shown.action, shown.revision + 1, code_sha256(code)))
    else:
        screen.send(Approve(shown.action, shown.revision, shown.sha256))


def close_editor(screen: "MainScreen") -> None:
    """Keep the original."""

    async def close() -> None:
        await screen.cell.end_edit()
        screen.cell.body.focus()
        screen.settle(())

    screen.run_worker(close(), group="cell")
