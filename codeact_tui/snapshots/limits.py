"""How much is kept, and how it is stopped."""

from msgspec import Struct

__all__ = ["Cancelled", "SnapshotLimits"]


class SnapshotLimits(Struct, frozen=True):
    """How much of a workspace a snapshot keeps."""

    file_bytes: int = 256 << 20
    """A larger file is left out, and named."""
    total_bytes: int = 8 << 30
    """What comes after so much is left out, and named."""
    entries: int = 50_000
    """A folder with more files and folders is not kept at all."""
    seconds: float = 120.0
    """What could not be read in that time is left out, and named; the next snapshot goes on with it."""
    spare_bytes: int = 1 << 30
    """So much of the disk is left free."""
    store_bytes: int = 20 << 30
    """When the store takes more, the oldest snapshots go."""
    gitignore: bool = True
    """Leave out what `.gitignore` names."""
    ignored: tuple[str, ...] = ()
    """More patterns, written as in `.gitignore`."""
    hidden: tuple[str, ...] = ()
    """Patterns of files that may hold secrets: never copied."""


class Cancelled(Exception):
    """It was told to stop; nothing was changed."""
