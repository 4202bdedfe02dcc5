"""A kernel's process and the sockets to it, by jupyter_client. Costly to import: imported late, in a thread."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from codeact_tui.errors import KernelError
from codeact_tui.kernel.process_watch import watch_process
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.kernel.wire import Channel
from codeact_tui.sandbox.provisioner import CodeActProvisioner, Confinement, Ending, Status

__all__ = ["KernelProcess", "SocketWire", "launch"]

_MESSAGE_BYTES = 256 << 20
"""A larger message costs the kernel its connection."""
_UNREAD = 50
_SUPERVISOR_S = 5.0
"""A supervisor that was told to has ended all by then."""
_READS = 16
_RECONNECT_MS = 10
"""How often a socket looks whether the kernel is there, while it starts."""


class _OneSpec(KernelSpecManager):
    """Knows the one kernelspec that is used."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self._spec


class SocketWire:
    """The sockets of a kernel's four channels.

    Args:
        manager: The `AsyncKernelManager` that knows where they are.
        sockets: What the paths of a woken copy's begin with; empty for those of the kernel that was started.
    """

    def __init__(self, manager: Any, sockets: str = "") -> None:
        self._session = manager.session
        identity = self._session.bsession
        before, manager.ip = manager.ip, sockets or manager.ip
        try:
            self._sockets: dict[str, Any] = {
                "shell": manager.connect_shell(identity=identity),
                "control": manager.connect_control(identity=identity),
                "stdin": manager.connect_stdin(identity=identity),
                "iopub": manager.connect_iopub(),
            }
        finally:
            manager.ip = before
        self._partings: Any = self._sockets["iopub"].get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def send(self, channel: Channel, kind: str, content: dict[str, object]) -> str:
        """Send a request and give its id."""
        message = self._session.msg(kind, content=content)
        try:
            # Not by Session.send: what that takes in beside, whoever waits for an answer would never hear of.
            self._sockets[channel].send_multipart(self._session.serialize(message), flags=zmq.DONTWAIT).result()
        except zmq.ZMQError as error:
            raise KernelError("The kernel takes no more requests.", remedy="Restart it: /restart.") from error
        return cast("str", message["header"]["msg_id"])

    async def receive(self, channel: Channel) -> Sequence[bytes]:
        """Wait for a message and give its frames."""
        return cast("list[bytes]", await self._sockets[channel].recv_multipart())

    async def parted(self) -> None:
        """Wait until the kernel has let go of iopub: all that it has sent there can be received without waiting."""
        await self._partings.recv_multipart()

    def sign(self, frames: Sequence[bytes]) -> bytes:
        """Give the signature that a message of these four frames carries."""
        return cast("bytes", self._session.sign(list(frames)))

    def close(self) -> None:
        """Close the sockets."""
        if not self._partings.closed:
            self._sockets["iopub"].disable_monitor()
            self._partings.close(linger=0)
        for socket in self._sockets.values():
            socket.close(linger=0)


class KernelProcess:
    """A kernel that was started.

    Args:
        manager: The `AsyncKernelManager` that has started it.
        provisioner: The `CodeActProvisioner` that holds its process.
        context: Of its sockets; closed with it.
    """

    def __init__(self, manager: Any, provisioner: Any, context: zmq.asyncio.Context) -> None:
        self.wire = SocketWire(manager)
        self.ended = asyncio.Event()
        self._manager = manager
        self._provisioner = provisioner
        self._context = context
        self._process: subprocess.Popen[bytes] = provisioner.process
        self._stop_watching: Callable[[], None] | None = None
        self._status_fd = -1
        self._on_status: Callable[[Status], None] = lambda status: None

    def watch(self, on_end: Callable[[Ending], None], on_status: Callable[[Status], None]) -> None:
        """Call back with how it ended when the process has, and with what its supervisor tells until then."""

        def ended() -> None:
            self._stop_reading()
            ending = self._provisioner.ending(self._process.wait())
            self.ended.set()
            on_end(ending)

        self._status_fd = self._provisioner.status_fd
        if self._status_fd >= 0:
            asyncio.get_running_loop().add_reader(self._status_fd, self.hear)
        self._stop_watching = watch_process(self._process.pid, self._process.wait, ended)
        self._on_status = on_status

    def hear(self) -> None:
        """Take in what the supervisor has told so far."""
        for _ in range(_READS):
            if self._status_fd < 0:
                return
            statuses = self._provisioner.statuses()
            if statuses is None:
                self._stop_reading()
            for status in statuses or ():
                self._on_status(status)
            if not statuses:
                return

    @property
    def keeps_checkpoints(self) -> bool:
        """There is a supervisor that keeps frozen copies."""
        confinement = self._provisioner.confinement
        return confinement is not None and confinement.checkpoints is not None

    def order(self, **what: object) -> None:
        """Have the supervisor do something about kernels and checkpoints."""
        self._provisioner.order(**what)

    def ending_of(self, status: Status) -> Ending:
        """Say how one of the kernels has ended, while others may be woken."""
        return self._provisioner.ending_of(status)

    def connect(self, sockets: str) -> SocketWire:
        """Make the sockets to a woken copy."""
        return SocketWire(self._manager, sockets)

    def _stop_reading(self) -> None:
        if self._status_fd >= 0:
            asyncio.get_running_loop().remove_reader(self._status_fd)
            self._status_fd = -1

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def interrupt(self) -> None:
        """Send SIGINT to the process group."""
        if not self.ended.is_set():
            await self._manager.interrupt_kernel()

    async def kill(self) -> None:
        """End the process group by force."""
        if not self.ended.is_set():
            await self._provisioner.kill()

    async def close(self) -> None:
        """Let go of everything, once the process has ended."""
        if self._stop_watching is not None:
            self._stop_watching()
        self._stop_reading()
        await self._provisioner.wait()
        self.wire.close()
        await self._manager.cleanup_resources()
        self._context.destroy(linger=0)


async def launch(
    python: Path,
    script: Sequence[str],
    *,
    folder: RuntimeFolder,
    working_folder: Path,
    environment: dict[str, str],
    confinement: Confinement | None = None,
) -> KernelProcess:
    """Start a kernel's process.

    Args:
        python: The interpreter.
        script: A script and its arguments.
        folder: For sockets and what the process prints.
        working_folder: Where it runs.
        environment: All of its environment.
        confinement: The sandbox it runs in; None for none.

    Raises:
        OSError: The interpreter can't be run.
    """
    context = zmq.asyncio.Context()
    for option, value in (
        (zmq.RCVHWM, _UNREAD),
        (zmq.MAXMSGSIZE, _MESSAGE_BYTES),
        (zmq.SNDTIMEO, 0),
        (zmq.RECONNECT_IVL, _RECONNECT_MS),
    ):
        context.setsockopt(option, value)
    spec = KernelSpec(argv=[str(python), *script], display_name="codeact", language="python")
    manager: Any = AsyncKernelManager(
        context=context,
        kernel_spec_manager=_OneSpec(spec),
        kernel_name="codeact",
        connection_file=str(folder.connection_file),
        transport="ipc" if sys.platform != "win32" else "tcp",
        ip=str(folder.sockets),
    )
    provisioner = CodeActProvisioner(kernel_id="codeact", kernel_spec=spec, parent=manager)
    provisioner.confinement = confinement
    manager.provisioner = provisioner
    with (folder.path / "out").open("wb") as out, (folder.path / "err").open("wb") as err:
        try:
            await manager.start_kernel(
                cwd=str(working_folder), env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        except BaseException:
            context.destroy(linger=0)
            await asyncio.shield(_abandon(provisioner))
            raise
    return KernelProcess(manager, provisioner, context)


async def _abandon(provisioner: CodeActProvisioner) -> None:
    """End the process of a start that was called off, if there is one already."""
    if not provisioner.has_process:
        return
    await provisioner.kill()
    try:
        async with asyncio.timeout(_SUPERVISOR_S):
            await provisioner.wait()
    except TimeoutError:
        await provisioner.kill()  # what should end it has not
        await provisioner.wait()
