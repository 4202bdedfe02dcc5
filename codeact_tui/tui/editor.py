"""The user's own editor, in the place of the screen."""

import asyncio
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["edit_outside", "editor_command"]

_BYTES_MAX = 4_000_000


def editor_command(setting: str, environ: Mapping[str, str]) -> list[str] | None:
    """Give the editor's command line: the setting, `$VISUAL`, `$EDITOR`, nano, vi; None when there is none."""
    for words in (setting, environ.get("VISUAL", ""), environ.get("EDITOR", "")):
        if words.strip():
            return shlex.split(words)
    return next(([name] for name in ("nano", "vi") if shutil.which(name)), None)


async def edit_outside(screen: "MainScreen", text: str, suffix: str) -> str:
    """Let the user edit text in their editor; give it back as they left it, or as it was when that failed."""
    command = editor_command(screen.interface.editor, os.environ)
    if command is None:
        screen.chrome.say("No editor was found. Set $EDITOR, or editor in the settings.", "warning")
        return text
    app = app_of(screen)
    path = await asyncio.to_thread(_write, text, suffix)
    try:
        # Nothing may be drawn over the editor; what comes meanwhile is drawn afterwards.
        with app.batch_update(), app.suspend():
            code = await _run([*command, str(path)])
        if code:
            screen.chrome.say(f"{command[0]} ended with code {code}; nothing was taken over.", "warning")
            return text
        return await asyncio.to_thread(_read, path)
    except SuspendNotSupported:
        screen.chrome.say("This terminal can't be handed to an editor.", "warning")
    except (OSError, UnicodeDecodeError) as error:
        screen.chrome.say(f"{command[0]} could not be used: {error}. Set $EDITOR to another.", "warning")
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        app.refresh(repaint=True, layout=True)
    return text


async def _run(command: list[str]) -> int:
    """Run the editor on the terminal. Ctrl+C there is its own affair."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        process = await asyncio.create_subprocess_exec(*command)
        return await process.wait()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _write(text: str, suffix: str) -> Path:
    handle, name = tempfile.mkstemp(prefix="codeact-", suffix=suffix)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return Path(name)


def _read(path: Path) -> str:
    if path.stat().st_size > _BYTES_MAX:
        raise OSError("the file is too large")
    return path.read_text(encoding="utf-8").removesuffix("\n")
