"""Keys that only one pane or screen has a use for, as its bindings tell. Help and docs/keys.md are drawn from them."""

from collections.abc import Iterable
from typing import cast

from msgspec import Struct
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, TextArea

from codeact_tui.tui.actions import key_label

__all__ = ["Here", "PaneKey", "here", "pane_keys"]

_OURS = "codeact_tui."
_SCROLLS = ("↑  ↓  pgup  pgdn", "Scroll")
_NAMES = {
    "prompt": "the prompt",
    "conversation-pane": "the conversation",
    "cell-pane": "the cell",
    "output-pane": "the output",
    "variables-pane": "the variables",
    "answer": "the answer to the cell",
}


class PaneKey(Struct, frozen=True):
    """A key, or several, and what they do."""

    keys: str
    words: str


class Here(Struct, frozen=True):
    """Where the focus is, and what its own keys do."""

    name: str = ""
    keys: tuple[PaneKey, ...] = ()


def pane_keys(cls: type[Widget]) -> list[PaneKey]:
    """Give the keys of a widget's own, the nearest class first; those that say nothing of themselves are left out."""
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for each in cls.__mro__:
        if not each.__module__.startswith(_OURS):
            continue
        for binding in _bindings(cast("Iterable[BindingType]", each.__dict__.get("BINDINGS", ()))):
            keys = [key for key in binding.key.split(",") if key not in taken]
            taken.update(keys)
            if keys and binding.description:
                found.setdefault(binding.description, []).extend(map(key_label, keys))
    return [PaneKey("  ".join(keys), words) for words, keys in found.items()]


def here(focused: Widget | None) -> Here:
    """Say where the focus is, and what the keys do there that do it nowhere else."""
    if focused is None:
        return Here()
    chain = [node for node in focused.ancestors_with_self if isinstance(node, Widget)]
    name = next((_NAMES[node.id] for node in chain if node.id in _NAMES), "this field")
    keys = pane_keys(type(focused))
    if not isinstance(focused, TextArea | Input) and not any(key.words == _SCROLLS[1] for key in keys):
        keys.append(PaneKey(*_SCROLLS))
    return Here(name, tuple(keys))


def _bindings(declared: Iterable[BindingType]) -> Iterable[Binding]:
    for each in declared:
        if isinstance(each, Binding):
            yield each
