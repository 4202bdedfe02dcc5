"""What cells have reached, and what was refused them: what the proxy tells, added up."""

from collections.abc import Callable

from msgspec.structs import replace

from codeact_tui.protocol.network import Connection, Reached

__all__ = ["Connections"]

_HOSTS = 500
"""More are counted together."""
_OTHERS = "others"


class Connections:
    """Adds up connections by host and port, those beyond a bound together.

    Args:
        on_connection: Hears of each.
        on_asked: Hears of a host and a port that a connection waits for.
    """

    def __init__(
        self,
        on_connection: Callable[[Connection], None] | None = None,
        on_asked: Callable[[str, int], None] | None = None,
    ) -> None:
        self._on_asked = on_asked
        self._reached: dict[tuple[str, int], Reached] = {}
        self._on_connection = on_connection

    def add(self, connection: Connection) -> None:
        """Take in what the proxy tells."""
        if connection.state == "asking":
            if self._on_asked is not None:
                self._on_asked(connection.host, connection.port)
            return
        key = (connection.host, connection.port)
        if key not in self._reached and len(self._reached) >= _HOSTS:
            key = (_OTHERS, 0)
        now = self._reached.get(key, Reached(*key))
        match connection.state:
            case "open":
                now = replace(now, connections=now.connections + 1, open=now.open + 1)
            case "closed":
                now = replace(
                    now,
                    open=max(0, now.open - 1),
                    sent_bytes=now.sent_bytes + connection.sent_bytes,
                    received_bytes=now.received_bytes + connection.received_bytes,
                )
            case "refused":
                now = replace(now, refused=now.refused + 1, reason=connection.reason)
        self._reached[key] = now
        if self._on_connection is not None:
            self._on_connection(connection)

    def ended(self) -> None:
        """The proxy has ended, and every connection with it."""
        self._reached = {key: replace(each, open=0) for key, each in self._reached.items()}

    def reached(self) -> tuple[Reached, ...]:
        """Give what there was so far, in the order of its first time."""
        return tuple(self._reached.values())
