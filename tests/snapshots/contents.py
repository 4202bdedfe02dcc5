"""What a folder holds, to compare it with what it held."""

import os
from pathlib import Path

from codeact_tui.snapshots.limits import SnapshotLimits

__all__ = ["KEY", "ROOMY", "contents"]

KEY = b"k" * 32
ROOMY = SnapshotLimits(spare_bytes=0)


def contents(folder: Path) -> dict[str, bytes | str | None]:
    """Give every path's content: bytes of a file, target of a link, None for a folder."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = os.fsdecode(os.path.relpath(path, folder))
        found[name] = str(path.readlink()) if path.is_symlink() else None if path.is_dir() else path.read_bytes()
    return found
