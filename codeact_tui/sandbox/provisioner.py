"""Starts the kernel's process, in a sandbox where one is wanted: an ordinary Jupyter kernel provisioner."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from msgspec import Struct

from codeact_tui.protocol.records import ProgramStart
from codeact_tui.sandbox.confine import Confined, WayOut, confine
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.hosts import AllowedHosts
from codeact_tui.sandbox.network import Network, OwnNetwork, SharedNetwork
from codeact_tui.sandbox.policy import CheckpointLimits, Mechanism, SandboxPolicy
from codeact_tui.sandbox.programs import Programs

__all__ = ["CodeActProvisioner", "Confinement", "Ending", "Status"]

_STATUS_BYTES = 1 << 16


class Confinement(Struct, frozen=True):
    """How a kernel is confined."""

    mechanism: Mechanism
    policy: SandboxPolicy
    temporary: str
    """A private folder for temporary files."""
    bwrap: str = "bwrap"
    connections: Connections | None = None
    """Takes in what the proxy tells, where there is one."""
    container: tuple[str, str] = ("", "")
    """The path of podman or docker, and the image that a container is made of."""
    checkpoints: CheckpointLimits | None = None
    """How many frozen copies of the kernel are kept; None for none."""
    hosts: AllowedHosts | None = None
    """Tells the proxy what may be reached; None where nothing changes while it runs."""
    programs: Programs | None = None
    """Takes in which programs are started."""

    @property
    def is_supervised(self) -> bool:
        """A supervisor is the first process; else the kernel is a process like any other to who started it."""
        return self.mechanism != "seatbelt"


class Ending(Struct, frozen=True):
    """How the kernel's own process ended."""

    exit_code: int
    """Negative for a signal."""
    memory_bytes: int = 0
    """It was killed because it owned so much memory; 0 when that is not why."""
    disk_bytes: int = 0
    """It was killed because so much was written; 0 when that is not why."""


class Status(Struct):
    """What the supervisor tells in one line: one of these."""

    started: int = 0
    memory: int = 0
    disk: int = 0
    exit: int | None = None
    ended: int = 0
    """This kernel has ended, and others may be woken; `code` says how."""
    code: int = 0
    kept: str = ""
    """This checkpoint is kept from now on."""
    dropped: list[str] = []
    why: str = ""
    woken: int = 0
    """This kernel was woken."""
    failed: int = 0
    """This one was not; `problem` says why."""
    problem: str = ""
    sizes: dict[str, int] | None = None
    """What each checkpoint holds that nobody else does."""
    beyond: int = 0
    """What all of them hold that the kernels do not."""
    program: ProgramStart | None = None
    """This was started, and `missed` others before it that were not told of."""
    missed: int = 0


class CodeActProvisioner(LocalProvisioner):
    """A local process in a session of its own; in a sandbox when it is given a `confinement`."""

    confinement: Confinement | None = None
    confined: Confined | None = None
    """What was made of it, once the kernel was started."""
    status_fd = -1
    """Where the supervisor's statuses can be read, without waiting."""
    _command_fd = -1
    _unread = b""
    _ending: Ending | None = None
    _exited = False
    """The supervisor has told how the last kernel ended, and tells no more."""
    _network: Network | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the process; in the sandbox, its supervisor first."""
        if self.confinement is None:
            return await super().launch_kernel(cmd, **kwargs)
        commands_read, self._command_fd = os.pipe()
        self.status_fd, status_write = os.pipe()
        os.set_blocking(self.status_fd, False)
        try:
            environment = cast("Mapping[str, str]", kwargs.pop("env"))
            pipes = (commands_read, status_write)
            self._network = network = self._network_of(self.confinement)
            way_out = network.way_out if network else None
            self.confined = await asyncio.to_thread(self._confine, self.confinement, cmd, environment, pipes, way_out)
            passed = (*pipes, *(network.descriptors if network else ()))
            if self.confinement.mechanism == "container":
                kwargs["stdin"], passed = commands_read, ()
            elif not self.confinement.is_supervised:
                passed = ()
            started = await super().launch_kernel(
                self.confined.command, env=self.confined.environment, pass_fds=passed, **kwargs
            )
            if network:
                network.open()
            return started
        except BaseException:
            self.let_go()
            if self._network is not None:
                await self._network.close()
            raise
        finally:
            os.close(commands_read)
            os.close(status_write)

    @staticmethod
    def _network_of(confinement: Confinement) -> Network | None:
        allowed, hosts = confinement.policy.network, confinement.hosts
        own = confinement.mechanism == "bubblewrap"
        # In a network of its own a way to a proxy that lets nothing through opens nothing. In this machine's the filter
        # would have to let sockets be made for it, so there is none until a host is allowed.
        asked_for = own and hosts is not None and hosts.asks is not None
        if not allowed and not asked_for:
            return None
        return (OwnNetwork if own else SharedNetwork)(allowed, confinement.connections or Connections(), hosts)

    @staticmethod
    def _confine(
        confinement: Confinement,
        command: list[str],
        environment: Mapping[str, str],
        pipes: tuple[int, int],
        way_out: WayOut | None,
    ) -> Confined:
        return confine(
            confinement.mechanism,
            confinement.policy,
            command,
            environment=environment,
            temporary=tempfile.mkdtemp(prefix="t-", dir=confinement.temporary),
            pipes=pipes,
            bwrap=confinement.bwrap,
            way_out=way_out,
            container=confinement.container,
            checkpoints=confinement.checkpoints,
        )

    def order(self, **what: object) -> None:
        """Have the supervisor do something about kernels and checkpoints, see `inside/keeping.py`."""
        self._command(msgspec.json.encode(what) + b"\n")

    def statuses(self) -> list[Status] | None:
        """Give what the supervisor has told since the last time; None when it will not tell any more."""
        try:
            data = os.read(self.status_fd, _STATUS_BYTES) if self.status_fd >= 0 else b""
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._unread = (self._unread + data).split(b"\n")
        found: list[Status] = []
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):
                found.append(msgspec.json.decode(line, type=Status))
        programs = self.confinement.programs if self.confinement else None
        for status in found:
            if status.program is not None and programs is not None:
                programs.add(status.program, status.missed)
            before = self._ending or Ending(0)
            if status.exit is not None or status.memory or status.disk:
                exit_code = before.exit_code if status.exit is None else status.exit
                memory_bytes, disk_bytes = status.memory or before.memory_bytes, status.disk or before.disk_bytes
                self._ending = Ending(exit_code, memory_bytes, disk_bytes)
                self._exited = self._exited or status.exit is not None
        return found

    def ending_of(self, status: Status) -> Ending:
        """Say how one of the kernels has ended, while others may be woken."""
        before = self._ending or Ending(0)
        if not self._exited:
            self._ending = None
        return Ending(status.code, before.memory_bytes, before.disk_bytes)

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's process group; into a sandbox, by its supervisor."""
        if self.confinement is None or not self.confinement.is_supervised:
            await super().send_signal(signum)
        elif signum == signal.SIGINT:
            self._command(b"i")
        elif signum == signal.SIGKILL:
            self._command(b"k")

    async def kill(self, restart: bool = False) -> None:
        """End the process by force, the sandbox with all that is in it; asked again, without the supervisor's help."""
        if self.confinement is None or not self.confinement.is_supervised or self._command_fd < 0:
            await super().kill(restart)
            return
        self._command(b"k")
        self.end_supervisor()

    def end_supervisor(self) -> None:
        """Let go of the command pipe: the supervisor ends everything then."""
        if self._command_fd >= 0:
            os.close(self._command_fd)
            self._command_fd = -1

    def ending(self, exit_code: int) -> Ending:
        """Say how the kernel itself ended, once the process has, whose exit code this is."""
        with contextlib.suppress(OSError):
            while self.statuses():
                pass
        return self._ending or Ending(exit_code)

    async def wait(self) -> int | None:
        """Wait for the process's end, and end what it has left running in its process group."""
        exit_code = await super().wait()
        self.end_group()
        self.let_go()
        if self._network is not None:
            await self._network.close()
        return exit_code

    def let_go(self) -> None:
        """Close the pipes to the supervisor."""
        self.end_supervisor()
        if self.status_fd >= 0:
            os.close(self.status_fd)
            self.status_fd = -1

    def end_group(self) -> None:
        """Kill what is left of the process group, once the kernel itself has ended."""
        group = cast("int | None", cast("Any", self).pgid)
        if group and group != os.getpgid(0):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def _command(self, letter: bytes) -> None:
        if self._command_fd >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._command_fd, letter)
