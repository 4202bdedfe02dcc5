"""`codeact chat`: from flags to the one front end that is needed. Nothing heavy is imported before that."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from codeact_tui.config.loading import load
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.sources import Flag
from codeact_tui.errors import CodeActError

__all__ = ["ChatFlags", "chat_options", "in_browser", "is_terminal", "project_folder", "start_chat"]


class ChatFlags(Struct, frozen=True):
    """What was typed after `codeact chat`; None where a flag was not given."""

    prompt: str = ""
    latest: bool = False
    part: str | None = None
    pick: bool = False
    model: str | None = None
    python: str | None = None
    approve: str | None = None
    sandbox: str | None = None
    theme: str | None = None
    folder: Path | None = None
    line: bool = False
    look: bool = False
    read_only: bool = False
    fork: str | None = None


def start_chat(flags: ChatFlags) -> int:
    """Open the chat and stay until it is closed.

    Raises:
        CodeActError: The settings, the folder or the session can't be used.
    """
    options = chat_options(flags, screen=_can_draw_a_screen(), interactive=is_terminal())
    from codeact_tui.wiring import run_chat

    return run_chat(options) or 0


def chat_options(flags: ChatFlags, *, screen: bool, interactive: bool, further: Sequence[Flag] = ()) -> ChatOptions:
    """Turn flags into what the wiring takes.

    Args:
        flags: From the command line.
        screen: The terminal can draw a screen.
        interactive: A person can be asked.
        further: Settings that no flag of the chat sets.

    Raises:
        CodeActError: The settings or the folder can't be used, or there is nobody to pick a session.
    """
    folder = project_folder(flags.folder)
    settings = [*_settings(flags), *further]
    loaded = load(folder, flags=settings)
    notice = ""
    if loaded.project is not None and loaded.project.state == "unknown":
        from codeact_tui.cli.trusting import ask_about_project

        notice = ask_about_project(loaded.project, interactive=interactive)
        loaded = load(folder, flags=settings)
    if flags.pick and not (interactive or screen):
        raise CodeActError(
            "There is no terminal to pick a session on.", remedy="Name it: codeact chat --resume PART-OF-ITS-ID."
        )
    part, cell = (flags.part or "", 0) if flags.fork is None else _place(flags.fork)
    return ChatOptions(
        loaded=loaded,
        folder=folder,
        prompt=flags.prompt,
        latest=flags.latest,
        part=part,
        fork=flags.fork is not None,
        fork_cell=cell,
        pick=flags.pick,
        look=flags.look,
        line=flags.line or not screen,
        notices=(notice,) if notice else (),
    )


def _place(text: str) -> tuple[str, int]:
    """Read `PART` or `PART@CELL`.

    Raises:
        CodeActError: What follows the last @ is no cell's number.
    """
    part, at, number = text.rpartition("@")
    if not at:
        return text, 0
    digits = number.strip("[]")
    if not (part and digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise CodeActError(f"“{text}” names no cell to fork at.", remedy="Write PART or PART@3: before cell 3.")
    return part, int(digits)


def project_folder(given: Path | None) -> Path:
    """Give the folder of the work, absolute and without symbolic links.

    Raises:
        CodeActError: There is no such folder.
    """
    try:
        folder = (Path.cwd() if given is None else given.expanduser()).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        which = "The folder you are in" if given is None else f"The folder {given}"
        raise CodeActError(f"{which} is not there.", remedy="Go to the project's folder first.") from error
    if not folder.is_dir():
        raise CodeActError(f"{folder} is no folder.", remedy="Give the project's folder.")
    return folder


def is_terminal() -> bool:
    """Say whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def in_browser(environ: Mapping[str, str]) -> bool:
    """Say whether a browser is the terminal, as `codeact serve --web` arranges it: then pipes lead there."""
    return environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def _can_draw_a_screen() -> bool:
    """Say whether a full screen can be drawn: it is drawn on stderr, so that has to be a terminal too."""
    if in_browser(os.environ):
        return True
    dumb = sys.platform != "win32" and os.environ.get("TERM", "") in {"", "dumb"}
    return is_terminal() and sys.stderr.isatty() and not dumb


def _settings(flags: ChatFlags) -> list[Flag]:
    given = [
        Flag("--model", ("model", "name"), flags.model),
        Flag("--python", ("kernel", "python"), flags.python),
        Flag("--approve", ("session", "policy"), flags.approve),
        Flag("--sandbox", ("sandbox", "mode"), flags.sandbox),
        Flag("--theme", ("interface", "theme"), flags.theme),
        Flag("--read-only", ("sandbox", "workspace"), "read_only" if flags.read_only else None),
    ]
    return [flag for flag in given if flag.value is not None]
