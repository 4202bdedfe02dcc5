"""Joins front ends, sessions and what `parts.py` makes. What is heavy is imported when it is first wanted."""

import asyncio
import gc
import importlib
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.errors import CodeActError, ConfigError, SessionNotFound, SnapshotError
from codeact_tui.log import set_up_logging
from codeact_tui.parts import (
    make_files,
    make_kernel,
    make_rehearsal_files,
    make_seat,
    make_variables,
    make_veil,
    model_name,
    seat_given,
)
from codeact_tui.paths import (
    data_dir,
    files_dir,
    kept_keys_path,
    log_dir,
    packages_dir,
    permissions_path,
    store_path,
    variables_dir,
)
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.base import Desk, ModelOffer, Session
from codeact_tui.store.base import Catalog, Journal, SearchHit, SessionSummary

if TYPE_CHECKING:
    from codeact_tui.config.permissions import ProjectPermissions
    from codeact_tui.config.put_off import PutOff
    from codeact_tui.kernel.base import Kernel
    from codeact_tui.model.base import Model
    from codeact_tui.session.forking import Branch
    from codeact_tui.session.model_seat import ModelSeat
    from codeact_tui.session.transcript import Transcript

__all__ = [
    "ChatDesk",
    "Fittings",
    "delete_session",
    "key_errors",
    "open_catalog",
    "open_desk",
    "project_permissions",
    "run_chat",
]

_log = logging.getLogger(__name__)

_EVERY_SESSION = 100_000


def open_catalog() -> Catalog:
    """Give the sessions of this user. Nothing is opened before it is used."""
    from codeact_tui.store.sqlite import SqliteCatalog

    return SqliteCatalog(store_path())


async def delete_session(catalog: Catalog, session: SessionId) -> None:
    """Remove a session for good, with the packages that its cells have installed and what was kept of its files.

    Raises:
        StoreError: It is not there, or open.
    """
    from codeact_tui.kernel.layer import PackageLayer
    from codeact_tui.snapshots.files import forget_session

    everyone = await catalog.sessions(folder=None, limit=_EVERY_SESSION)
    heir = max((each for each in everyone if each.parent == session), key=lambda each: each.shared, default=None)
    await catalog.delete(session)
    await asyncio.to_thread(PackageLayer(packages_dir(session)).remove)
    await asyncio.to_thread(shutil.rmtree, variables_dir(session), ignore_errors=True)
    try:
        await asyncio.to_thread(forget_session, files_dir(), session, "" if heir is None else heir.id)
        await asyncio.to_thread(forget_session, files_dir(), f"{session} dry runs")
    except SnapshotError as error:
        _log.warning("the files that were kept of a session could not be removed: %s", error)


def run_chat(options: ChatOptions) -> int:
    """Chat until the user leaves; give the exit code.

    Raises:
        CodeActError: The front end can't be started.
    """
    gc.disable()  # what is imported stays: to look through it again and again would be a tenth of the start
    undo = set_up_logging(log_dir())
    try:
        return _run_line(options) if options.line else _run_screen(options)
    finally:
        gc.enable()
        undo()


def key_errors(loaded: Loaded) -> list[ConfigError]:
    """Say of each setting of `[keys]` that can't be used what is wrong. Only the screen knows what can be done."""
    if not loaded.config.keys:
        return []
    from codeact_tui.tui.action_table import REGISTRY
    from codeact_tui.tui.remapping import key_errors as errors_in_keys

    return errors_in_keys(REGISTRY, loaded.config.keys, lambda name: loaded.subject(("keys", name)))


def _run_screen(options: ChatOptions) -> int:
    from codeact_tui.config.resources import theme_dirs
    from codeact_tui.tui.action_table import REGISTRY
    from codeact_tui.tui.launch import run_app
    from codeact_tui.tui.remapping import remapped

    loaded = options.loaded
    return run_app(
        lambda: _connect(options),
        interface=options.config.interface,
        theme_dirs=theme_dirs(),
        first_prompt=options.prompt or None,
        registry=remapped(REGISTRY, loaded.config.keys, lambda name: loaded.subject(("keys", name))),
    )


def _run_line(options: ChatOptions) -> int:
    from codeact_tui.line.run import run_line

    if options.pick:
        raise CodeActError("Name the session to resume.", remedy="`codeact sessions list` shows them.")
    interface, prompt = options.config.interface, options.prompt or None
    return asyncio.run(run_line(lambda: _connect_to_session(options), interface=interface, first_prompt=prompt))


async def _connect(options: ChatOptions) -> tuple[Desk, Session | None]:
    """Open the desk and the session that was asked for; no session where the user wants to pick one."""
    gc.freeze()  # the front end, which lives as long as the process; no session, which may be left for another
    desk = ChatDesk(options, open_catalog(), asks=True)
    try:
        return desk, None if options.pick else await desk.open(await desk.wanted())
    except BaseException:
        await desk.close()
        raise
    finally:
        gc.enable()


async def _connect_to_session(options: ChatOptions) -> tuple[Desk, Session]:
    desk, session = await _connect(options)
    assert session is not None
    return desk, session


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
            book=_book(self.options),
            asks_hosts=self.asks and config.sandbox.ask_hosts,
            rehearsal_files=await asyncio.to_thread(make_rehearsal_files, self.options.folder, journal, config),
            branches=_Branches(self.catalog, self.options),
        )
        if journal.writable and not self._told:
            self._told = True
            await controller.note(*self.options.notices, *await asyncio.to_thread(_written_keys, self.options.loaded))
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
        return await Forker(transcript, session, _Branches(self.catalog, self.options)).fork(point)

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


@dataclass(frozen=True)
class _Branches:
    """Makes sessions that go on from another one; implements `session.forking.Branches`."""

    catalog: Catalog
    options: ChatOptions

    async def make(self, session: SessionId, until: int) -> "Branch":
        """Make a session that shares another's events up to one, with a copy of what its cells have installed.

        Raises:
            StoreError: It can't be made.
        """
        from codeact_tui.kernel.layer import PackageLayer
        from codeact_tui.session.forking import Branch

        config = self.options.config
        journal = await self.catalog.fork(
            session, until=until, folder=str(self.options.folder), model=model_name(config)
        )
        packages = PackageLayer(packages_dir(session)), PackageLayer(packages_dir(journal.session))
        try:
            await asyncio.to_thread(packages[0].copy_to, packages[1])
        except OSError as error:
            _log.warning("what was installed could not be copied: %s", error)
        ours, parents = await asyncio.to_thread(
            lambda: (make_variables(journal.session, config), make_variables(session, config, prepare=False))
        )
        return Branch(journal, ours, parents)

    async def discard(self, session: SessionId) -> None:
        """Remove one that came to nothing."""
        try:
            await delete_session(self.catalog, session)
        except CodeActError as error:
            _log.warning("a fork that came to nothing stays: %s", error)


def _book(options: ChatOptions) -> "ProjectPermissions":
    return project_permissions(options.folder, options.loaded.user_file)


def project_permissions(folder: Path, user_file: Path) -> "ProjectPermissions":
    """Give what is kept of what is allowed in a project."""
    from codeact_tui.config.permissions import ProjectPermissions

    return ProjectPermissions(permissions_path(), folder, user_file)


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
