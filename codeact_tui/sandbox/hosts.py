"""Which hosts cells may reach, as the application has it: settings, grants and answers, told to the proxy."""

import json
from collections.abc import Callable, Sequence

__all__ = ["AllowedHosts"]


class AllowedHosts:
    """What the proxy is told.

    Args:
        settings: The entries of `sandbox.network`.
    """

    def __init__(self, settings: Sequence[str] = ()) -> None:
        self.asks: Callable[[str, int], None] | None = None
        """Hears of hosts that are to be asked about; None: none are."""
        self._settings = tuple(settings)
        self._granted: tuple[str, ...] = ()
        self._never: tuple[str, ...] = ()
        self._once: dict[str, bool] = {}
        self._tell: Callable[[bytes], None] | None = None
        self._held = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may be reached, in the words of `sandbox.network`."""
        return tuple(dict.fromkeys([*self._settings, *self._granted]))

    @property
    def told(self) -> bool:
        """There is a proxy that hears of every change."""
        return self._tell is not None

    def grant(self, granted: Sequence[str], never: Sequence[str]) -> None:
        """Allow these beside the settings, and ask for none of those; earlier grants are void."""
        before = self._granted, self._never
        self._granted, self._never = tuple(granted), tuple(never)
        if before != (self._granted, self._never):
            self._changed()

    def answer(self, host: str, port: int, *, allowed: bool) -> None:
        """Let a host be reached, or refuse it, until `forget`."""
        self._once[f"{host}:{port}"] = allowed
        self._changed()

    def forget(self) -> None:
        """Forget the answers."""
        if self._once:
            self._once.clear()
            self._changed()

    def hold(self, *, held: bool) -> None:
        """Let nothing be reached, whatever is allowed, and ask about nothing; or again what is."""
        if held != self._held:
            self._held = held
            self._changed()

    def connect(self, tell: Callable[[bytes], None] | None) -> None:
        """Tell a proxy from now on, and at once; None: it has ended."""
        self._tell = tell
        self._changed()

    def on_asked(self, host: str, port: int) -> None:
        """A connection waits."""
        if self.asks is None:
            self.answer(host, port, allowed=False)
        else:
            self.asks(host, port)

    def _changed(self) -> None:
        if self._tell is None:
            return
        told = {
            "allowed": () if self._held else self.allowed,
            "never": self._never,
            "once": [name for name, allowed in self._once.items() if allowed and not self._held],
            "refused": [name for name, allowed in self._once.items() if not allowed],
            "asks": self.asks is not None and not self._held,
            "held": self._held,
        }
        self._tell(json.dumps(told).encode() + b"\n")
