"""A keyring for tests, in a file that `KEYRING_FILE` names: `PYTHON_KEYRING_BACKEND=tests.keyring_file.FileKeyring`."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

__all__ = ["FileKeyring"]


class FileKeyring(KeyringBackend):
    """Keeps what it is given, in plain text."""

    priority = 1  # pyright: ignore[reportAssignmentType, reportUnannotatedClassAttribute]

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(json.dumps({**self._read(), f"{service} {username}": password}), "utf-8")

    def delete_password(self, service: str, username: str) -> None:
        left = self._read()
        if left.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError(username)
        self._file.write_text(json.dumps(left), "utf-8")

    @property
    def _file(self) -> Path:
        return Path(os.environ["KEYRING_FILE"])

    def _read(self) -> dict[str, str]:
        return json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
