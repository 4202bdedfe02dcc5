"""Where sessions are kept: writable, with room, readable."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.files import shown_path
from codeact_tui.errors import StoreError
from codeact_tui.paths import data_dir, store_path
from codeact_tui.store.base import Catalog

__all__ = ["check_folder", "check_sessions"]

_LITTLE_ROOM_BYTES = 500_000_000


def check_folder() -> Iterator[Finding]:
    """Say whether the data folder can be written, and how much room there is."""
    folder = data_dir()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        remedy = "Make it writable, or set CODEACT_HOME to a folder that is."
        yield Finding("sessions", "missing", f"{shown_path(there)} can't be written", remedy)
        return
    free = shutil.disk_usage(there).free
    if free < _LITTLE_ROOM_BYTES:
        remedy = "Delete what you do not need, or set CODEACT_HOME to a folder on another disk."
        yield Finding("sessions", "warning", f"{free // 1_000_000} MB are left for {shown_path(folder)}", remedy)
    else:
        yield Finding("sessions", "ok", f"{shown_path(folder)}, {free / 1e9:.0f} GB free")


async def check_sessions(catalog: Catalog) -> list[Finding]:
    """Say whether the sessions can be read, if there are any yet."""
    path = store_path()
    if not path.exists():
        return []
    try:
        await catalog.sessions(limit=1)
    except StoreError as error:
        return [Finding("sessions", "missing", error.message, error.remedy)]
    return [Finding("sessions", "ok", f"{shown_path(path)}, {_megabytes(path)}")]


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"
