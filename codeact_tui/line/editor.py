"""Lets the user change code, or a prompt, in an editor of their own."""

import asyncio
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from codeact_tui.errors import CodeActError
from codeact_tui.line.base import Surface

__all__ = ["edit", "editor_command"]

_CODE_BYTES = 1 << 20
"""More than that is no cell."""


def editor_command(setting: str) -> list[str]:
    """Give the editor to start: the setting, else $VISUAL, $EDITOR, the first of nano and vi.

    Raises:
        CodeActError: None is set, and none of those is there.
    """
    for line in (setting, os.environ.get("VISUAL", ""), os.environ.get("EDITOR", "")):
        if line.strip():
            try:
                return shlex.split(line)
            except ValueError as error:
                raise CodeActError(f"The editor's command can't be read: {line}.", remedy="Set $EDITOR.") from error
    found = next((path for name in ("nano", "vi") if (path := shutil.which(name))), None)
    if found is None:
        raise CodeActError("There is no editor.", remedy="Set $EDITOR, or `editor` in the configuration's [interface].")
    return [found]


async def edit(surface: Surface, code: str, *, setting: str, name: str) -> str | None:
    """Open code in the user's editor and give it back as they left it; None when nothing was changed.

    Args:
        surface: Lends its terminal.
        code: What to edit.
        setting: The configured editor, or empty.
        name: Of the file.

    Raises:
        CodeActError: The editor could not be started, failed, or left something that is no text.
    """
    command = editor_command(setting)
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="codeact-")
    path = Path(folder) / name
    try:
        await asyncio.to_thread(path.write_bytes, code.encode("utf-8", "surrogatepass"))
        async with surface.aside():
            exit_code = await _run([*command, str(path)], stdin_is_ours=surface.scripted)
        if exit_code != 0:
            raise CodeActError(f"The editor ended with exit code {exit_code}; the code is as it was.")
        changed = await asyncio.to_thread(_read, path)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if changed.endswith("\n") and not code.endswith("\n"):
        changed = changed[:-1]
    return None if changed == code else changed


async def _run(argv: list[str], *, stdin_is_ours: bool) -> int:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL if stdin_is_ours else None
        )
    except OSError as error:
        raise CodeActError(
            f"The editor {argv[0]} could not be started: {error.strerror}.", remedy="Set $EDITOR."
        ) from error
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_CODE_BYTES + 1)
    except OSError as error:
        raise CodeActError("The editor left no file; the code is as it was.") from error
    if len(data) > _CODE_BYTES:
        raise CodeActError("That is longer than a cell may be (1 MiB); the code is as it was.")
    try:
        return data.decode("utf-8", "surrogatepass").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CodeActError("The editor left a file that is not UTF-8; the code is as it was.") from error
