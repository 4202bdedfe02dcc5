"""Which keys `codeact keys set` has put into the system's keyring: their names alone, never a value.

So that a list of models can be made without asking the keyring, which may want to be unlocked.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from codeact_tui.errors import ConfigError
from codeact_tui.paths import ensure_private

__all__ = ["KeptKeys"]

_BYTES_MAX = 100_000


class KeptKeys:
    """The names, in a file. One that can't be read counts as empty.

    Args:
        path: The file; made with the first name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Give them in order. Reads the disk."""
        try:
            with self._path.open("rb") as file:
                return sorted(msgspec.json.decode(file.read(_BYTES_MAX), type=set[str]))
        except (OSError, msgspec.DecodeError):
            return []

    def add(self, name: str) -> None:
        """Take one in. Writes the disk.

        Raises:
            ConfigError: It can't be written.
        """
        self._write([*self.names(), name])

    def remove(self, name: str) -> None:
        """Take one out. Writes the disk.

        Raises:
            ConfigError: It can't be written.
        """
        self._write([each for each in self.names() if each != name])

    def _write(self, names: Sequence[str]) -> None:
        try:
            ensure_private(self._path.parent)
            self._path.write_bytes(msgspec.json.format(msgspec.json.encode(sorted(set(names)))))
        except OSError as error:
            raise ConfigError(
                f"{self._path} can't be written: {error.strerror or error}.", remedy="Make it writable."
            ) from error
