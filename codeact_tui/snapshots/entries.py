"""What a folder held, as it is kept: entries, and the trees that they make. Pure.

A tree is the list of a folder's entries by name; its hash is the SHA-256 of its bytes, so that equal folders have equal
hashes, and two snapshots are compared without looking into what is the same in both.
"""

import hashlib
import os
from typing import Literal

import msgspec
from msgspec import Struct

__all__ = [
    "EMPTY_TREE",
    "LEFT_WORDS",
    "Entry",
    "LeftReason",
    "decode_tree",
    "encode_tree",
    "hash_of",
    "is_left",
    "shown_path",
]

Kind = Literal["file", "folder", "link", "left"]

LeftReason = Literal[
    "ignored",
    "hidden",
    "too large",
    "not a file",
    "not readable",
    "another file system",
    "too deep",
    "no room",
    "too many bytes",
    "not in time",
]

LEFT_WORDS: dict[LeftReason, str] = {
    "ignored": "by the ignore rules",
    "hidden": "because it may hold secrets",
    "too large": "because it is too large",
    "not a file": "because it is neither file, folder nor link",
    "not readable": "because it can't be read",
    "another file system": "because it is on another file system",
    "too deep": "because it lies too deep",
    "no room": "because the disk has too little room",
    "too many bytes": "because the workspace is too large",
    "not in time": "because there was no time for it",
}
"""Why something was left out, as the end of a sentence."""


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One name in a folder."""

    name: bytes
    """As the system has it; need not be UTF-8."""
    kind: Kind
    mode: int = 0
    """Permission bits of a file or folder."""
    size: int = 0
    """Of a file, in bytes."""
    content: bytes = b""
    """A file's or tree's hash, where a link points to, or why something was left out."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Entry])


def encode_tree(entries: list[Entry]) -> bytes:
    """Write a tree; the entries in the order of their names."""
    return _encoder.encode(entries)


def decode_tree(data: bytes) -> list[Entry]:
    """Read a tree.

    Raises:
        msgspec.DecodeError: It is none, or it has names that no folder can have, or permissions that are never kept.
    """
    entries = _decoder.decode(data)
    for entry in entries:
        if not entry.name or b"/" in entry.name or b"\0" in entry.name or entry.name in {b".", b".."}:
            raise msgspec.ValidationError("a name that no folder can have")
        if not 0 <= entry.mode <= 0o777:
            raise msgspec.ValidationError("permissions that are never kept")
    return entries


def hash_of(data: bytes) -> bytes:
    """Give what content is addressed by."""
    return hashlib.sha256(data).digest()


def is_left(entry: Entry | None) -> bool:
    """Say whether it is there and was left out, so that nothing is known of what it holds."""
    return entry is not None and entry.kind == "left"


def shown_path(path: str) -> str:
    r"""Write a path for people and for JSON: bytes that are no UTF-8 as `\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


EMPTY_TREE = hash_of(encode_tree([]))
