"""The port to where permissions are kept that outlive a session, and one that keeps none."""

from typing import Protocol

from codeact_tui.errors import ConfigError
from codeact_tui.protocol.permissions import Allowed, Grant, Rule

__all__ = ["NoBook", "PermissionBook"]


class PermissionBook(Protocol):
    """What is allowed in this project. All of it reads or writes the disk."""

    def read(self) -> Allowed:
        """Give what is allowed here."""
        ...

    def add(self, *items: Rule | Grant) -> None:
        """Allow these here, too.

        Raises:
            ConfigError: They can't be kept.
        """
        ...

    def remove(self, *items: Rule | Grant) -> None:
        """Allow these no longer.

        Raises:
            ConfigError: That can't be kept.
        """
        ...

    def add_for_user(self, grant: Grant) -> None:
        """Write a grant into the user's own settings.

        Raises:
            ConfigError: It can't be kept.
        """
        ...


class NoBook:
    """For a session that belongs to no project: only what the session itself allows is known."""

    def read(self) -> Allowed:
        """Give nothing."""
        return Allowed()

    def add(self, *items: Rule | Grant) -> None:
        """Refuse."""
        raise ConfigError("There is no project here.", remedy="Choose this session.")

    def remove(self, *items: Rule | Grant) -> None:
        """Refuse."""
        self.add(*items)

    def add_for_user(self, grant: Grant) -> None:
        """Refuse."""
        self.add(grant)
