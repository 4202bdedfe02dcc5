"""The sandbox for any Jupyter program: an entry point of `jupyter_client.kernel_provisioners`, named `codeact`."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from codeact_tui.kernel.environment import kernel_environment
from codeact_tui.kernel.runtime_folder import RuntimeFolder
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings, choose_mechanism, make_policy
from codeact_tui.sandbox.detect import find_mechanisms
from codeact_tui.sandbox.provisioner import CodeActProvisioner, Confinement

__all__ = ["SandboxProvisioner"]

_LAUNCH = Path(__file__).parent / "inside" / "launch.py"
_SIZES = (str(64 << 20), str(20 << 20))
_MODES: tuple[SandboxMode, ...] = ("auto", "require", "bubblewrap", "landlock", "off")


class SandboxProvisioner(CodeActProvisioner):
    """Confines a kernel that a program starts which knows nothing of sandboxes.

    Its channels become unix sockets, since nothing reaches a sandbox by TCP, and ipykernel is started as codeact starts
    it, without a socket of its own.

    Args:
        mode: As `sandbox.mode`.
        network: As `sandbox.network`.
        readable: As `sandbox.readable`.
        writable: As `sandbox.writable`.
        read_only: The folder that the kernel starts in can't be changed.
        more: Of `LocalProvisioner`.
    """

    def __init__(
        self,
        *,
        mode: str = "auto",
        network: tuple[str, ...] = (),
        readable: tuple[str, ...] = (),
        writable: tuple[str, ...] = (),
        read_only: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        if mode not in _MODES:
            raise ValueError(f"mode is one of {', '.join(_MODES)}, not {mode!r}")
        self._wanted = SandboxSettings(
            mode, not read_only, readable=tuple(readable), writable=tuple(writable), network=tuple(network)
        )
        self._folder: RuntimeFolder | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Decide how the kernel is confined, and give it channels that lead into there."""
        mechanism = await asyncio.to_thread(choose_mechanism, self._wanted)
        if mechanism == "none":
            return await super().pre_launch(**kwargs)
        environment = cast("Mapping[str, str]", kwargs.get("env") or os.environ)
        if self._folder is None:
            self._folder = await asyncio.to_thread(RuntimeFolder, environment)
            manager: Any = self.parent
            manager.transport, manager.ip = "ipc", str(self._folder.sockets)
            manager.connection_file = str(self._folder.connection_file)
        private = Path(tempfile.mkdtemp(dir=self._folder.inside))
        prepared = await super().pre_launch(**kwargs)
        command = cast("list[str]", prepared["cmd"])
        prepared["cmd"] = self._words(command, private)
        prepared["env"] = kernel_environment(cast("Mapping[str, str]", prepared["env"]), Path(command[0]))
        workspace = Path(prepared.get("cwd") or Path.cwd())
        policy = await asyncio.to_thread(
            make_policy, self._wanted, workspace, self._folder.inside, _LAUNCH.parent, environment
        )
        prepared["cwd"] = policy.workspace
        bwrap = find_mechanisms().bwrap if mechanism == "bubblewrap" else ""
        self.confinement = Confinement(mechanism, policy, str(private), bwrap)
        return prepared

    def _words(self, command: list[str], private: Path) -> list[str]:
        assert self._folder is not None
        if not any(word.startswith("ipykernel") for word in command[1:]):
            return command
        return [command[0], str(_LAUNCH), str(self._folder.connection_file), str(private), *_SIZES]

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the kernel's folder, unless another kernel follows."""
        await super().cleanup(restart)
        if self._folder is not None and not restart:
            folder, self._folder = self._folder, None
            await asyncio.to_thread(folder.remove)
