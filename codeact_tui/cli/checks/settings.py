"""The settings files: found, valid, trusted."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.files import from_file, read_file, shown_path
from codeact_tui.config.loading import load, read_project, user_config_path
from codeact_tui.config.project import ProjectFile, project_errors
from codeact_tui.config.schema import Config
from codeact_tui.config.sources import Layer, errors_in
from codeact_tui.errors import ConfigError
from codeact_tui.wiring import key_errors

__all__ = ["SettingsCheck", "check_settings"]


class SettingsCheck(Struct, frozen=True):
    """The settings as far as they can be used, and what was found on the way."""

    config: Config
    findings: tuple[Finding, ...]


def check_settings(folder: Path) -> SettingsCheck:
    """Look at every place that settings come from; with an error in one, go on with the defaults."""
    findings = [*_user(), *_project(folder)]
    try:
        loaded = load(folder)
        findings += map(_refused, key_errors(loaded))
        return SettingsCheck(loaded.config, tuple(findings))
    except ConfigError as error:
        if all(finding.sign != "missing" for finding in findings):
            findings.append(_refused(error))
        return SettingsCheck(Config(), tuple(findings))


def _user() -> Iterator[Finding]:
    path = user_config_path()
    try:
        data = read_file(path)
        if data is None:
            yield Finding(
                "settings", "ok", f"none of your own ({shown_path(path)})", "`codeact config init` writes one."
            )
            return
        errors = _errors(data, path, "user")
    except ConfigError as error:
        errors = [error]
    yield from map(_refused, errors)
    if not errors:
        yield Finding("settings", "ok", shown_path(path))


def _project(folder: Path) -> Iterator[Finding]:
    try:
        project = read_project(folder)
        if project is None:
            return
        errors = _project_errors(project)
    except ConfigError as error:
        yield _refused(error)
        return
    name = shown_path(project.path)
    if project.state != "trusted":
        remedy = "`codeact config trust` shows it and asks."
        yield Finding("settings", "warning", f"{name} is left out: not trusted", remedy)
    yield from (_refused(error, needed=project.state == "trusted") for error in errors)
    if project.state == "trusted" and not errors:
        yield Finding("settings", "ok", f"{name}, trusted")


def _project_errors(project: ProjectFile) -> list[ConfigError]:
    try:
        source = from_file(project.data, project.path, "project")
    except ConfigError as error:
        return [error]
    return [*project_errors(source), *errors_in(source)]


def _errors(data: bytes, path: Path, layer: Layer) -> list[ConfigError]:
    return list(errors_in(from_file(data, path, layer)))


def _refused(error: ConfigError, *, needed: bool = True) -> Finding:
    return Finding("settings", "missing" if needed else "warning", error.message, error.remedy)
