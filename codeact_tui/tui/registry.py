"""The actions of one screen, with the keys that its user gave them."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from codeact_tui.tui.actions import Action

__all__ = ["Registry"]


class Registry:
    """Actions in the order of help and palette, also by id and by slash command.

    Args:
        actions: All of them.
    """

    def __init__(self, actions: Iterable[Action]) -> None:
        self.actions = tuple(actions)
        self.by_id = {action.id: action for action in self.actions}
        self.by_slash = {name: action for action in self.actions for name in action.slash}

    def with_keys(self, keys: Mapping[str, tuple[str, ...]]) -> "Registry":
        """Give the same actions, those named here with other keys."""
        return Registry(
            replace(action, keys=keys[action.id]) if action.id in keys else action for action in self.actions
        )

    def for_key(self, key: str) -> list[Action]:
        """Give the actions that a key may stand for; the first that applies is meant."""
        return [action for action in self.actions if key in action.keys]
