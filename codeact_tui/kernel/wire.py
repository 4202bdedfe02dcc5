"""Messages of the Jupyter protocol as they come over a socket: taken apart, checked, never trusted.

A cell can read the kernel's signing key, so a right signature says that a message is whole, not that it is true.

Source: Jupyter messaging protocol 5.4, "The Wire Protocol".
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

__all__ = ["BadMessage", "Channel", "Message", "Wire", "parse"]

Channel = Literal["shell", "control", "iopub", "stdin"]

_DELIMITER = b"<IDS|MSG>"
_MAX_IDENTITIES = 8
_MAX_HEADER_BYTES = 1 << 16


class BadMessage(ValueError):
    """What came is no message that this application understands."""


class Message(Struct, frozen=True):
    """A message, its content still as JSON."""

    kind: str
    parent: str
    """The id of the request that it belongs to; empty without one."""
    content: bytes


class Wire(Protocol):
    """The sockets to one kernel."""

    def send(self, channel: Channel, kind: str, content: dict[str, object]) -> str:
        """Send a request and give its id."""
        ...

    async def receive(self, channel: Channel) -> Sequence[bytes]:
        """Wait for a message and give its frames."""
        ...

    async def parted(self) -> None:
        """Wait until the kernel has let go of iopub: all that it has sent there can be received without waiting."""
        ...

    def sign(self, frames: Sequence[bytes]) -> bytes:
        """Give the signature that a message of these four frames carries."""
        ...

    def close(self) -> None:
        """Close the sockets."""
        ...


class _Header(Struct):
    msg_type: str
    msg_id: str


class _Parent(Struct):
    msg_id: str = ""


_header_decoder = msgspec.json.Decoder(_Header)
_parent_decoder = msgspec.json.Decoder(_Parent)


def parse(frames: Sequence[bytes], sign: Callable[[Sequence[bytes]], bytes]) -> Message:
    """Take a message apart.

    Args:
        frames: As they came: identities, a delimiter, the signature, header, parent header, metadata, content.
        sign: Gives the signature of the last four.

    Raises:
        BadMessage: It is not of that form, or its signature is wrong.
    """
    start = next((index for index, frame in enumerate(frames[:_MAX_IDENTITIES]) if frame == _DELIMITER), None)
    if start is None or len(frames) < start + 6:
        raise BadMessage("frames are missing")
    signature, signed = frames[start + 1], frames[start + 2 : start + 6]
    if not hmac.compare_digest(signature, sign(signed)):
        raise BadMessage("the signature is wrong")
    header, parent, _, content = signed
    if len(header) > _MAX_HEADER_BYTES or len(parent) > _MAX_HEADER_BYTES:
        raise BadMessage("the header is too large")
    try:
        return Message(_header_decoder.decode(header).msg_type, _parent_decoder.decode(parent).msg_id, content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(str(error)) from error
