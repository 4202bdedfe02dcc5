"""What the application and its litellm worker say to each other: length-prefixed msgpack over two pipes.

A frame is four bytes of length, most significant first, and one message.
"""

import struct

import msgspec
from msgspec import Struct

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelBadStream,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelStreamEnded,
    ModelUnavailable,
)
from codeact_tui.model.base import Delta, Request

__all__ = [
    "LONGEST_FRAME",
    "Ask",
    "Cancel",
    "Failed",
    "FromWorker",
    "Ping",
    "Pong",
    "Ready",
    "Said",
    "ToWorker",
    "body_size",
    "decode_from_worker",
    "decode_to_worker",
    "failed",
    "framed",
]

_LENGTH = struct.Struct(">I")
LONGEST_FRAME = 256 * 1024 * 1024
"""In bytes. Whatever claims to be longer is not ours."""

_KINDS: dict[str, type[ModelError]] = {
    kind.__name__: kind
    for kind in (ContextOverflow, ModelAuthFailed, ModelBadStream, ModelNotFound, ModelRefused, ModelStreamEnded)
}
_PATIENT: dict[str, type[ModelRateLimited | ModelUnavailable]] = {
    "ModelRateLimited": ModelRateLimited,
    "ModelUnavailable": ModelUnavailable,
}


class Ask(Struct, frozen=True, tag="ask"):
    """Ask a model. What the environment holds of keys does not travel: the worker finds it there, by name."""

    id: int
    model: str
    request: Request
    base_url: str = ""
    key_env: str = ""
    key: str = ""
    """One that is not in the environment."""


class Cancel(Struct, frozen=True, tag="cancel"):
    """Close the stream of a request; unknown ids are none."""

    id: int


class Ping(Struct, frozen=True, tag="ping"):
    """Say that you are there."""


class Ready(Struct, frozen=True, tag="ready"):
    """litellm is imported."""


class Said(Struct, frozen=True, tag="said"):
    """A delta of a reply; after `Finished` no more come."""

    id: int
    delta: Delta


class Failed(Struct, frozen=True, tag="failed"):
    """A request failed; no more comes of it."""

    id: int
    kind: str
    """The name of a class in `errors`."""
    message: str
    remedy: str = ""
    retry_after_s: float | None = None

    def error(self) -> ModelError:
        """Give the error to raise."""
        patient = _PATIENT.get(self.kind)
        if patient is not None:
            return patient(self.message, remedy=self.remedy, retry_after_s=self.retry_after_s)
        return _KINDS.get(self.kind, ModelError)(self.message, remedy=self.remedy)


class Pong(Struct, frozen=True, tag="pong"):
    """The worker's loop turns."""


ToWorker = Ask | Cancel | Ping
FromWorker = Ready | Said | Failed | Pong

_to_worker = msgspec.msgpack.Decoder(ToWorker)
_from_worker = msgspec.msgpack.Decoder(FromWorker)


def failed(request_id: int, error: ModelError) -> Failed:
    """Write an error as a message."""
    retry_after_s = error.retry_after_s if isinstance(error, ModelRateLimited | ModelUnavailable) else None
    return Failed(request_id, type(error).__name__, error.message, error.remedy, retry_after_s)


def framed(message: ToWorker | FromWorker) -> bytes:
    """Write a message as a frame."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def body_size(prefix: bytes) -> int:
    """Read a frame's first four bytes.

    Raises:
        ValueError: It is longer than a frame may be.
    """
    size: int = _LENGTH.unpack(prefix)[0]
    if size > LONGEST_FRAME:
        raise ValueError(f"a frame of {size} bytes")
    return size


def decode_to_worker(body: bytes) -> ToWorker:
    """Read what the application says.

    Raises:
        msgspec.DecodeError: It is not of the protocol.
    """
    return _to_worker.decode(body)


def decode_from_worker(body: bytes) -> FromWorker:
    """Read what the worker says.

    Raises:
        msgspec.DecodeError: It is not of the protocol.
    """
    return _from_worker.decode(body)
