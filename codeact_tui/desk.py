"""The desk of a program or a front end: opens sessions, with the adapters that the settings ask for."""

import asyncio
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.errors import SessionNotFound
from codeact_tui.parts import (
    key_problem,
    make_files,
    make_kernel,
    make_rehearsal_files,
    make_seat,
    make_variables,
    make_veil,
    model_name,
    project_permissions,
    seat_given,
)
from codeact_tui.paths import data_dir, kept_keys_path
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.base import ModelOffer, Session
from codeact_tui.store.base import Catalog, Journal, SearchHit, SessionSummary
from codeact_tui.stored_sessions import StoredBranches, delete_session, open_catalog

if TYPE_CHECKING:
    from codeact_tui.config.put_off import PutOff
    from codeact_tui.kernel.base import Kernel
    from codeact_tui.model.base import Model
    from codeact_tui.session.model_seat import ModelSeat
    from codeact_tui.session.transcript import Transcript

__all__ = ["ChatDesk", "Fittings", "open_desk"]


@dataclass(frozen=True)
class Fittings:
    """What stands in for the parts that the settings ask for.

    Attributes:
        model: Is asked instead of the model of the settings.
        kernel: Runs the cells of the one session that is opened, instead of a Jupyter kernel.
        keep: False: sessions are forgotten with the desk.
    """

    model: "Model | None" = None
    kernel: "Kernel | None" = None
    keep: bool = True


async def open_desk(options: ChatOptions, fittings: Fittings) -> "tuple[ChatDesk, Session]":
    """Open a desk for a program, and the session that it asks for.

    Raises:
        CodeActError: The session can't be opened.
    """
    from codeact_tui.store.memory import MemoryCatalog

    desk = ChatDesk(options, open_catalog() if fittings.keep else MemoryCatalog(), fittings=fittings)
    try:
        return desk, await desk.open(await desk.wanted())
    except BaseException:
        await desk.close()
        raise


@dataclass
class ChatDesk:
    """Opens sessions with the adapters that the settings ask for. Implements `session.base.Desk`.

    Attributes:
        options: What the command line asked for.
        catalog: All sessions.
        environment: Where keys are looked for.
        fittings: What stands in for what the settings ask for.
        asks: Somebody is there who can be asked about hosts while a cell waits.
    """

    options: ChatOptions
    catalog: Catalog
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    fittings: Fittings = Fittings()
    asks: bool = False
    _told: bool = False

    async def wanted(self) -> SessionId | None:
        """Say which session the command line asks for; None for a new one.

        Raises:
            SessionNotFound: There is none like that.
            SessionAmbiguous: Several are like that.
        """
        if self.options.part:
            found = await self.catalog.resolve(self.options.part)
            return await self._fork(found, self.options.fork_cell) if self.options.fork else found
        if not self.options.latest:
            return None
        session = await self.catalog.latest(str(self.options.folder))
        if session is None:
            raise SessionNotFound("This folder has no session yet.", remedy="`codeact chat` makes the first.")
        return session

    async def open(self, session: SessionId | None = None) -> Session:
        """Open a session, or make one; its kernel starts in the background.

        Raises:
            StoreError: It is not there, or can't be read or written.
        """
        journal = await self._journal(session)
        try:
            opened = await self._open(journal)
        except BaseException:
            await journal.close()
            raise
        return opened

    async def sessions(self, *, everywhere: bool = False) -> list[SessionSummary]:
        """List the sessions of this folder, or all."""
        return await self.catalog.sessions(folder=None if everywhere else str(self.options.folder))

    async def search(self, query: str) -> list[SearchHit]:
        """Search in all sessions."""
        return await self.catalog.search(query)

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title."""
        await self.catalog.rename(session, title)

    async def delete(self, session: SessionId) -> None:
        """Remove a session for good."""
        await delete_session(self.catalog, session)

    async def models(self) -> list[str]:
        """Name the models that can be used now."""
        from codeact_tui.model.catalog import usable_models

        return [model.name for model in await usable_models(self.environment, await _kept_keys())]

    async def offers(self, *, unasked: bool = False) -> list[ModelOffer]:
        """Say which models can be used now; unasked only what is worth asking about."""
        from codeact_tui.model.catalog import usable_models

        if unasked and self.options.config.model.name:
            return []
        found = [
            ModelOffer(model.name, model.why) for model in await usable_models(self.environment, await _kept_keys())
        ]
        if unasked:
            left = await asyncio.to_thread(_put_off().names)
            return found if {offer.name for offer in found} - {"demo"} - left else []
        return found

    async def put_off(self) -> None:
        """Offer nothing unasked until another model is found than now."""
        names = {offer.name for offer in await self.offers()}
        await asyncio.to_thread(_put_off().add, names)

    async def remember(self, setting: str, value: str) -> str:
        """Keep a choice in the user's own settings, and say where.

        Raises:
            ConfigError: It can't be kept.
        """
        from codeact_tui.config.files import shown_path
        from codeact_tui.config.remembering import remember

        path = self.options.loaded.user_file
        await asyncio.to_thread(remember, path, tuple(setting.split(".")), value)
        origin = self.options.loaded.origin(setting)
        kept = f"Kept in {shown_path(path)}."
        return kept if origin.layer in {"default", "user"} else f"{kept} {origin.place} overrules it here."

    async def export(self, session: SessionId, words: str) -> tuple[str, ...]:
        """Write a session in another form, into its folder unless a file is named; give sentences.

        Raises:
            CodeActError: The words can't be read, or the file can't be written.
        """
        from codeact_tui.config.files import shown_path
        from codeact_tui.export.files import export_to_file
        from codeact_tui.export.wish import parse_wish

        wish = parse_wish(words)
        journal = await self.catalog.open(session, read_only=True)
        try:
            events = [envelope async for envelope in journal.read()]
        finally:
            await journal.close()
        done = await asyncio.to_thread(export_to_file, [events], wish, self.environment, self.options.folder)
        written = (f"Written to {shown_path(Path(done.path))}.",) if done.path else ()
        return (*written, *done.notes)

    async def close(self) -> None:
        """Close the store."""
        await self.catalog.close()

    async def _journal(self, session: SessionId | None) -> Journal:
        if session is None:
            return await self.catalog.create(folder=str(self.options.folder), model=model_name(self.options.config))
        return await self.catalog.open(session, read_only=self.options.look)

    async def _open(self, journal: Journal) -> Session:
        await asyncio.to_thread(_import_adapters)
        from codeact_tui.session.opening import open_session, read_transcript

        config = self.options.config
        transcript = await read_transcript(journal, make_veil(config))
        seat = await self._seat(transcript)
        variables = await asyncio.to_thread(make_variables, journal.session, config) if journal.writable else None
        files = (
            await asyncio.to_thread(make_files, journal, config, self.options.folder) if self.fittings.keep else None
        )
        controller = await open_session(
            journal,
            transcript,
            kernel=self.fittings.kernel or make_kernel(config, self.options.folder, journal.session, variables),
            seat=seat,
            config=config,
            folder=str(self.options.folder),
            variables=variables,
            files=files,
            book=project_permissions(self.options.folder, self.options.loaded.user_file),
            asks_hosts=self.asks and config.sandbox.ask_hosts,
            rehearsal_files=await asyncio.to_thread(make_rehearsal_files, self.options.folder, journal, config),
            branches=StoredBranches(self.catalog, self.options),
        )
        if journal.writable and not self._told:
            self._told = True
            written = await asyncio.to_thread(_written_keys, self.options.loaded)
            await controller.note(*self.options.notices, *written, *await asyncio.to_thread(key_problem, config))
        return controller

    async def _fork(self, session: SessionId, cell: int) -> SessionId:
        """Make a fork of a session that is not open here, from before a cell or from its end."""
        from codeact_tui.session.forking import Forker
        from codeact_tui.session.opening import read_transcript
        from codeact_tui.session.points import before_cell

        journal = await self.catalog.open(session, read_only=True)
        try:
            transcript = await read_transcript(journal)
        finally:
            await journal.close()
        point = before_cell(transcript, cell).sequence if cell else None
        return await Forker(transcript, session, StoredBranches(self.catalog, self.options)).fork(point)

    async def _seat(self, transcript: "Transcript") -> "ModelSeat":
        from codeact_tui.session.model_seat import ModelSeat

        config, given = self.options.config, self.fittings.model
        if given is not None:
            return ModelSeat(given.info.name, lambda _: seat_given(given, config))
        name = self._model_of(transcript.model)
        await asyncio.to_thread(_look_up, name)
        return make_seat(name, config, self.environment)

    def _model_of(self, kept: str) -> str:
        """Choose the model: a flag's, else the one that the session had, else the settings'."""
        flagged = self.options.loaded.origin("model.name").layer == "flag"
        return kept if kept and not flagged else model_name(self.options.config)


def _put_off() -> "PutOff":
    from codeact_tui.config.put_off import PutOff

    return PutOff(data_dir() / "models-put-off.json")


def _written_keys(loaded: Loaded) -> list[str]:
    from codeact_tui.config.written_keys import REMEDY, written_keys

    return [f"{found} {REMEDY}" for found in written_keys(loaded)]


async def _kept_keys() -> list[str]:
    from codeact_tui.config.kept_keys import KeptKeys

    return await asyncio.to_thread(KeptKeys(kept_keys_path()).names)


def _import_adapters() -> None:
    """Import what a session is made of, in a thread: the screen is up already, and stays quick."""
    for module in ("kernel.jupyter", "model.create", "session.opening"):
        importlib.import_module(f"codeact_tui.{module}")


def _look_up(model: str) -> None:
    """Have what is known of a model at hand, in a thread: the table that it is read from is large."""
    from codeact_tui.model.prices import facts_of

    if model != "demo":
        facts_of(model)
