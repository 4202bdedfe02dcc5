"""Records what a cell really did: a look at the workspace before and after it, and what the kernel tells."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from codeact_tui.effects.base import Analysis
from codeact_tui.kernel.answers import KernelNews
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.records import FileChange, Happened, ProgramRun, ProgramStart
from codeact_tui.records.foretold import Foretold
from codeact_tui.records.look import SECONDS_MAX, Look, changes, look_around, look_at
from codeact_tui.snapshots.files import Walked

__all__ = ["Foretell", "Recorder"]

Foretell = Callable[[str], Awaitable[Analysis]]
"""Tells what code would do, from the code and the cells before it."""

_FILES = 100
_PROGRAMS = 50
_PACKAGES = 50
_PATH_CHARS = 400
_COMMAND_CHARS = 1000
_CUT_SECONDS = 0.05
"""So long a look may take where the one before it has not seen everything: neither will it, and the cell waits."""


class Recorder:
    """Watches one cell after the other.

    Args:
        kernel: Where they run.
        foretell: Tells what a cell would do; None where nothing is compared.
        looks: Look at the workspace's files.
    """

    def __init__(self, kernel: Kernel, foretell: Foretell | None = None, *, looks: bool = True) -> None:
        self._kernel = kernel
        self._foretell = foretell
        self._looks = looks
        self._folder = ""
        self._before: Look | None = None
        self._packages: frozenset[str] = frozenset()

    async def begin(self, folder: str, walked: Walked | None = None) -> None:
        """A cell is about to run.

        Args:
            folder: The workspace's; empty where there is none.
            walked: What has just been seen of it; None: looks at it itself.
        """
        self._folder = folder
        news, self._before = await asyncio.gather(self._kernel.news(), self._look(walked))
        self._packages = frozenset(news.packages)

    async def end(self, code: str, *, compared: bool, walked: Walked | None = None) -> Happened:
        """Say what the cell that has ended did.

        Args:
            code: Its source.
            compared: Compare with what was foretold of it: it was not the user's own.
            walked: What has just been seen of the workspace; None: looks at it itself.
        """
        news, after = await asyncio.gather(self._kernel.news(), self._look(walked))
        happened = self._happened(news, after)
        unseen = not news.programs_seen
        if compared and self._foretell is not None and (happened.files or happened.programs or unseen):
            analysis = await self._foretell(code)
            foretold = Foretold(analysis.effects, analysis.problem)
            return replace(_marked(happened, foretold), programs_unseen=unseen and foretold.starts_programs)
        return happened

    async def _look(self, walked: Walked | None) -> Look | None:
        """Look at the workspace, in a thread; None where it is not looked at."""
        if not (self._looks and self._folder):
            return None
        seconds_max = _CUT_SECONDS if self._before is not None and self._before.cut else SECONDS_MAX
        if walked is None:
            return await asyncio.to_thread(look_at, self._folder, seconds_max=seconds_max)
        return await asyncio.to_thread(look_around, self._folder, walked.folders, walked.left, seconds_max=seconds_max)

    def _happened(self, news: KernelNews, after: Look | None) -> Happened:
        found = [] if self._before is None or after is None else list(changes(self._before, after))
        runs = _runs(news.programs)
        kept = runs[:_PROGRAMS]
        new = [package for package in news.packages if package not in self._packages]
        return Happened(
            files=tuple(FileChange(_named(path), kind) for path, kind in found[:_FILES]),
            more_files=max(0, len(found) - _FILES),
            cut=any(look is not None and look.cut for look in (self._before, after)),
            programs=tuple(kept),
            more_programs=news.more_programs + sum(run.times for run in runs[_PROGRAMS:]),
            packages=tuple(new[:_PACKAGES]),
        )


def _runs(starts: Sequence[ProgramStart]) -> list[ProgramRun]:
    """Count the starts of each program with the same words, in the order of the first."""
    counted: dict[tuple[str, str], int] = {}
    for start in starts:
        name = _whole_text(os.path.basename(start.path))  # noqa: PTH119 - text from outside, and no path of ours
        command = _whole_text(" ".join([name, *start.words[1:]]))[:_COMMAND_CHARS]
        counted[name, command] = counted.get((name, command), 0) + 1
    return [ProgramRun(name, command, times) for (name, command), times in counted.items()]


def _marked(happened: Happened, foretold: Foretold) -> Happened:
    files = tuple(FileChange(each.path, each.kind, foretold.file(each.path, each.kind)) for each in happened.files)
    programs = tuple(
        ProgramRun(each.name, each.command, each.times, foretold.program(each.name)) for each in happened.programs
    )
    return Happened(files, happened.more_files, happened.cut, programs, happened.more_programs, happened.packages)


def _named(path: str) -> str:
    """Write a path as text that can be kept, cut where it is far too long."""
    name = _whole_text(path)
    return name if len(name) <= _PATH_CHARS else f"…{name[1 - _PATH_CHARS :]}"


def _whole_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
