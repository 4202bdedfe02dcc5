"""Tells of a cell what it would do, with what the cells before it have made known and what variables hold now."""

import asyncio
import logging
import os
import posixpath
from pathlib import Path

from msgspec.structs import replace

from codeact_tui.effects.analysis import analyse, learn
from codeact_tui.effects.base import Analysis
from codeact_tui.effects.catalog import is_harmless
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.errors import KernelError
from codeact_tui.kernel.answers import NamespaceListing
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.live_values import live_values, names_in
from codeact_tui.session.transcript import Transcript

__all__ = ["Foreteller", "shadowing"]

_log = logging.getLogger(__name__)

_QUICK_CHARS = 4000
"""What is longer is read in a thread."""
_LISTING_S = 1.0
_REMEMBERED = 16
_ENTRIES = 5000


class Foreteller:
    """Reads cells before they run.

    Args:
        transcript: Grows as cells run; those of the kernel that runs now are learned from, each once.
        kernel: Is asked what variables hold; None where nobody is.
    """

    def __init__(self, transcript: Transcript, kernel: Kernel | None = None) -> None:
        self._transcript = transcript
        self._kernel = kernel
        self._knowledge = Knowledge()
        self._learned: set[ActionId] = set()
        self._epoch = -1
        self._told: dict[str, Analysis] = {}
        self.working = ""
        """Where the kernel's relative paths begin, when it was last asked; empty for the project's folder."""

    async def foretell(self, code: str) -> Analysis:
        """Tell what a cell would do if it ran now."""
        new = self._new()
        listing = await self._listing()
        folder = self._transcript.folder
        self.working = listing.folder if listing.folder != folder and posixpath.isabs(listing.folder) else ""
        shadowed = await asyncio.to_thread(shadowing, *{self.working or folder, folder} - {""})
        if len(code) + sum(len(record.code) for record in new) <= _QUICK_CHARS:
            told = self._read(code, new, listing, shadowed)
        else:
            told = await asyncio.to_thread(self._read, code, new, listing, shadowed)
        self._told.pop(code, None)
        self._told[code] = told
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return told

    async def foretold(self, code: str) -> Analysis:
        """Give what was told of a cell before it ran: by now variables may hold something else."""
        return self._told.get(code) or await self.foretell(code)

    async def _listing(self) -> NamespaceListing:
        """Ask for the variables; none where they do not come at once."""
        try:
            if self._kernel is not None:
                async with asyncio.timeout(_LISTING_S):
                    return await self._kernel.variables()
        except (KernelError, TimeoutError) as error:
            _log.info("what variables hold is not known: %s", type(error).__name__)
        return NamespaceListing((), 0)

    def _new(self) -> list[ActionRecord]:
        """Give the cells that have run since the last time."""
        if self._epoch != self._transcript.epoch:
            self._epoch, self._knowledge = self._transcript.epoch, Knowledge()
            self._learned.clear()
        return [
            record
            for record in self._transcript.actions.values()
            if record.live and record.state == "finished" and record.action not in self._learned
        ]

    def _read(
        self, code: str, new: list[ActionRecord], listing: NamespaceListing, shadowed: frozenset[str]
    ) -> Analysis:
        for record in new:
            self._knowledge = learn(record.code, self._knowledge)
            self._learned.add(record.action)
        live = live_values(listing.variables, names_in(code))
        values = {**self._knowledge.values, **live}
        return analyse(code, replace(self._knowledge, values=values, shadowed=shadowed, working=self.working))


def shadowing(*folders: str) -> frozenset[str]:
    """Name the modules that lie in these folders, where Python looks first: they may be others than those they say."""
    found: set[str] = set()
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for _, entry in zip(range(_ENTRIES), entries, strict=False):
                    if _is_module(entry):
                        found.add(entry.name.partition(".")[0])
        except OSError:
            continue
    return frozenset(found)


def _is_module(entry: os.DirEntry[str]) -> bool:
    name, dot, ending = entry.name.partition(".")
    if dot:
        return ending in {"py", "pyc", "pyw", "so"} or ending.endswith(".so")
    return is_harmless(name) and Path(entry.path, "__init__.py").exists()
