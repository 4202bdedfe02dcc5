"""The user's own key, by which what was kept is known to be the user's own. Reads and writes the disk."""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from codeact_tui.errors import SnapshotError
from codeact_tui.paths import ensure_private

__all__ = ["is_sealed", "own_key", "seal"]

_NAME = "snapshots.key"
_BYTES = 32


def own_key(data_folder: Path) -> bytes:
    """Give the key, made when it is first asked for; only its owner may read it.

    Raises:
        SnapshotError: It can't be read or made, or others could have read or written it.
    """
    path = ensure_private(data_folder) / _NAME
    try:
        if not os.path.lexists(path):
            _make(path)
        return _read(path)
    except OSError as error:
        raise SnapshotError(f"The key of the snapshots can't be read: {error.strerror}.") from error


def seal(key: bytes, *parts: bytes) -> bytes:
    """Sign parts, each with its length, so that none can be moved into another."""
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def is_sealed(key: bytes, sealed: bytes, *parts: bytes) -> bool:
    """Say whether the signature is that of the parts."""
    return hmac.compare_digest(seal(key, *parts), sealed)


def _make(path: Path) -> None:
    """Put the key there whole; where another process was quicker, its key stays."""
    temporary = path.with_name(f"{_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        found = os.fstat(descriptor)
        key = os.read(descriptor, _BYTES + 1)
    finally:
        os.close(descriptor)
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077):
        raise SnapshotError(
            "The key of the snapshots could be read by others, so nothing that it signed can be trusted.",
            remedy=f"Remove {path}: snapshots start afresh.",
        )
    if len(key) != _BYTES:
        raise SnapshotError("The key of the snapshots is damaged.", remedy=f"Remove {path}: snapshots start afresh.")
    return key
