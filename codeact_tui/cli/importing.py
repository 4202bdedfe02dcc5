"""`codeact import`: a notebook, or another agent's conversation, as a session."""

from pathlib import Path

from codeact_tui import __version__
from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.printing import clean_line, say
from codeact_tui.cli.sessions import short_id, with_catalog
from codeact_tui.config.loading import load
from codeact_tui.errors import CodeActError
from codeact_tui.export.reading import FILE_BYTES_MAX, read_session
from codeact_tui.protocol.events import ActionProposed, Noted, SessionOpened, StoredEvent, TitleChanged
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import Catalog

__all__ = ["import_session"]

_EVENTS_AT_ONCE = 500


def import_session(file: Path, *, folder: Path | None, line: int | None) -> int:
    """Make a session of a file and say how it is opened.

    Args:
        file: A notebook or a conversation.
        folder: Whom the session belongs to; None for the current folder.
        line: Which conversation, in a file of many.

    Raises:
        CodeActError: The file can't be read, or is of no form that is known.
    """
    where = project_folder(folder)
    events = read_session(_read(file), file.name, line)
    model = load(where).config.model.name or "demo"
    session = with_catalog(lambda catalog: _write(catalog, events, str(where), model, file.name))
    cells = sum(isinstance(event, ActionProposed) for event in events)
    title = next(event.title for event in events if isinstance(event, TitleChanged))
    say(f"Imported {cells} cell{'' if cells == 1 else 's'} as {clean_line(title)}.")
    say(f"codeact chat --resume {short_id(session)} opens it; /restart rerun runs its cells.")
    return 0


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise CodeActError(f"{file} is larger than {FILE_BYTES_MAX >> 20} MiB.")
    return data


async def _write(catalog: Catalog, events: list[StoredEvent], folder: str, model: str, name: str) -> SessionId:
    journal = await catalog.create(folder=folder, model=model)
    try:
        opened = SessionOpened(journal.session, folder, model, "ask", __version__)
        told: list[StoredEvent] = [opened, *events, Noted(f"Imported from {clean_line(name)}.")]
        for at in range(0, len(told), _EVENTS_AT_ONCE):
            await journal.append(told[at : at + _EVENTS_AT_ONCE])
    finally:
        await journal.close()
    return journal.session
