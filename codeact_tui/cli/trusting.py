"""Asking whether a project's settings may count."""

from codeact_tui.cli.printing import bold, clean_line, say
from codeact_tui.config.files import from_file, shown_path
from codeact_tui.config.keys import dotted, leaves, toml_text
from codeact_tui.config.loading import trust_book
from codeact_tui.config.project import ProjectFile, project_errors
from codeact_tui.config.sources import errors_in
from codeact_tui.errors import ConfigError

__all__ = ["ask", "ask_about_project", "show_project", "usable"]

_SHOWN_SETTINGS = 60
_SHOWN_CHARS = 300


def ask_about_project(project: ProjectFile, *, interactive: bool) -> str:
    """Ask about a project's settings that the user has not decided about, and keep the answer.

    Returns:
        Why they do not count, as a sentence to show; empty when they do.
    """
    name = clean_line(shown_path(project.path))
    if not interactive:
        return f"{name} is left out: nobody has said that it is trusted. `codeact config trust` asks."
    try:
        usable(project)
    except ConfigError as error:
        return f"The project's settings are left out. {error.sentence}"
    show_project(project)
    trusted = ask("Use these settings in this folder?")
    trust_book().decide(project.folder, project.sha256, trusted=trusted)
    return "" if trusted else f"{name} is left out. `codeact config trust` asks again."


def usable(project: ProjectFile) -> None:
    """Refuse a project's settings that could not be used if they were trusted.

    Raises:
        ConfigError: They are no TOML, hold an error, or set what no project may.
    """
    source = from_file(project.data, project.path, "project")
    for error in (*project_errors(source), *errors_in(source)):
        raise error


def show_project(project: ProjectFile) -> None:
    """Print what a project's settings file sets: not its text, which could hide a setting among other things.

    Raises:
        ConfigError: It is no TOML.
    """
    settings = list(leaves(from_file(project.data, project.path, "project").values))
    say(f"This project brings settings of its own, {bold(clean_line(shown_path(project.path)))}:")
    say()
    for key, value in settings[:_SHOWN_SETTINGS]:
        say(f"    {dotted(key)} = {_shown(value)}")
    if len(settings) > _SHOWN_SETTINGS:
        say(f"    … and {len(settings) - _SHOWN_SETTINGS} more: read the file before you say yes.")
    if not settings:
        say("    (it sets nothing)")
    say()


def _shown(value: object) -> str:
    text = toml_text(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}… ({len(text)} characters)"


def ask(question: str) -> bool:
    """Ask on the terminal; anything but a yes is a no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        say()
        return False
