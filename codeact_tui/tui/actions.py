"""The one registry of what can be done: keys, hints, help, palette and slash commands are all drawn from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from textual.binding import Binding

from codeact_tui.tui.situation import Situation

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Action", "Group", "bindings", "key_label", "keys_label", "slash_matches"]

Group = Literal["At an action", "Conversation", "Prompt", "Kernel", "Session", "Screen"]
Run = Callable[["MainScreen", str], None]
Applies = Callable[[Situation], bool]

_KEY_LABELS = {
    "escape": "esc",
    "question_mark": "?",
    "equals_sign": "=",
    "slash": "/",
    "at": "@",
    "ctrl+underscore": "ctrl+_",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "shift+tab": "shift+tab",
}


class Action(Struct, frozen=True):
    """Something the user can do."""

    id: str
    """Names it for good: also the binding that a user remaps."""
    title: str
    """A few words, as the palette shows them."""
    description: str
    """A sentence for the help."""
    group: Group
    run: Run
    """Does it; the string is what followed the slash command."""
    keys: tuple[str, ...] = ()
    slash: tuple[str, ...] = ()
    """Names of the slash command, the usual one first."""
    argument: str = ""
    """What the slash command takes, for the help: `[name]`."""
    hint: str = ""
    """A word for the hint line; none is not hinted at."""
    applies: Applies = lambda _: True
    answer: bool = False
    """A letter that answers: counts only as `guard` says."""
    palette: bool = True
    """The palette offers it."""


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """Make the screen's bindings."""
    return [
        Binding(
            ",".join(action.keys),
            f"do('{action.id}')",
            action.title,
            show=False,
            id=action.id,
        )
        for action in actions
        if action.keys
    ]


def key_label(key: str) -> str:
    """Write a key as people do."""
    return _KEY_LABELS.get(key, key)


def keys_label(action: Action) -> str:
    """Write all the keys of an action."""
    return ", ".join(key_label(key) for key in action.keys)


def slash_matches(actions: Iterable[Action], situation: Situation) -> list[tuple[str, Action]]:
    """Give the slash commands that apply now, each under its usual name."""
    return [(action.slash[0], action) for action in actions if action.slash and action.applies(situation)]
