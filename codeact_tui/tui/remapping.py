"""The user's own keys: read from the settings, checked against the registry. Pure."""

from collections.abc import Callable, Iterable, Mapping

from codeact_tui.errors import ConfigError
from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.key_names import TYPED_KEYS, key_name, nearest_key_name, printable
from codeact_tui.tui.overlaps import can_hold
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.situation import Situation

__all__ = ["key_errors", "remapped"]

Subject = Callable[[str], str]
"""Names a setting where it stands: `~/.config/codeact/config.toml:3: keys.send`."""

_NEEDED = frozenset({"send"})
"""Nothing else does these."""


def remapped(registry: Registry, settings: Mapping[str, str], subject: Subject) -> Registry:
    """Give the registry with the user's keys.

    Args:
        registry: With the keys that codeact ships.
        settings: Action id to keys, with commas between; an empty text takes the keys away.
        subject: Names a setting where it stands, for messages.

    Raises:
        ConfigError: The first thing that is wrong: where it stands, what it is, and what would be right.
    """
    for error in key_errors(registry, settings, subject):
        raise error
    return _with_settings(registry, settings)


def key_errors(registry: Registry, settings: Mapping[str, str], subject: Subject) -> list[ConfigError]:
    """Say of each setting of `[keys]` that can't be used where it stands, what is wrong, and what would be right."""
    errors = [error for name, text in settings.items() for error in _own_errors(registry, name, text, subject)]
    return errors or _conflicts(_with_settings(registry, settings), registry, settings, subject)


def _with_settings(registry: Registry, settings: Mapping[str, str]) -> Registry:
    return registry.with_keys(
        {name: tuple(filter(None, map(key_name, _split(text)))) for name, text in settings.items()}
    )


def _split(text: str) -> list[str]:
    """Give the keys of a setting; a comma alone between commas, or at an end, is no key: it is called `comma`."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _own_errors(registry: Registry, name: str, text: str, subject: Subject) -> Iterable[ConfigError]:
    """Look at one setting by itself."""
    action = registry.by_id.get(name)
    if action is None:
        yield ConfigError(f"{subject(name)} is no action.", remedy=_instead(registry, name))
        return
    if not _split(text) and name in _NEEDED:
        yield ConfigError(f"{subject(name)} needs a key: nothing else does it.", remedy="Give one, such as enter.")
    for written in _split(text):
        key = key_name(written)
        shown = written[:40]
        if key is None:
            near = nearest_key_name(written)
            remedy = f"Did you mean {near}?" if near else "Keys are written like y, f5, ctrl+k or alt+enter."
            yield ConfigError(f'{subject(name)}: no terminal sends a key "{shown}".', remedy=remedy)
        elif (printable(key) or key in TYPED_KEYS) and _only_typing(action):
            yield ConfigError(
                f"{subject(name)}: {shown} is typed text where this applies.",
                remedy="Take a key with ctrl or alt, or a function key.",
            )
        elif key in TYPED_KEYS and not printable(key) and can_hold(action.applies, lambda now: now.typing):
            yield ConfigError(
                f"{subject(name)}: {shown} is needed where text is typed.",
                remedy="Take a key with ctrl or alt, or a function key.",
            )


def _instead(registry: Registry, name: str) -> str:
    import difflib

    found = difflib.get_close_matches(name, list(registry.by_id), n=1, cutoff=0.6)
    return f"Did you mean keys.{found[0]}?" if found else "docs/keys.md lists the actions, and so does F1."


def _only_typing(action: Action) -> bool:
    return not action.answer and not can_hold(action.applies, lambda now: not now.typing)


def _conflicts(
    changed: Registry, shipped: Registry, settings: Mapping[str, str], subject: Subject
) -> list[ConfigError]:
    """Find keys that now stand for two things at once; what is shipped so is meant so."""
    errors: list[ConfigError] = []
    for name in settings:
        action = changed.by_id[name]
        for key in action.keys:
            others = [each for each in changed.for_key(key) if each.id != name]
            rival = next((each for each in others if _clash(action, each, key, shipped)), None)
            if rival is not None and not (
                rival.id in settings and list(settings).index(rival.id) > _at(settings, name)
            ):
                errors.append(_conflict(subject(name), key, rival))
    return errors


def _at(settings: Mapping[str, str], name: str) -> int:
    return list(settings).index(name)


def _clash(one: Action, other: Action, key: str, shipped: Registry) -> bool:
    if key in shipped.by_id[one.id].keys and key in shipped.by_id[other.id].keys:
        return False
    return can_hold(_condition(one), _condition(other), *_not_typed(key))


def _condition(action: Action) -> Callable[[Situation], bool]:
    if action.answer:
        return lambda now: action.applies(now) and now.answerable
    return action.applies


def _not_typed(key: str) -> list[Callable[[Situation], bool]]:
    """A letter in a field is text, whatever it stands for elsewhere."""
    return [lambda now: not now.typing] if printable(key) else []


def _conflict(subject: str, key: str, rival: Action) -> ConfigError:
    label = key_label(key)
    return ConfigError(
        f"{subject}: {label} already means “{rival.title}” at the same time.",
        remedy=f'Take another key, or give that one another: {rival.id} = "…" in [keys].',
    )
