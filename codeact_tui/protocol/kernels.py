"""What happened to the kernel."""

from typing import Literal

from msgspec import Struct

__all__ = [
    "KernelDied",
    "KernelStarted",
    "KernelState",
    "KernelStateChanged",
]

KernelState = Literal["none", "starting", "idle", "busy", "restarting", "dead"]


class KernelStarted(Struct, frozen=True, tag="kernel_started"):
    """A fresh kernel is ready: no variable of an earlier one lives on."""

    python: str
    """The interpreter's path."""
    version: str
    """`3.12.1`."""
    source: str = ""
    """Why this one: `.venv`, `VIRTUAL_ENV`, `--python`, a kernelspec's name, `codeact's own`."""
    restarted: bool = False
    seconds: float = 0.0
    sandbox: str = "none"
    """What confines it: `bubblewrap`, `seatbelt`, `landlock`, `container`; or nothing does: `limits`, `none`."""

    @property
    def confined(self) -> bool:
        """It runs in a sandbox: limits and a closed network alone are none."""
        return self.sandbox not in {"limits", "none"}


class KernelDied(Struct, frozen=True, tag="kernel_died"):
    """The process ended by itself; says how (`segmentation fault`, `exit code 3`, `killed`)."""

    how: str


class KernelStateChanged(Struct, frozen=True, tag="kernel_state_changed"):
    """Transient."""

    state: KernelState
