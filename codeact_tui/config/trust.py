"""Which projects' settings the user trusts: by folder and by the content that was seen."""

import os
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from codeact_tui.errors import ConfigError
from codeact_tui.paths import ensure_private

__all__ = ["TrustBook", "TrustState"]

TrustState = Literal["trusted", "declined", "unknown"]
"""unknown: the user was never asked about this content."""


class _Decision(Struct, frozen=True):
    sha256: str
    trusted: bool


class TrustBook:
    """The user's decisions, in a file of the data folder. One that can't be read counts as empty: all is asked again.

    Args:
        path: The file; made with the first decision.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def state(self, folder: Path, sha256: str) -> TrustState:
        """Say what the user decided about a folder's settings as they are now."""
        decision = self._read().get(str(folder))
        if decision is None or decision.sha256 != sha256:
            return "unknown"
        return "trusted" if decision.trusted else "declined"

    def decide(self, folder: Path, sha256: str, *, trusted: bool) -> None:
        """Keep a decision about this folder and this content; earlier content's is void.

        Raises:
            ConfigError: It can't be written.
        """
        self._write(self._read() | {str(folder): _Decision(sha256, trusted)})

    def forget(self, folder: Path) -> bool:
        """Take back what was decided about a folder; say whether there was anything.

        Raises:
            ConfigError: It can't be written.
        """
        decisions = self._read()
        if decisions.pop(str(folder), None) is None:
            return False
        self._write(decisions)
        return True

    def _read(self) -> dict[str, _Decision]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Decision])
        except (OSError, msgspec.DecodeError):
            return {}

    def _write(self, decisions: dict[str, _Decision]) -> None:
        import tempfile

        try:
            ensure_private(self._path.parent)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".trust-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(decisions))
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(
                f"The decision can't be kept in {self._path}: {reason}.",
                remedy="Make the folder writable, or choose another with CODEACT_HOME.",
            ) from error
