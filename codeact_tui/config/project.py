"""A project's own settings, `.codeact/config.toml`: where they lie, and what they may never set.

A repository is written by others. Its settings count only once the user has said so, for exactly this content; and
even then none of them may send words or keys elsewhere, run a program, or weaken the question before an action.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from codeact_tui.config.files import read_file
from codeact_tui.config.keys import Key, dotted, leaves
from codeact_tui.config.sources import Source
from codeact_tui.config.trust import TrustState
from codeact_tui.errors import ConfigError

__all__ = ["ProjectFile", "check_project", "find_project_file", "project_errors", "read_project_file", "settled_python"]

_FILE = Path(".codeact") / "config.toml"

_NEVER: dict[Key, str] = {
    ("model", "base_url"): "what you say would go to an address that the project chose",
    ("model", "api_key_env"): "it would choose which of your secrets is sent",
    ("model", "api_key_command"): "it would run a program that the project chose",
    ("session", "policy"): "actions could run unasked",
    ("session", "warm_up"): "actions could run unasked",
    ("session", "record_files"): "what cells do to your files would go unseen",
    ("secrets",): "keys in outputs could be shown, and sent to the model",
    ("sandbox",): "cells could reach what is closed to them",
    ("kernel", "environment"): "cells could read your secrets",
    ("kernel", "packages"): "cells could change the environment that you use yourself",
    ("interface", "approval_delay_ms"): "a key meant for the prompt could approve an action",
    ("keys",): "a key meant for the prompt could approve an action",
    ("interface", "editor"): "it would run a program that the project chose",
}


class ProjectFile(Struct, frozen=True):
    """The settings file of a project, as it was read once."""

    path: Path
    data: bytes
    state: TrustState = "unknown"

    @property
    def folder(self) -> Path:
        """The project's folder, which holds `.codeact`."""
        return self.path.parent.parent

    @property
    def sha256(self) -> str:
        """What trust is bound to, beside the folder."""
        import hashlib

        return hashlib.sha256(self.data).hexdigest()


def find_project_file(folder: Path) -> Path | None:
    """Find the settings file nearest to a folder, from there up to the root of its Git repository.

    Outside a repository only the folder itself is looked at: a file further up could be anyone's.
    """
    chain = [folder, *folder.parents]
    root = next((index for index, above in enumerate(chain) if _exists(above / ".git")), 0)
    return next((above / _FILE for above in chain[: root + 1] if _exists(above / _FILE)), None)


def read_project_file(folder: Path) -> ProjectFile | None:
    """Read the settings file nearest to a folder; nothing in it is looked at yet.

    Raises:
        ConfigError: It can't be read.
    """
    path = find_project_file(folder)
    data = read_file(path, beneath=path.parent.parent) if path is not None else None
    return ProjectFile(path, data) if path is not None and data is not None else None


def check_project(source: Source) -> None:
    """Refuse what a project may never set.

    Raises:
        ConfigError: The first of it: where it stands, and why.
    """
    for error in project_errors(source):
        raise error


def project_errors(source: Source) -> Iterator[ConfigError]:
    """Say of each setting that a project may never set where it stands, and why."""
    for key, value in leaves(source.values):
        reason = _NEVER.get(_counts_as(key))
        if key == ("model", "name") and "://" in str(value):
            reason = _NEVER["model", "base_url"]
        if reason is not None:
            yield ConfigError(
                f"{source.place_of(key)}: a project may not set {dotted(key)}: {reason}.",
                remedy="Remove it there; in your own config.toml you may set it.",
            )


def _counts_as(key: Key) -> Key:
    """Give the setting that a key in a table of the user's own names stands for."""
    if key[0] in {"keys", "sandbox"}:
        return (key[0],)
    return ("model", key[2]) if key[0] == "models" and len(key) == 3 else key


def settled_python(value: object, folder: Path) -> object:
    """Take a relative path in `kernel.python` from the project's folder, not from where codeact was started."""
    if isinstance(value, str) and "/" in value and not value.startswith(("/", "~")):
        return str(folder / value)
    return value


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
