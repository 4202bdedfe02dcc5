"""`codeact keys`: providers' keys in the system's keyring. A key is read from the terminal or from standard input."""

import getpass
import os
import re
import sys
from collections.abc import Mapping, Sequence

from codeact_tui.cli.printing import clean_line, columns, print_json, say, terminal_width
from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.errors import CodeActError
from codeact_tui.model.catalog import PROVIDERS
from codeact_tui.model.in_keyring import KeyringUnusable, forget_key, key_from_keyring, store_key
from codeact_tui.paths import kept_keys_path

__all__ = ["list_keys", "remove_key", "set_key"]

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_KEY_CHARS = 10_000
_KEY_CHARS_MIN = 8


def set_key(which: str) -> None:
    """Ask for a key, unseen, and put it into the keyring.

    Args:
        which: A provider, as models' names begin with it, or the name of an environment variable.

    Raises:
        CodeActError: It is no key, or the keyring does not take it.
    """
    name = _name(which)
    key = _read_key(name)
    store_key(name, key)
    KeptKeys(kept_keys_path()).add(name)
    say(f"{name} is in the keyring. `codeact keys remove {which.lower()}` takes it out.")
    if os.environ.get(name, "").strip():
        say(f"{name} is set in the environment too, and that one is used.")


def remove_key(which: str) -> None:
    """Take a key out of the keyring.

    Raises:
        CodeActError: It is not there, or can't be removed.
    """
    name = _name(which)
    there = forget_key(name)
    KeptKeys(kept_keys_path()).remove(name)
    if not there:
        raise CodeActError(f"{name} is not in the keyring.", remedy="`codeact keys list` shows what is.")
    say(f"{name} is no longer in the keyring.")


def list_keys(environment: Mapping[str, str], *, as_json: bool) -> None:
    """Print which keys there are, and where; never what they are.

    Raises:
        CodeActError: The keyring can't be asked, after all that is known without it.
    """
    found, trouble = _in_keyring(KeptKeys(kept_keys_path()).names())
    known = [name for provider in PROVIDERS for name in provider.keys]
    found += [(name, "environment") for name in known if environment.get(name, "").strip()]
    if as_json:
        print_json([{"name": name, "where": where} for name, where in found])
    for line in columns(
        [[clean_line(name), where] for name, where in ([] if as_json else found)], width=terminal_width()
    ):
        say(line)
    if not found and not as_json:
        say("There are none. `codeact keys set openai` puts one into the keyring.")
    if trouble is not None:
        raise trouble


def _in_keyring(names: Sequence[str]) -> tuple[list[tuple[str, str]], KeyringUnusable | None]:
    """Look whether they are still there; once the keyring can't be asked, it is not asked again."""
    found: list[tuple[str, str]] = []
    trouble: KeyringUnusable | None = None
    for name in names:
        where = f"keyring, which {trouble.reason}" if trouble is not None else ""
        try:
            where = where or ("keyring" if key_from_keyring(name) else "keyring, gone from it")
        except KeyringUnusable as error:
            trouble, where = error, f"keyring, which {error.reason}"
        found.append((name, where))
    return found, trouble


def _name(which: str) -> str:
    lowered = which.lower()
    found = next((provider.keys[0] for provider in PROVIDERS if provider.prefix == lowered), which)
    if _NAME.fullmatch(found) is None:
        providers = ", ".join(provider.prefix for provider in PROVIDERS)
        raise CodeActError(
            f"{clean_line(which[:60])} is no provider, and no name of an environment variable.",
            remedy=f"Name one of {providers}; or a variable, as MY_SERVER_KEY.",
        )
    return found


def _read_key(name: str) -> str:
    """Read a key where nobody sees it: it is no argument, as those can be seen by every program."""
    if sys.stdin.isatty():
        try:
            text = getpass.getpass(f"{name}: ")
        except EOFError:
            text = ""
    else:
        text = sys.stdin.readline(_KEY_CHARS + 2)
    key = text.strip()
    if not _KEY_CHARS_MIN <= len(key) <= _KEY_CHARS or not key.isprintable() or " " in key:
        raise CodeActError("That is no key.", remedy="Paste it as the provider shows it, in one line.")
    return key
