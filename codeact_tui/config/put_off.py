"""What the user did not want to decide yet, so that nobody asks again until there is something new to decide about."""

from pathlib import Path

import msgspec

from codeact_tui.paths import ensure_private

__all__ = ["PutOff"]


class PutOff:
    """Names that were offered and left, in a file of the data folder. One that can't be read counts as empty.

    Args:
        path: The file; made with the first name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> set[str]:
        """Give what was left. Reads the disk."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=set[str])
        except (OSError, msgspec.DecodeError):
            return set()

    def add(self, names: set[str]) -> None:
        """Leave these too. Writes the disk; where that fails they will be offered again, which does no harm."""
        try:
            ensure_private(self._path.parent)
            self._path.write_bytes(msgspec.json.encode(sorted(self.names() | names)))
        except OSError:
            return
