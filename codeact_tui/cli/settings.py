"""`codeact config`: show, init, path, trust."""

import os
from pathlib import Path

import msgspec

from codeact_tui.cli.chat import is_terminal, project_folder
from codeact_tui.cli.printing import clean_line, print_json, say, styled
from codeact_tui.cli.trusting import ask, show_project, usable
from codeact_tui.config.files import shown_path
from codeact_tui.config.keys import dotted, leaves, toml_text
from codeact_tui.config.loading import Loaded, Origin, load, read_project, trust_book, user_config_path
from codeact_tui.config.project import ProjectFile
from codeact_tui.config.resources import example_config_text, theme_dirs
from codeact_tui.errors import CodeActError, ConfigError
from codeact_tui.paths import cache_dir, ensure_private, log_dir, store_path
from codeact_tui.wiring import key_errors

__all__ = ["revoke_trust", "show_paths", "show_settings", "trust_project", "write_example"]


def show_settings(folder: Path | None, *, as_json: bool) -> None:
    """Print every setting in force, and where it came from.

    Raises:
        ConfigError: A setting can't be used.
    """
    loaded = load(project_folder(folder))
    for error in key_errors(loaded):
        raise error
    settings = [(key, value, loaded.origin(dotted(key))) for key, value in _settings_in_force(loaded)]
    if as_json:
        print_json({dotted(key): _as_json(value, origin) for key, value, origin in settings})
        return
    width = max(len(_assignment(key, value)) for key, value, _ in settings if len(_assignment(key, value)) < 60)
    for key, value, origin in settings:
        line = _assignment(key, value).ljust(width)
        say(f"{line}  {styled(f'# {clean_line(origin.place) or origin.layer}', 'dim')}")
    if loaded.project is not None and loaded.project.state != "trusted":
        say(f"\n# {clean_line(shown_path(loaded.project.path))} is left out: not trusted. `codeact config trust` asks.")


def write_example() -> None:
    """Write the user's `config.toml`; one that is there is never touched.

    Raises:
        ConfigError: It is there, or can't be written.
    """
    path = user_config_path()
    try:
        ensure_private(path.parent)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(example_config_text())
    except FileExistsError as error:
        raise ConfigError(f"{shown_path(path)} is there already, and stays as it is.", remedy="Edit it.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"{shown_path(path)} can't be written: {reason}.", remedy="Make its folder writable, or set CODEACT_HOME."
        ) from error
    say(f"Wrote {path}: every setting with its default. Take the # before a name away to set it.")


def show_paths(folder: Path | None) -> None:
    """Print where things are kept."""
    project = read_project(project_folder(folder))
    rows = [
        ("settings", str(user_config_path()), "" if user_config_path().exists() else "not there"),
        ("project", str(project.path) if project else ".codeact/config.toml", _state(project)),
        ("themes", str(theme_dirs()[0]), "" if theme_dirs()[0].is_dir() else "not there"),
        ("sessions", str(store_path()), "" if store_path().exists() else "not there"),
        ("log", str(log_dir() / "codeact.log"), "" if (log_dir() / "codeact.log").exists() else "not there"),
        ("cache", str(cache_dir()), "" if cache_dir().is_dir() else "not there"),
    ]
    for name, path, note in rows:
        say(f"{name:<9} {clean_line(path)}" + (styled(f"  ({note})", "dim") if note else ""))


def trust_project(folder: Path | None, *, yes: bool) -> None:
    """Show a project's settings and ask whether they may count.

    Raises:
        ConfigError: There are none, or they could not be used anyway.
        CodeActError: There is nobody to ask.
    """
    project = _project(folder)
    name = clean_line(shown_path(project.path))
    usable(project)
    show_project(project)
    if not yes and not is_terminal():
        raise CodeActError("There is no terminal to ask on.", remedy="Read the file, then: codeact config trust --yes.")
    trusted = yes or ask("Use these settings in this folder?")
    trust_book().decide(project.folder, project.sha256, trusted=trusted)
    say(f"{name} counts from now on, until it changes." if trusted else f"{name} is left out.")


def revoke_trust(folder: Path | None) -> None:
    """Forget what was decided about a project's settings.

    Raises:
        ConfigError: The project has none.
    """
    project = _project(folder)
    name = clean_line(shown_path(project.path))
    forgotten = trust_book().forget(project.folder)
    say(f"{name} no longer counts." if forgotten else f"Nothing was decided about {name}.")


def _project(folder: Path | None) -> ProjectFile:
    where = project_folder(folder)
    project = read_project(where)
    if project is None:
        raise ConfigError(
            f"There is no .codeact/config.toml for {shown_path(where)}.",
            remedy="A project's settings lie in its own folder, or at the root of its Git repository.",
        )
    return project


def _settings_in_force(loaded: Loaded) -> list[tuple[tuple[str, ...], object]]:
    """Give all settings; of the ones for a single model, those that are set."""
    every = leaves(msgspec.to_builtins(loaded.config))
    return [(key, value) for key, value in every if value is not None]


def _assignment(key: tuple[str, ...], value: object) -> str:
    return f"{dotted(key)} = {toml_text(value)}"


def _as_json(value: object, origin: Origin) -> dict[str, object]:
    return {"value": value, "layer": origin.layer, "place": origin.place}


def _state(project: ProjectFile | None) -> str:
    if project is None:
        return "none here"
    return {"trusted": "trusted", "declined": "left out", "unknown": "not trusted"}[project.state]
