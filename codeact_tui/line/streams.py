"""Writing to a stream that may lack characters, and may be gone."""

import contextlib
import os
from typing import TextIO

__all__ = ["is_terminal", "let_go", "write_text"]


def is_terminal(stream: TextIO) -> bool:
    """Say whether a stream is a terminal."""
    with contextlib.suppress(ValueError, OSError, AttributeError):
        return stream.isatty() and os.isatty(stream.fileno())
    return False


def write_text(stream: TextIO, text: str) -> bool:
    """Write and flush, `?` for what the stream's encoding lacks; False when nobody reads any more."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except (OSError, ValueError):  # the pipe's reader, the terminal or the stream itself is gone
        let_go(stream)
        return False
    return True


def let_go(stream: TextIO) -> None:
    """Point a dead stream at nothing, so that what is still in its buffer troubles nobody later."""
    with contextlib.suppress(OSError, ValueError):
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, stream.fileno())
        finally:
            os.close(sink)
