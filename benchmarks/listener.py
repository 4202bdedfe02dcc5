"""What a kernel tells while it is measured, and nobody needs to know."""

from codeact_tui.kernel.answers import NamespaceDiff
from codeact_tui.protocol.kernels import KernelState

__all__ = ["SilentListener"]


class SilentListener:
    """Hears a kernel and does nothing about it. Implements `kernel.base.KernelListener`."""

    def on_state(self, state: KernelState) -> None:
        """Pass over it."""

    def on_variables(self, diff: NamespaceDiff) -> None:
        """Pass over it."""

    def on_died(self, how: str) -> None:
        """Pass over it."""

    def on_held(self) -> None:
        """Pass over it."""
