"""Opens a session: reads what is kept of it, brings to an end what was left open, and makes its controller."""

import gc

from codeact_tui import __version__
from codeact_tui.config.schema import Config
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.events import SessionOpened
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.controller import SessionController
from codeact_tui.session.crew import SessionParts
from codeact_tui.session.forking import Branches, NoBranches
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.permission_book import NoBook, PermissionBook
from codeact_tui.session.recovery import closing_events
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.session.transcript import Transcript
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.variables import VariableStore
from codeact_tui.store.base import Journal

__all__ = ["open_session", "read_transcript"]


async def read_transcript(journal: Journal, veil: Veil | None = None) -> Transcript:
    """Fold what a journal holds.

    Args:
        journal: The session's, open.
        veil: Hides what looks like a key in outputs; None hides nothing.

    Raises:
        StoreError: It can't be read.
    """
    transcript = Transcript(veil=veil or Veil())
    # All that is made here stays: looking through it for garbage again and again takes a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        async for envelope in journal.read():
            transcript.apply(envelope)
    finally:
        if collecting:
            gc.enable()
    return transcript


async def open_session(  # noqa: PLR0913 - each is independent of the others
    journal: Journal,
    transcript: Transcript,
    *,
    kernel: Kernel,
    seat: ModelSeat,
    config: Config,
    folder: str,
    variables: VariableStore | None = None,
    files: FileSnapshots | None = None,
    book: PermissionBook | None = None,
    asks_hosts: bool = False,
    rehearsal_files: RehearsalFiles | None = None,
    branches: Branches | None = None,
) -> SessionController:
    """Make the controller of a session and start its kernel in the background.

    Where the journal may only be read, nothing is recorded and no kernel started.

    Args:
        journal: The session's, open.
        transcript: The fold of what it holds.
        kernel: Not started.
        seat: The model that will be asked.
        config: The settings in force.
        folder: Where cells run.
        variables: Where they are kept for the next time; None where they are not.
        files: Keeps the workspace's files; None where that is not wanted.
        book: What is allowed there; None where nothing is kept.
        asks_hosts: Somebody is there who can be asked about hosts.
        rehearsal_files: Keeps the workspace's files for dry runs; None where there are none.
        branches: Makes the sessions that go on from this one; None where there can be none.

    Raises:
        StoreError: It can't be written.
    """
    ledger = Ledger(journal, transcript)
    if journal.writable:
        resumed = transcript.sequence > 0
        before = transcript.folder if resumed and transcript.folder != folder else ""
        opened = SessionOpened(journal.session, folder, seat.name, config.session.policy, __version__, resumed, before)
        await ledger.record(*closing_events(transcript), opened)
    parts = SessionParts(
        ledger,
        kernel,
        seat,
        config,
        journal.writable,
        variables,
        files,
        book or NoBook(),
        asks_hosts,
        rehearsal_files,
        branches or NoBranches(),
    )
    controller = SessionController(parts)
    await controller.prepare()
    controller.start()
    return controller
