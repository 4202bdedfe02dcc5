"""How a kernel's process is started: the Python, the folder of its sockets, its packages, its sandbox.

Preparing blocks and belongs into a thread; it is also where the costly imports happen.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from codeact_tui.errors import KernelDied, KernelStartFailed
from codeact_tui.kernel.allowances import Allowances
from codeact_tui.kernel.base import KernelListener
from codeact_tui.kernel.environment import kernel_environment
from codeact_tui.kernel.find_python import PythonChoice, find_python
from codeact_tui.kernel.layer import PackageLayer
from codeact_tui.kernel.process_watch import how_it_ended
from codeact_tui.kernel.running_kernel import RunningKernel
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.protocol.terminal_text import strip_controls
from codeact_tui.sandbox.policy import CheckpointLimits, SandboxPolicy

if TYPE_CHECKING:
    from codeact_tui.kernel.jupyter_process import KernelProcess
    from codeact_tui.sandbox.choice import SandboxSettings
    from codeact_tui.sandbox.provisioner import Confinement

__all__ = ["KernelStarter", "Prepared", "start_failure"]

_log = logging.getLogger(__name__)

_LAUNCH = Path(__file__).parent / "inside" / "launch.py"
_KEEPER_FD = "3"
"""Where the supervisor gives the kernel the socket for its checkpoints, see `sandbox/inside/supervisor.py`."""
_WITHOUT_CHECKPOINTS = ("container", "seatbelt")
"""Mechanisms in which nobody could keep them."""


class Prepared(Struct):
    """All that a kernel's process is launched with."""

    choice: PythonChoice
    folder: RuntimeFolder
    launch: "Callable[..., Coroutine[None, None, KernelProcess]]"
    confinement: "Confinement | None" = None
    layer: str = ""
    granted: "SandboxSettings | None" = None
    """What the confinement was made of."""


@dataclass(frozen=True)
class KernelStarter:
    """Starts one session's kernels, one after the other.

    Attributes:
        folder: The project's folder: where cells run.
        python: A path to a Python, or a kernelspec's name; empty to choose.
        extra_names: Environment variables that cells may see beside the harmless ones.
        cell_bytes: How much text one cell may put out.
        display_bytes: How large one display may be.
        environment: What to choose from for the kernel's environment; None for this process's.
        layer: The session's own packages; None to install into the kernel's environment.
        checkpoints: How many frozen copies of the kernel are kept; None for none.
        exchange: A folder that the kernel writes variables to, and one that it reads them from.
        allowances: What its sandbox lets through.
    """

    folder: Path
    python: str
    extra_names: tuple[str, ...]
    cell_bytes: int
    display_bytes: int
    environment: Mapping[str, str] | None
    layer: PackageLayer | None
    checkpoints: CheckpointLimits | None
    exchange: tuple[Path, Path] | None
    allowances: Allowances

    async def prepare(self) -> Prepared:
        """Have all that a start needs; called off meanwhile, leave nothing behind.

        Raises:
            KernelStartFailed: There is no Python to start it with, or no sandbox where one has to be.
        """
        preparing = asyncio.get_running_loop().run_in_executor(None, self._prepare)
        try:
            return await asyncio.shield(preparing)
        except asyncio.CancelledError:
            preparing.add_done_callback(_discard)
            raise

    async def launch(self, prepared: Prepared, listener: KernelListener) -> RunningKernel:
        """Start the process; it is not known yet whether it comes up.

        Raises:
            KernelStartFailed: It can't be run.
        """
        choice, folder, environment = prepared.choice, prepared.folder, self._environment()
        given = [str(folder.connection_file), str(folder.inside), str(self.cell_bytes), str(self.display_bytes)]
        keeps = prepared.confinement is not None and prepared.confinement.checkpoints is not None
        try:
            process = await prepared.launch(
                choice.python,
                [str(_LAUNCH), *given, prepared.layer, _KEEPER_FD if keeps else "-1"],
                folder=folder,
                working_folder=self.folder,
                environment=kernel_environment(environment, choice.python, self.extra_names, prefix=choice.prefix),
                confinement=prepared.confinement,
            )
        except BaseException as error:
            await asyncio.to_thread(folder.remove)
            if isinstance(error, OSError):
                raise KernelStartFailed(f"{choice.python} can't be run in {self.folder}: {error}.") from error
            raise
        return RunningKernel(process, folder, listener, self.display_bytes)

    def _environment(self) -> Mapping[str, str]:
        return os.environ if self.environment is None else self.environment

    def _prepare(self) -> Prepared:
        """Do what blocks: look for a Python, import what speaks with kernels, make a folder."""
        environment = self._environment()
        choice = find_python(self.folder, self.python, environment=environment)
        from codeact_tui.kernel.jupyter_process import launch

        folder = RuntimeFolder(environment)
        try:
            layer, wanted = self._prepare_layer(), self.allowances.wanted
            return Prepared(choice, folder, launch, self._confine(folder, layer, wanted), layer, wanted)
        except BaseException:
            folder.remove()
            raise

    def _prepare_layer(self) -> str:
        """Have a place for the session's packages; empty where there can be none."""
        if self.layer is None:
            return ""
        try:
            self.layer.prepare()
        except OSError as error:
            _log.warning("packages can't be kept with the session: %s", error)
            return ""
        return str(self.layer.folder.resolve())

    def _confine(self, folder: RuntimeFolder, layer: str, wanted: "SandboxSettings | None") -> "Confinement | None":
        """Say how the kernel is confined; where only its checkpoints have to be kept, by nothing."""
        from codeact_tui.sandbox.provisioner import Confinement

        checkpoints = self.checkpoints if sys.platform == "linux" else None
        plain = Confinement("none", SandboxPolicy(str(self.folder)), str(folder.inside), checkpoints=checkpoints)
        if wanted is None:
            return plain if checkpoints else None
        from codeact_tui.sandbox.choice import choose_mechanism, make_policy
        from codeact_tui.sandbox.detect import find_engine, find_mechanisms

        mechanism = choose_mechanism(wanted)
        if mechanism == "none":
            return plain if checkpoints else None
        policy = make_policy(wanted, self.folder, folder.inside, _LAUNCH.parent, self._environment())
        policy = self._with_own_folders(policy, layer)
        kept = None if mechanism in _WITHOUT_CHECKPOINTS else checkpoints
        bwrap = find_mechanisms().bwrap if mechanism == "bubblewrap" else ""
        container = (find_engine(), wanted.image) if mechanism == "container" else ("", "")
        connections, hosts = self.allowances.connections, self.allowances.hosts
        found = Confinement(mechanism, policy, str(folder.inside), bwrap, connections, container, kept)
        return msgspec.structs.replace(found, hosts=hosts, programs=self.allowances.programs)

    def _with_own_folders(self, policy: SandboxPolicy, layer: str) -> SandboxPolicy:
        """Let the session's packages be written, and variables be exchanged."""
        writable, readable = policy.writable, policy.readable
        if layer:
            writable = (*writable, layer)
        if self.exchange is not None:
            written, read = (str(path) for path in self.exchange)
            writable, readable = (*writable, written), (*readable, read)
        return msgspec.structs.replace(policy, writable=writable, readable=readable)


def start_failure(choice: PythonChoice, error: Exception, printed: str, start_seconds: float) -> KernelStartFailed:
    """Say why a kernel that was launched did not come up.

    Args:
        choice: The Python it was started with.
        error: What waiting for it ended in.
        printed: What it printed.
        start_seconds: How long it was waited for.
    """
    match error:
        case TimeoutError():
            what = f"The kernel of {choice.python} did not come up within {start_seconds:g} seconds"
        case KernelDied(exit_code=exit_code):
            what = f"The kernel of {choice.python} ended while it was starting ({how_it_ended(exit_code)})"
        case _:
            what = f"The kernel of {choice.python} could not be understood"
    return KernelStartFailed(
        f"{what}. It printed: {strip_controls(printed)}" if printed else f"{what}. It printed nothing.",
        remedy="Try another Python with --python.",
    )


def _discard(preparing: "asyncio.Future[Prepared]") -> None:
    """Remove what was prepared for a start that was called off."""
    if not preparing.cancelled() and preparing.exception() is None:
        preparing.result().folder.remove()
