"""Names of keys as people write them in settings, and as Textual reads them from a terminal. Pure."""

import unicodedata

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

__all__ = ["TYPED_KEYS", "key_name", "nearest_key_name", "printable"]

_MODIFIERS = ("ctrl", "alt", "shift", "super")
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "ins": "insert",
    "del": "delete",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "control": "ctrl",
    "meta": "alt",
    "option": "alt",
    "cmd": "super",
    "spacebar": "space",
}
_SAME_BYTES = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
}
"""Terminals send the same for both."""
_NAMED = frozenset(key.value for key in Keys if "+" not in key.value and not key.value.startswith("<"))
TYPED_KEYS = frozenset(
    {"space", "backspace", "delete", "left", "right", "up", "down", "home", "end", "pageup", "pagedown"}
)
"""Keys beside the letters that a field of text needs."""


def key_name(written: str) -> str | None:
    """Give the name by which Textual knows a key; None when no terminal sends such a key.

    Args:
        written: `y`, `?`, `ctrl+k`, `Alt+Enter`, `f5`, `question_mark`.
    """
    text = written.strip()
    if len(text) == 1:
        return _character_name(text)
    *modifiers, base = (_ALIASES.get(part.lower(), part) for part in text.split("+")) if text[-1:] != "+" else ("", "")
    found = _base_name(base)
    held = {modifier.lower() for modifier in modifiers}
    if found is None or not held <= set(_MODIFIERS) or len(held) != len(modifiers):
        return None
    if held == {"shift"} and len(found) == 1:
        return found.upper()
    if held and len(found) == 1:
        found = found.lower()
    name = "+".join([*(modifier for modifier in _order(held)), found])
    return _SAME_BYTES.get(name, name)


def printable(key: str) -> bool:
    """Say whether a key writes a character: in a field it is text."""
    return len(key) == 1 or ("+" not in key and key not in _NAMED) or key == "space"


def nearest_key_name(written: str) -> str | None:
    """Give a key whose name is like what was written."""
    import difflib

    base = written.rpartition("+")[2].lower()
    found = difflib.get_close_matches(base, sorted(_NAMED), n=1, cutoff=0.7)
    if not found:
        return None
    return key_name(written[: len(written) - len(base)] + found[0])


def _order(held: set[str]) -> list[str]:
    # As Textual writes them: in the order of the alphabet.
    return sorted(held)


def _base_name(base: str) -> str | None:
    if len(base) == 1:
        return _character_name(base)
    name = base.lower()
    if name in _NAMED:
        return name
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return name if name in KEY_NAME_REPLACEMENTS.values() else None
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _character_name(character: str) -> str | None:
    if character == " ":
        return "space"
    if character.isalnum():
        return character
    if not character.isprintable():
        return None
    try:
        name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    except ValueError:
        return None
    return KEY_NAME_REPLACEMENTS.get(name, name)
