"""From the content of Jupyter messages to the protocol's outputs: checked, made harmless, bounded. Pure.

Source: Jupyter messaging protocol 5.4, "Messages on the IOPub channel".
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct, field

from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    MimeBundle,
    Output,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.protocol.terminal_text import ControlStripper, strip_controls

__all__ = ["OUTPUT_KINDS", "OutputReader"]

PIECE_CHARS = 1 << 16
_TEXT_BYTES = 4 << 20
_PLAIN_CHARS = 1 << 18
_TRACEBACK_CHARS = 1 << 18
_LINES = 500
_LINE_CHARS = 1 << 15
_NAME_CHARS = 200
_REASON_CHARS = 10_000
_MIME_TYPES = 32
_METADATA_BYTES = 1 << 16
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,127}(?:;[ A-Za-z0-9=._-]{1,64})?")

_Count = Annotated[int, Meta(ge=0, le=1 << 31)] | None


class _Stream(Struct):
    name: Literal["stdout", "stderr"]
    text: str


class _Transient(Struct):
    display_id: Annotated[str, Meta(max_length=200)] | None = None


class _Display(Struct):
    data: dict[str, Raw]
    metadata: dict[str, Raw] = {}
    transient: _Transient = field(default_factory=_Transient)
    execution_count: _Count = None


class _Clear(Struct):
    wait: bool = False


class _Error(Struct):
    ename: str = ""
    evalue: str = ""
    traceback: list[str] = []


_decoders = {
    "stream": msgspec.json.Decoder(_Stream),
    "display_data": msgspec.json.Decoder(_Display),
    "update_display_data": msgspec.json.Decoder(_Display),
    "execute_result": msgspec.json.Decoder(_Display),
    "clear_output": msgspec.json.Decoder(_Clear),
    "error": msgspec.json.Decoder(_Error),
}

OUTPUT_KINDS = frozenset(_decoders)
"""The message types that hold an output."""

_string_decoder = msgspec.json.Decoder(str)
_strings_decoder = msgspec.json.Decoder(list[str])


class OutputReader:
    """Reads the outputs of one cell, in their order.

    Args:
        display_bytes: The largest MIME bundle that is kept.
    """

    def __init__(self, display_bytes: int) -> None:
        self._display_bytes = display_bytes
        self._strippers = {name: ControlStripper(moves=True) for name in ("stdout", "stderr")}

    def read(self, kind: str, content: bytes) -> Iterator[Output]:
        """Give the outputs that a message holds: none, one, or a long text in pieces.

        Raises:
            msgspec.DecodeError: The content is not what that kind of message holds.
        """
        limit = _TEXT_BYTES if kind in {"stream", "error"} else 2 * self._display_bytes + _METADATA_BYTES
        if len(content) > limit:
            yield from self._too_large(kind, len(content))
            return
        match _decoders[kind].decode(content):
            case _Stream(name, text):
                text = self._strippers[name].feed(text)
                for start in range(0, len(text), PIECE_CHARS):
                    yield StreamOutput(name, text[start : start + PIECE_CHARS])
            case _Display() as display:
                yield from self._display(kind, display)
            case _Clear(wait):
                yield ClearOutput(wait)
            case _Error() as error:
                yield _error(error)

    def _display(self, kind: str, display: _Display) -> Iterator[Output]:
        data, metadata = _bundle(display.data, self._display_bytes), _metadata(display.metadata)
        display_id = display.transient.display_id
        if kind == "execute_result":
            yield ExecuteResult(data, metadata, display.execution_count)
        elif kind == "display_data":
            yield DisplayData(data, metadata, display_id)
        elif display_id:
            yield UpdateDisplay(display_id, data, metadata)

    def _too_large(self, kind: str, size: int) -> Iterator[Output]:
        if kind == "stream":
            yield StreamOutput("stderr", f"\n[{_megabytes(size)} of output in one piece left out]\n")
        elif kind == "execute_result":
            yield ExecuteResult({"text/plain": _left_out("A result", size, self._display_bytes)})
        elif kind == "display_data":
            yield DisplayData({"text/plain": _left_out("A display", size, self._display_bytes)})
        elif kind == "error":
            yield ErrorOutput("Error", f"its traceback of {_megabytes(size)} was left out")


def _bundle(data: dict[str, Raw], limit_bytes: int) -> MimeBundle:
    """Make every value a string; what is too large gives way to a sentence."""
    kept: MimeBundle = {}
    left_out: list[str] = []
    room = limit_bytes
    for mime in sorted(data, key=lambda name: len(memoryview(data[name])))[:_MIME_TYPES]:
        size = len(memoryview(data[mime]))
        if not _MIME.fullmatch(mime):
            continue
        if size > room:
            left_out.append(_left_out(mime, size, limit_bytes))
            continue
        room -= size
        kept[mime] = _text(mime, data[mime])
    if left_out:
        kept["text/plain"] = "\n".join([*left_out, *filter(None, [kept.get("text/plain")])])
    return kept


def _text(mime: str, raw: Raw) -> str:
    text = bytes(raw).decode("utf-8", "replace")
    if text.startswith('"'):
        text = _string_decoder.decode(raw)
    elif text.startswith("[") and not _is_json(mime):
        text = "".join(_strings_decoder.decode(raw))
    if mime == "text/plain":
        text = _shortened(text, _PLAIN_CHARS)
    return strip_controls(text) if mime.startswith("text/") else text


def _is_json(mime: str) -> bool:
    return mime == "application/json" or mime.endswith("+json")


def _metadata(metadata: dict[str, Raw]) -> dict[str, str]:
    if sum(len(memoryview(value)) for value in metadata.values()) > _METADATA_BYTES:
        return {}
    return {name[:_NAME_CHARS]: _text(name, value) for name, value in metadata.items()}


def _error(error: _Error) -> ErrorOutput:
    lines = error.traceback
    if len(lines) > _LINES:
        half = _LINES // 2
        lines = [*lines[:half], f"[… {len(lines) - _LINES:,} lines left out …]", *lines[-half:]]
    room = _TRACEBACK_CHARS
    kept: list[str] = []
    for line in lines:
        shown = _shortened(line, min(_LINE_CHARS, room))
        kept.append(strip_controls(shown))
        room -= min(len(shown), room)
    return ErrorOutput(
        strip_controls(error.ename[:_NAME_CHARS]) or "Error",
        strip_controls(_shortened(error.evalue, _REASON_CHARS)),
        tuple(kept),
    )


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail]}\n[… {len(text) - limit:,} characters left out …]\n{text[len(text) - tail :]}"


def _left_out(what: str, size: int, limit_bytes: int) -> str:
    return f"[{what} of {_megabytes(size)} was left out: more than the {_megabytes(limit_bytes)} that are kept.]"


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
