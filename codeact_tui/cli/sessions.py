"""`codeact sessions`: list, show, rename, delete, search."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from codeact_tui.cli.chat import is_terminal, project_folder
from codeact_tui.cli.conversation import conversation
from codeact_tui.cli.printing import bold, clean_line, columns, print_json, say, styled, terminal_width, when
from codeact_tui.cli.trusting import ask
from codeact_tui.config.files import shown_path
from codeact_tui.errors import CodeActError
from codeact_tui.protocol.codec import encode
from codeact_tui.protocol.ids import SessionId
from codeact_tui.secrets.veil import default_veil
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import Catalog, SearchHit, SessionSummary
from codeact_tui.store.tree import as_tree

__all__ = [
    "delete_sessions",
    "list_sessions",
    "rename_session",
    "search_sessions",
    "short_id",
    "show_session",
    "with_catalog",
]

Result = TypeVar("Result")

_PACKAGES = 20
_TITLE_CELLS = 24
"""What titles have at least, where that can be had by leaving other columns out."""


def list_sessions(*, everywhere: bool, folder: Path | None, limit: int, as_json: bool) -> None:
    """Print the sessions of a folder, or of all, the last used first."""
    where = None if everywhere else str(project_folder(folder))
    found = with_catalog(lambda catalog: catalog.sessions(folder=where, limit=limit))
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif found:
        for line in _lines(as_tree(found), terminal_width(), with_folder=everywhere):
            say(line)
    elif everywhere:
        say("No sessions yet. `codeact chat` makes the first.")
    else:
        say("No sessions in this folder. `codeact sessions list --all` lists those of all folders.")


def show_session(part: str, *, as_json: bool) -> None:
    """Print a session's conversation, or its events as JSON lines.

    Raises:
        SessionNotFound: There is none like this.
        SessionAmbiguous: Several are like this.
    """
    with_catalog(lambda catalog: _show(catalog, part, as_json=as_json))


def rename_session(part: str, title: str) -> None:
    """Give a session another title.

    Raises:
        CodeActError: The title is empty, or there is no such session.
    """
    cleaned = clean_line(title)
    if not cleaned:
        raise CodeActError("A title can't be empty.", remedy="Give a few words.")

    async def rename(catalog: Catalog) -> SessionId:
        session = await catalog.resolve(part)
        await catalog.rename(session, cleaned)
        return session

    say(f"{short_id(with_catalog(rename))} is now called {cleaned}.")


def delete_sessions(parts: Sequence[str], *, yes: bool) -> None:
    """Delete sessions for good, after a question that names them.

    Raises:
        CodeActError: One is not there or open, or there is nobody to ask.
    """
    chosen = with_catalog(lambda catalog: _resolve(catalog, parts))
    if yes or _ask_to_delete(chosen):
        with_catalog(lambda catalog: _delete(catalog, chosen))
    else:
        say("Nothing was deleted.")


def search_sessions(query: str, *, limit: int, as_json: bool) -> None:
    """Print the places where all words of a query occur."""
    hits = with_catalog(lambda catalog: catalog.search(query, limit=limit))
    if as_json:
        print_json(msgspec.to_builtins(hits))
        return
    if not hits:
        say("Nothing found.")
    shown: SessionId | None = None
    for hit in hits:
        if hit.session.id != shown:
            shown = hit.session.id
            say(f"{short_id(shown)}  {when(hit.session.updated_at)}  {bold(_title(hit.session))}")
        say(f"    {_snippet(hit)}")


def with_catalog(work: Callable[[Catalog], Awaitable[Result]]) -> Result:
    """Open the store, do something with it, and close it."""
    from codeact_tui.stored_sessions import open_catalog

    async def run() -> Result:
        catalog: Catalog = open_catalog()
        try:
            return await work(catalog)
        finally:
            await catalog.close()

    return asyncio.run(run())


def short_id(session: SessionId) -> str:
    """Give the end of an id, which tells sessions apart and is enough for `--resume`."""
    return session[-6:]


async def _show(catalog: Catalog, part: str, *, as_json: bool) -> None:
    journal = await catalog.open(await catalog.resolve(part), read_only=True)
    try:
        transcript = Transcript(veil=default_veil())
        async for envelope in journal.read():
            if as_json:
                place = {"sequence": envelope.sequence, "at": envelope.at}
                say(json.dumps({**place, "event": json.loads(encode(envelope.event))}))
            else:
                transcript.apply(envelope)
        if not as_json:
            for block in conversation(transcript):
                say(f"{block}\n")
            say_packages(journal.session)
    finally:
        await journal.close()


def say_packages(session: SessionId) -> None:
    """Say which packages the cells of a session have installed for it, and how much room they take."""
    from codeact_tui.kernel.layer import PackageLayer
    from codeact_tui.paths import packages_dir

    layer = PackageLayer(packages_dir(session))
    found = layer.packages()
    if found:
        named = ", ".join(clean_line(f"{package.name} {package.version}") for package in found[:_PACKAGES])
        more = f" and {len(found) - _PACKAGES:,} more" if len(found) > _PACKAGES else ""
        say(f"Packages kept with it, {layer.size_bytes() / 1e6:,.1f} MB: {named}{more}.")


async def _resolve(catalog: Catalog, parts: Sequence[str]) -> dict[SessionId, str]:
    """Find sessions and their titles; each once, in the order they were named."""
    chosen = [await catalog.resolve(part) for part in parts]
    titles = {summary.id: _title(summary) for summary in await catalog.sessions(limit=10_000)}
    return {session: titles.get(session, "(no prompt)") for session in chosen}


async def _delete(catalog: Catalog, chosen: Mapping[SessionId, str]) -> None:
    from codeact_tui.stored_sessions import delete_session

    for session, title in chosen.items():
        await delete_session(catalog, session)
        say(f"Deleted {short_id(session)} {title}.")


def _ask_to_delete(chosen: Mapping[SessionId, str]) -> bool:
    if not is_terminal():
        raise CodeActError("There is no terminal to ask on.", remedy="With --yes nothing is asked.")
    for session, title in chosen.items():
        say(f"{short_id(session)}  {title}")
    which = "this session and all that was kept of it"
    if len(chosen) > 1:
        which = f"these {len(chosen)} sessions and all that was kept of them"
    return ask(f"Delete {which}, for good?")


def _lines(found: Sequence[tuple[str, SessionSummary]], width: int | None, *, with_folder: bool) -> list[str]:
    """Lay the list out; where the titles would have next to no room, the models go, then the cells and the folders."""
    rows = [_row(summary, signs, with_folder=with_folder) for signs, summary in found]
    if width is not None:
        for column in ("model", "cells", "folder"):
            if width - sum(_widest(rows, name) + 2 for name in rows[0] if name != "title") >= _TITLE_CELLS:
                break
            rows = [{name: cell for name, cell in row.items() if name != column} for row in rows]
    return columns([list(row.values()) for row in rows], width=width)


def _row(summary: SessionSummary, signs: str, *, with_folder: bool) -> dict[str, str]:
    cells = f"{summary.cells} cell" + ("" if summary.cells == 1 else "s")
    folder = {"folder": clean_line(shown_path(Path(summary.folder)))} if with_folder else {}
    title = signs + _title(summary) + (" (open)" if summary.open else "")
    row = {"id": short_id(summary.id), "when": when(summary.updated_at), "cells": cells}
    return {**row, "model": clean_line(summary.model), **folder, "title": title}


def _widest(rows: Sequence[Mapping[str, str]], column: str) -> int:
    from rich.cells import cell_len

    return max(cell_len(row[column]) for row in rows)


def _title(summary: SessionSummary) -> str:
    return clean_line(summary.title) or "(no title)"


def _snippet(hit: SearchHit) -> str:
    """Clean a snippet and make what was found bold; its marks are control characters, so they go last."""
    pieces: list[str] = []
    for index, piece in enumerate(hit.snippet.replace("\x03", "\x02").split("\x02")):
        kept = clean_line(piece)
        if kept:
            before = " " if pieces and piece[:1].isspace() else ""
            after = " " if piece[-1:].isspace() else ""
            pieces.append(before + (styled(kept, "bold") if index % 2 else kept) + after)
    return " ".join("".join(pieces).split(" ")).strip()
