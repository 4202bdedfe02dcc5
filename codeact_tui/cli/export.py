"""`codeact export`: a session, or all of a folder, in another form."""

import os
import sys
from pathlib import Path

from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.printing import clean_line
from codeact_tui.cli.sessions import with_catalog
from codeact_tui.config.files import shown_path
from codeact_tui.errors import CodeActError
from codeact_tui.export.wish import ExportWish
from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import Catalog

__all__ = ["export_sessions"]

_SESSIONS_MAX = 10_000


def export_sessions(part: str, wish: ExportWish, *, everything: bool, folder: Path | None) -> int:
    """Export a session, by default the folder's newest; say on stderr what was written and what was replaced.

    Args:
        part: Names the session; empty for the one that was used last here.
        wish: In what form, and where to.
        everything: All sessions of the folder.
        folder: The project's; None for the current one.

    Raises:
        CodeActError: There is no such session, or the file can't be written.
    """
    from codeact_tui.export.files import export_to_file, export_to_text

    where = project_folder(folder)
    sessions = with_catalog(lambda catalog: _read(catalog, part, str(where), everything=everything))
    if wish.path == "-":
        text, done = export_to_text(sessions, wish, os.environ)
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        done = export_to_file(sessions, wish, os.environ, Path.cwd())
    for note in done.notes:
        print(clean_line(note), file=sys.stderr)
    if done.path:
        print(f"Written to {clean_line(shown_path(Path(done.path)))}.", file=sys.stderr)
    return 0


async def _read(catalog: Catalog, part: str, folder: str, *, everything: bool) -> list[list[Envelope]]:
    if everything:
        names = [summary.id for summary in await catalog.sessions(folder=folder, limit=_SESSIONS_MAX)]
    elif part:
        names = [await catalog.resolve(part)]
    else:
        latest = await catalog.latest(folder)
        names = [latest] if latest is not None else []
    if not names:
        raise CodeActError("This folder has no session yet.", remedy="`codeact sessions list --all` shows the others.")
    return [await read_events(catalog, name) for name in names]


async def read_events(catalog: Catalog, session: SessionId) -> list[Envelope]:
    """Give a session's stored events."""
    journal = await catalog.open(session, read_only=True)
    try:
        return [envelope async for envelope in journal.read()]
    finally:
        await journal.close()
