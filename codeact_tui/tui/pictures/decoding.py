"""Has a picture decoded by the worker, within limits of time and memory."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from codeact_tui.tui.pictures.pixmaps import PIXMAP, BadPicture, Pixels, read_pixmap
from codeact_tui.tui.rendering.text import one_line

__all__ = ["BadPicture", "Pixels", "decode"]

_WORKER = Path(__file__).with_name("worker.py")
_TIMEOUT_S = 15.0
_SIDE_MAX = 2048
_WHY_CHARS = 200


async def decode(mime: str, data: str, *, side: int, worker: Path = _WORKER) -> Pixels:
    """Decode a picture.

    Args:
        mime: Its type, `image/…`.
        data: In base64; SVG as text.
        side: The longest side that is wanted, in pixels, at most 2,048.
        worker: The program that does it.

    Raises:
        BadPicture: It is none, or asks for too much; the message says what.
    """
    if mime == PIXMAP:
        return read_pixmap(data)
    asked = json.dumps({"mime": mime, "side": min(side, _SIDE_MAX)}).encode() + b"\n"
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(worker), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env={}
        )
    except OSError as error:
        raise BadPicture(f"The picture can't be drawn: no process can be started ({error.strerror}).") from error
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            answer, _ = await process.communicate(asked + data.encode("utf-8", "replace"))
    except TimeoutError as error:
        raise BadPicture("The picture can't be drawn: decoding it takes too long.") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return _read(answer)


def _read(answer: bytes) -> Pixels:
    head, _, rgb = answer.partition(b"\n")
    sizes = head.split()
    if len(sizes) == 2 and all(each.isdigit() for each in sizes):
        width, height = map(int, sizes)
        if 0 < width <= _SIDE_MAX and 0 < height <= _SIDE_MAX and len(rgb) == width * height * 3:
            return Pixels(width, height, rgb)
    why = answer[1:].decode("utf-8", "replace") if answer.startswith(b"!") else "it asks for too much time or memory"
    raise BadPicture(f"The picture can't be drawn: {one_line(why, _WHY_CHARS)}.")
