"""The sessions on this machine: their catalog, and all that has to be removed or copied along with one."""

import asyncio
import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codeact_tui.config.options import ChatOptions
from codeact_tui.errors import CodeActError, SnapshotError
from codeact_tui.parts import make_variables, model_name
from codeact_tui.paths import files_dir, packages_dir, store_path, variables_dir
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import Catalog

if TYPE_CHECKING:
    from codeact_tui.session.forking import Branch

__all__ = ["StoredBranches", "delete_session", "open_catalog"]

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


@dataclass(frozen=True)
class StoredBranches:
    """Makes sessions that go on from another one; implements `session.forking.Branches`.

    Attributes:
        catalog: Where they are kept.
        options: The folder, the model and the settings of a new one.
    """

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
