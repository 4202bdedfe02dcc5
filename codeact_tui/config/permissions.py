"""What the user allows in each project, in a file of the data folder, by the project's real path.

A project's own files never say what is allowed in it: they are written by others, and by cells.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec

from codeact_tui.config.remembering import remember_entry
from codeact_tui.errors import ConfigError
from codeact_tui.paths import ensure_private
from codeact_tui.protocol.permissions import Allowed, Grant, Rule

__all__ = ["ProjectPermissions"]

_MOST = 200
"""Rules, and grants, in one project."""
_BYTES_MAX = 4_000_000
_LISTS = frozenset({"readable", "writable", "network"})


class ProjectPermissions:
    """The rules and grants of one project. A file that can't be read counts as empty: all is asked again.

    Args:
        path: The file of all projects; made with the first permission.
        folder: The project's.
        user_file: The user's own `config.toml`.
    """

    def __init__(self, path: Path, folder: Path, user_file: Path) -> None:
        self._path = path
        self.folder = folder.resolve()
        self._user_file = user_file

    def read(self) -> Allowed:
        """Give what is allowed here. Reads the disk."""
        return Allowed() if self._is_within_reach else self._read().get(str(self.folder), Allowed())

    def add(self, *items: Rule | Grant) -> None:
        """Allow these here, too. Writes the disk.

        Raises:
            ConfigError: They can't be kept.
        """
        self._change(lambda before: _with(before, items))

    def remove(self, *items: Rule | Grant) -> None:
        """Allow these no longer. Writes the disk.

        Raises:
            ConfigError: That can't be kept.
        """
        self._change(lambda before: _without(before, items))

    def add_for_user(self, grant: Grant) -> None:
        """Write a grant into the user's own settings, where it holds in every project.

        Raises:
            ConfigError: It can't be kept.
        """
        if grant.setting in _LISTS:
            remember_entry(self._user_file, ("sandbox", grant.setting), grant.value)
        elif grant.setting == "workspace":
            from codeact_tui.config.remembering import remember

            remember(self._user_file, ("sandbox", "workspace"), grant.value)
        else:
            raise ConfigError("That is kept for a project only.", remedy="Choose this project.")

    @property
    def _is_within_reach(self) -> bool:
        """Say whether cells could write the file, as it lies in the folder that they work in."""
        return self._path.resolve().is_relative_to(self.folder)

    def _change(self, change: Callable[[Allowed], Allowed]) -> None:
        if self._is_within_reach:
            raise ConfigError(
                f"What is allowed can't be kept in {self._path}, as cells of this folder could change it.",
                remedy="Choose this session, or another place with CODEACT_HOME.",
            )
        try:
            ensure_private(self._path.parent)
            with self._locked():
                projects = self._read()
                projects[str(self.folder)] = change(projects.get(str(self.folder), Allowed()))
                self._write({name: allowed for name, allowed in projects.items() if allowed != Allowed()})
        except OSError as error:
            raise ConfigError(
                f"What is allowed can't be kept in {self._path}: {error.strerror or error}.",
                remedy="Make the folder writable, or choose this session.",
            ) from error

    def _read(self) -> dict[str, Allowed]:
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(_BYTES_MAX), type=dict[str, Allowed])
        except (OSError, msgspec.DecodeError):
            return {}

    def _write(self, projects: dict[str, Allowed]) -> None:
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".permissions-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(projects)))
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Let one process at a time change the file; where that can't be had, go on without."""
        with (self._path.parent / ".permissions.lock").open("ab") as file:
            with contextlib.suppress(ImportError, OSError):
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _with(before: Allowed, items: tuple[Rule | Grant, ...]) -> Allowed:
    rules = dict.fromkeys([*before.rules, *(item for item in items if isinstance(item, Rule))])
    grants = dict.fromkeys([*before.grants, *(item for item in items if isinstance(item, Grant))])
    if len(rules) > _MOST or len(grants) > _MOST:
        raise ConfigError(
            f"There are {_MOST} of them in this project, and no more are kept.", remedy="Remove some: codeact policy."
        )
    return Allowed(tuple(rules), tuple(grants))


def _without(before: Allowed, items: tuple[Rule | Grant, ...]) -> Allowed:
    return Allowed(
        tuple(rule for rule in before.rules if rule not in items),
        tuple(grant for grant in before.grants if grant not in items),
    )
