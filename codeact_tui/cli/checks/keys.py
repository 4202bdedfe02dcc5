"""Providers' keys: whether the keyring can be used, which it holds, and whether one stands in a settings file."""

import importlib.util
from pathlib import Path

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.config.loading import load
from codeact_tui.config.written_keys import REMEDY, written_keys
from codeact_tui.errors import ConfigError
from codeact_tui.paths import kept_keys_path

__all__ = ["check_keys"]


def check_keys(folder: Path) -> list[Finding]:
    """Look at names alone; the keyring itself is not asked, as it may want to be unlocked."""
    return [_keyring(), *_written(folder)]


def _keyring() -> Finding:
    if importlib.util.find_spec("keyring") is None:
        remedy = "pip install 'codeact-tui[keyring]', where keys should not stand in the environment."
        return Finding("keys", "ok", "the system's keyring is not used: the package keyring is not installed", remedy)
    names = KeptKeys(kept_keys_path()).names()
    if not names:
        return Finding("keys", "ok", "none in the system's keyring", "`codeact keys set openai` puts one there.")
    return Finding("keys", "ok", f"in the system's keyring: {', '.join(names)}")


def _written(folder: Path) -> list[Finding]:
    try:
        loaded = load(folder)
    except ConfigError:  # said with the settings
        return []
    return [Finding("keys", "warning", found, REMEDY) for found in written_keys(loaded)]
