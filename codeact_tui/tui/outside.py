"""What a cell has put out, for programs outside the terminal: pictures, pages and data, written to the user's files."""

import asyncio
import base64
import binascii
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from msgspec import Struct

from codeact_tui.paths import ensure_private
from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.session.outputs import DisplayBlock, OutputLog
from codeact_tui.tui.rendering.chart import CHART_TYPES
from codeact_tui.tui.rendering.images import describe_image

__all__ = ["Thing", "keep", "open_file", "opener", "things"]

_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
}
_KEPT_S = 24 * 3600
_OPENING_S = 5.0
_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100%; display: block; background: #fff }}
</style>
<iframe sandbox="allow-scripts allow-downloads" srcdoc="{source}"></iframe>
"""
"""What a cell wrote runs in a frame with an origin of its own: it reads no files and no pages of the user's."""


class Thing(Struct, frozen=True):
    """Something that another program shows better than a terminal."""

    name: str
    """For a list to choose from: `image 640×480 PNG, 23 kB`."""
    suffix: str
    content: bytes


def things(log: OutputLog) -> list[Thing]:
    """Give what there is to open of a cell's output, in its order: pictures, pages, charts."""
    found = [_thing(block.data) for block in log.blocks if isinstance(block, DisplayBlock)]
    return [thing for thing in found if thing is not None]


def _thing(data: Mapping[str, str]) -> Thing | None:
    """Give the best form of a bundle for another program."""
    if "text/html" in data and (any(map(CHART_TYPES.fullmatch, data)) or not _pictures(data)):
        page = _PAGE.format(title="codeact", source=escape(data["text/html"]))
        return Thing(f"page, {human_bytes(len(data['text/html']))}", ".html", page.encode("utf-8", "replace"))
    for mime in _pictures(data):
        if mime == "image/svg+xml":
            page = _PAGE.format(title="codeact", source=escape(data[mime]))
            return Thing(describe_image(mime, data[mime]), ".html", page.encode("utf-8", "replace"))
        try:
            content = base64.b64decode("".join(data[mime].split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        name = describe_image(mime, data[mime]) if mime.startswith("image/") else f"PDF, {human_bytes(len(content))}"
        return Thing(name, _SUFFIXES[mime], content)
    chart = next((mime for mime in data if CHART_TYPES.fullmatch(mime)), None)
    if chart is None:
        return None
    return Thing(f"chart as JSON, {human_bytes(len(data[chart]))}", ".json", data[chart].encode("utf-8", "replace"))


def _pictures(data: Mapping[str, str]) -> list[str]:
    return [mime for mime in _SUFFIXES if mime in data]


def keep(thing: Thing, folder: Path, stem: str) -> Path:
    """Write a thing to a file that only the user can read, and take away what was written a day ago.

    Args:
        thing: What is written.
        folder: Where; made if it is not there.
        stem: The file's name without its ending.

    Raises:
        OSError: It can't be written.
    """
    ensure_private(folder)
    for old in folder.iterdir():
        if time.time() - old.lstat().st_mtime > _KEPT_S:
            old.unlink(missing_ok=True)
    path = folder / f"{stem}{thing.suffix}"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(thing.content)
    return path


def opener(environ: Mapping[str, str]) -> Sequence[str] | None:
    """Give the program that opens a file as the desktop does; None where no desktop can be reached."""
    if sys.platform == "darwin":
        return None if environ.get("SSH_CONNECTION") else ("open",)
    words = ("wslview",) if environ.get("WSL_DISTRO_NAME") else ("xdg-open",)
    reachable = environ.get("WSL_DISTRO_NAME") or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return words if reachable and shutil.which(words[0]) else None


async def open_file(path: Path, words: Sequence[str]) -> bool:
    """Have a file opened; say whether that was possible.

    Args:
        path: The file.
        words: The program, as `opener` gives it.
    """
    silent = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *words, str(path), stdin=silent, stdout=silent, stderr=silent, start_new_session=True
        )
        async with asyncio.timeout(_OPENING_S):
            return await process.wait() == 0
    except TimeoutError:
        return True  # a viewer that stays, instead of one that was handed the file
    except OSError:
        return False
