"""Ops and events as JSON: the format on disk and between processes."""

from typing import cast, get_args

import msgspec

from codeact_tui.protocol.events import Event, StoredEvent
from codeact_tui.protocol.ops import Op

__all__ = ["decode_event", "decode_op", "encode", "event_tag", "is_stored"]

_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_op_decoder: msgspec.json.Decoder[Op] = msgspec.json.Decoder(Op)
_stored_types = frozenset(get_args(StoredEvent))


def encode(item: Event | Op) -> bytes:
    """Write an op or event as JSON, lone surrogates replaced by `?`."""
    try:
        return _encoder.encode(item)
    except UnicodeEncodeError:
        return _encoder.encode(_scrubbed(item))


def decode_event(data: bytes) -> Event:
    """Read one event.

    Raises:
        msgspec.DecodeError: It is no JSON, or no event that this version knows.
    """
    return _event_decoder.decode(data)


def decode_op(data: bytes) -> Op:
    """Read one op.

    Raises:
        msgspec.DecodeError: It is no JSON, or no op that this version knows.
    """
    return _op_decoder.decode(data)


def event_tag(event: Event) -> str:
    """Give the tag that names the event's kind on disk."""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def is_stored(event: Event) -> bool:
    """Say whether the event is committed before it is shown."""
    return type(event) in _stored_types


def _scrubbed(value: Event | Op) -> Event | Op:
    plain = _without_surrogates(msgspec.to_builtins(value))
    return msgspec.convert(plain, type=type(value))


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            items = cast("dict[object, object]", value).items()
            return {_without_surrogates(key): _without_surrogates(item) for key, item in items}
        case list() | tuple():
            return [_without_surrogates(item) for item in cast("list[object]", value)]
        case _:
            return value
