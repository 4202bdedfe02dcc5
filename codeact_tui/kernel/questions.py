"""The questions that a kernel's own code answers beside the protocol's: each asked, and its answer read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from codeact_tui.errors import KernelError
from codeact_tui.kernel.answers import CellProgress, CodeInspection, Completions, NamespaceListing
from codeact_tui.kernel.dispatcher import Dispatcher
from codeact_tui.kernel.keeping import BroughtBack, KeepLimits, KeptReport, read_brought_back, read_kept
from codeact_tui.kernel.memory import memory_bytes
from codeact_tui.kernel.replies import read_completions, read_detail, read_inspection, read_listing, read_progress
from codeact_tui.protocol.variables import TablePart, VariableDetail

__all__ = ["Questions", "keep_request"]

T = TypeVar("T")

_ASK_S = 4.0
_COMPLETE_S = 3.0
_PROGRESS_S = 1.0
_KEEP_S = 10.0
_BRING_BACK_GRACE_S = 10.0


@dataclass(frozen=True)
class Questions:
    """Asks one kernel. All raise `KernelError` where it does not answer in time, or nothing that can be understood.

    Attributes:
        dispatcher: Its channels.
    """

    dispatcher: Dispatcher

    async def variables(self, *, include_all: bool) -> NamespaceListing:
        """List the variables."""
        content: dict[str, object] = {"all": include_all}
        return _read(read_listing, await self._control("codeact_variables_request", content, _ASK_S))

    async def inspect(self, name: str, path: tuple[str | int, ...], start: int, part: TablePart) -> VariableDetail:
        """Look into a variable."""
        content: dict[str, object] = {
            "name": name,
            "path": list(path),
            "start": start,
            "part": msgspec.to_builtins(part),
        }
        return _read(read_detail, await self._control("codeact_inspect_request", content, _ASK_S))

    async def complete(self, code: str, cursor: int) -> Completions:
        """Complete code at the cursor."""
        content: dict[str, object] = {"code": code, "cursor_pos": cursor}
        reply = await self._control("complete_request", content, _COMPLETE_S)
        return _read(lambda found: read_completions(found, code, cursor), reply)

    async def inspect_code(self, code: str, cursor: int) -> CodeInspection:
        """Tell of the call or the name at the cursor."""
        content: dict[str, object] = {"code": code, "cursor_pos": cursor, "detail_level": 0}
        return _read(read_inspection, await self._control("inspect_request", content, _COMPLETE_S))

    async def progress(self, pid: int, *, memory: bool) -> CellProgress:
        """Look where the running cell is, and how much memory the kernel holds.

        The system is asked for the memory where it can tell, so that it is known while code holds the interpreter too.
        """
        held = await asyncio.to_thread(memory_bytes, pid) if memory else None
        try:
            content: dict[str, object] = {"memory": memory and held is None}
            reply = await self._control("codeact_progress_request", content, _PROGRESS_S)
        except KernelError:
            if held:
                return CellProgress(0, held)
            raise
        found = _read(read_progress, reply)
        return found if held is None else CellProgress(found.line, held)

    async def keep(self, folder: str, limits: KeepLimits) -> None:
        """Have the variables kept on disk; cells can run again when this returns."""
        content = keep_request(folder, limits)
        problem = _read(read_kept, await self.dispatcher.ask("shell", "codeact_keep_request", content, _KEEP_S))
        if problem:
            raise KernelError(f"The kernel can't keep its variables: {problem}.")

    async def bring_back(self, folder: str, report: KeptReport, *, seconds: float) -> BroughtBack:
        """Have variables brought back that were kept."""
        content: dict[str, object] = {"folder": folder, "seconds": seconds, **report.to_load()}
        timeout_s = seconds + _BRING_BACK_GRACE_S
        reply = await self.dispatcher.ask("shell", "codeact_bring_back_request", content, timeout_s)
        return _read(read_brought_back, reply)

    async def _control(self, kind: str, content: dict[str, object], timeout_s: float) -> bytes:
        """Ask on the channel that is heard while a cell runs, too."""
        return await self.dispatcher.ask("control", kind, content, timeout_s)


def keep_request(folder: str, limits: KeepLimits) -> dict[str, object]:
    """Write what has variables kept, for a kernel or for a checkpoint of it."""
    return {"folder": folder, "limits": msgspec.to_builtins(limits)}


def _read(read: Callable[[bytes], T], content: bytes) -> T:
    try:
        return read(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise KernelError(
            "The kernel's answer could not be understood.", remedy="Restart it if that goes on: /restart."
        ) from error
