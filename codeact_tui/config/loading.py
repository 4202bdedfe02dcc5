"""All settings together: defaults, the user's file, the project's, the environment, flags. The nearest wins."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct

from codeact_tui.config.environment import from_environment
from codeact_tui.config.files import from_file, read_file
from codeact_tui.config.keys import Key, dotted, leaves
from codeact_tui.config.project import ProjectFile, check_project, read_project_file, settled_python
from codeact_tui.config.schema import Config
from codeact_tui.config.sources import Flag, Layer, Source, check, from_flags
from codeact_tui.config.trust import TrustBook
from codeact_tui.paths import config_dir, data_dir

__all__ = ["Loaded", "Origin", "load", "read_project", "trust_book", "user_config_path"]


class Origin(Struct, frozen=True):
    """Where a setting's value came from."""

    layer: Layer = "default"
    place: str = ""
    """`~/.config/codeact/config.toml:3`, `CODEACT_MODEL_NAME`, `--model`; empty for a default."""


class Loaded(Struct, frozen=True):
    """The settings in force, and where each came from."""

    config: Config
    origins: dict[str, Origin] = {}
    """By the setting's name (`model.name`); those that are not here have their default."""
    user_file: Path = Path()
    """It need not be there."""
    project: ProjectFile | None = None
    """The project's file; its settings count only where its state is "trusted"."""

    def origin(self, name: str) -> Origin:
        """Say where a setting's value came from, defaults included."""
        return self.origins.get(name, Origin())

    def subject(self, key: Key) -> str:
        """Name a setting where it stands, for a message about it."""
        origin = self.origin(dotted(key))
        return origin.place if origin.layer in {"environment", "flag"} else f"{origin.place}: {dotted(key)}"


def load(
    folder: Path, *, environ: Mapping[str, str] | None = None, flags: Sequence[Flag] = (), project: bool = True
) -> Loaded:
    """Read every place that settings come from, and check each by itself.

    Args:
        folder: Where the work is: a project's settings are looked for from here upwards.
        environ: The environment; None for the process's own.
        flags: What the command line sets.
        project: Look for a project's settings at all.

    Raises:
        ConfigError: A file is no TOML, or a setting is unknown or can't have this value.
    """
    user_file = user_config_path()
    found = read_project(folder) if project else None
    sources = [
        *_file_sources(user_file, found),
        from_environment(os.environ if environ is None else environ),
        from_flags(flags),
    ]
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for source in sources:
        if source.values:
            check(source)
            values = _merged(values, source.values)
            origins |= _origins(source)
    config = msgspec.convert(values, Config) if values else Config()
    return Loaded(config, origins, user_file, found)


def user_config_path() -> Path:
    """Give the user's settings file, whether it is there or not."""
    return config_dir() / "config.toml"


def trust_book() -> TrustBook:
    """Give the user's decisions about projects."""
    return TrustBook(data_dir() / "trusted-projects.json")


def read_project(folder: Path) -> ProjectFile | None:
    """Find a project's settings file and what the user decided about it.

    Raises:
        ConfigError: It can't be read.
    """
    found = read_project_file(folder.absolute().resolve())
    if found is None:
        return None
    return msgspec.structs.replace(found, state=trust_book().state(found.folder, found.sha256))


def _file_sources(user_file: Path, project: ProjectFile | None) -> list[Source]:
    data = read_file(user_file)
    sources = [from_file(data, user_file, "user")] if data is not None else []
    if project is not None and project.state == "trusted":
        source = from_file(project.data, project.path, "project")
        check_project(source)
        kernel = source.values.get("kernel")
        if isinstance(kernel, dict) and "python" in kernel:
            kernel["python"] = settled_python(cast("dict[str, object]", kernel)["python"], project.folder)
        sources.append(source)
    return sources


def _merged(far: Mapping[str, object], near: Mapping[str, object]) -> dict[str, object]:
    merged = dict(far)
    for name, value in near.items():
        below = merged.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[name] = _merged(cast("dict[str, object]", below), cast("dict[str, object]", value))
        else:
            merged[name] = value
    return merged


def _origins(source: Source) -> dict[str, Origin]:
    def origin(key: Key) -> Origin:
        return Origin(source.layer, source.place_of(key))

    return {dotted(key): origin(key) for key, _ in leaves(source.values)}
