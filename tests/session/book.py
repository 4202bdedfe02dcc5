"""What a project allows, without a disk."""

from codeact_tui.errors import ConfigError
from codeact_tui.protocol.permissions import Allowed, Grant, Rule

__all__ = ["Book"]


class Book:
    """What a project allows, in memory."""

    def __init__(self, *items: Rule | Grant, broken: bool = False) -> None:
        self.items: list[Rule | Grant] = list(items)
        self.users: list[Grant] = []
        self.broken = broken

    def read(self) -> Allowed:
        rules = tuple(item for item in self.items if isinstance(item, Rule))
        return Allowed(rules, tuple(item for item in self.items if isinstance(item, Grant)))

    def add(self, *items: Rule | Grant) -> None:
        if self.broken:
            raise ConfigError("It can't be kept.")
        self.items += items

    def remove(self, *items: Rule | Grant) -> None:
        self.items = [item for item in self.items if item not in items]

    def add_for_user(self, grant: Grant) -> None:
        self.users.append(grant)
