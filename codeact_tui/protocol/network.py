"""What cells have reached beyond the sandbox, and what was refused them."""

from typing import Literal

from msgspec import Struct

__all__ = ["Connection", "Reached"]


class Connection(Struct, frozen=True):
    """One connection, or one that was refused. Told when it opens and when it closes, under the same number."""

    number: int
    state: Literal["open", "closed", "refused", "asking"]
    """asking: it waits for somebody to say whether its host may be reached."""
    host: str = ""
    """As the cell asked for it; empty where that could not be read."""
    port: int = 0
    reason: str = ""
    """Why it was refused."""
    sent_bytes: int = 0
    received_bytes: int = 0


class Reached(Struct, frozen=True):
    """All connections to one host and port."""

    host: str
    port: int
    connections: int = 0
    open: int = 0
    refused: int = 0
    sent_bytes: int = 0
    """Of the connections that have closed."""
    received_bytes: int = 0
    reason: str = ""
    """Why the last of them was refused."""
