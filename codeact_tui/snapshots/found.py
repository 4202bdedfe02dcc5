"""What is found in the place of a file that is put back, where it may be somebody's work: copied before. It blocks."""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from codeact_tui.beneath import read_beneath
from codeact_tui.paths import ensure_private

__all__ = ["keep_found"]

_FILE_BYTES = 64 << 20
_FILES = 1000
_BYTES = 256 << 20
_TIMES = 10
"""So many folders of copies are kept, the newest."""


def keep_found(workspace: str, paths: Iterable[str], folder: Path) -> tuple[Path | None, frozenset[str]]:
    """Copy files of a workspace into a folder of their own.

    Args:
        workspace: The folder, whose own path is trusted.
        paths: Of the files, from there.
        folder: Where folders of copies are.

    Returns:
        The folder of these copies, None where there are none; and the paths of those that are copied. What is too
        large, too much or no plain file is not.
    """
    target, copied, room = None, set[str](), _BYTES
    for path in list(paths)[:_FILES]:
        with contextlib.suppress(OSError):
            data = _read(workspace, path, min(room, _FILE_BYTES))
            if target is None:
                target = _new_folder(folder)
            _write(target / path, data)
            copied.add(path)
            room -= len(data)
    return target, frozenset(copied)


def _read(workspace: str, path: str, most: int) -> bytes:
    data = read_beneath(workspace, path, most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, "too large to be copied")
    return data


def _new_folder(folder: Path) -> Path:
    ensure_private(folder)
    before = sorted(each for each in folder.iterdir() if each.is_dir())
    for old in before[: max(0, len(before) - _TIMES + 1)]:
        shutil.rmtree(old, ignore_errors=True)
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    number = next(number for number in range(1, 1000) if not (folder / f"{stamp}-{number:03}").exists())
    target = folder / f"{stamp}-{number:03}"
    target.mkdir(mode=0o700)
    return target


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
