"""The system's own clipboard, beside the terminal's (OSC 52, which many terminals do not take)."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping

__all__ = ["clipboard_command", "copy_outside"]

_SECONDS = 2.0


def clipboard_command(environ: Mapping[str, str]) -> list[str] | None:
    """Give the program that takes text for the clipboard on its standard input; None where there is none."""
    candidates: list[list[str]] = []
    if sys.platform == "darwin":
        candidates.append(["pbcopy"])
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(["wl-copy"])
    if environ.get("DISPLAY"):
        candidates += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    if environ.get("WSL_DISTRO_NAME"):
        candidates.append(["clip.exe"])
    return next((words for words in candidates if shutil.which(words[0])), None)


async def copy_outside(text: str) -> bool:
    """Hand text to the system's clipboard; say whether that was possible."""
    words = clipboard_command(os.environ)
    if words is None:
        return False
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_SECONDS):
            await process.communicate(text.encode("utf-8", "replace"))
    except (OSError, TimeoutError):
        if process is not None and process.returncode is None:
            process.kill()
        return False
    return process.returncode == 0
