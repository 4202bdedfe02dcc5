"""`codeact models`: what can be used now."""

import asyncio
import os
from pathlib import Path

from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.printing import clean_line, columns, print_json, say, styled, terminal_width
from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.config.loading import Loaded, load
from codeact_tui.model.catalog import UsableModel, usable_models
from codeact_tui.paths import kept_keys_path

__all__ = ["list_models"]


def list_models(folder: Path | None, *, as_json: bool) -> None:
    """Print the models that can be used now, the chosen one marked, and what makes each usable.

    Raises:
        ConfigError: A setting can't be used.
    """
    loaded = load(project_folder(folder))
    chosen = loaded.config.model.name or "demo"
    models = _with_configured(asyncio.run(usable_models(os.environ, KeptKeys(kept_keys_path()).names())), loaded)
    if as_json:
        print_json([{"name": model.name, "why": model.why, "chosen": model.name == chosen} for model in models])
        return
    rows = [["*" if model.name == chosen else " ", clean_line(model.name), clean_line(model.why)] for model in models]
    for line in columns(rows, width=terminal_width()):
        say(styled(line, "bold") if line.startswith("*") else line)
    say()
    say("* is asked by `codeact chat`. For another: --model NAME, /model in the chat, or model.name in config.toml.")


def _with_configured(models: list[UsableModel], loaded: Loaded) -> list[UsableModel]:
    """Add the models that the settings name and that were not found by themselves."""
    found = {model.name for model in models}
    config = loaded.config
    added = [UsableModel(name, "has settings of its own") for name in config.models if name not in found]
    if config.model.name and config.model.name not in found | set(config.models):
        place = loaded.origin("model.name").place or "the settings"
        added.insert(0, UsableModel(config.model.name, f"chosen by {place}"))
    return [*added, *models]
