"""Names of settings: as a path into the tables, as it is written, and the line of a file that it stands on."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from codeact_tui.protocol.visible import has_invisible

__all__ = ["Key", "dotted", "key_lines", "leaves", "toml_text"]

Key = tuple[str, ...]
"""`("model", "name")`."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN_CHARS = 60


def dotted(key: Key) -> str:
    """Write a key as TOML would: `model.name`, `models."openai/gpt-4.1".temperature`; what is very long is cut."""
    return ".".join(part if _BARE.fullmatch(part) and len(part) <= _SHOWN_CHARS else _quoted(part) for part in key)


def leaves(values: Mapping[str, object], above: Key = ()) -> Iterator[tuple[Key, object]]:
    """Give every value that is no table, with its key."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from leaves(cast("dict[str, object]", value), (*above, name))
        else:
            yield (*above, name), value


def key_lines(text: str) -> dict[Key, int]:
    """Say on which line of a valid TOML text each key stands, tables included, counted from 1.

    A line within a multi-line text that looks like a setting counts as one: the first line with a key wins.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("["):
            found = _path(line)
            table = found or table
        elif "=" in line and not line.startswith("#"):
            found = _path(line.partition("=")[0] + "=0")
            found = (*table, *found) if found else None
        else:
            continue
        for depth in range(1, len(found) + 1 if found else 0):
            assert found is not None
            lines.setdefault(found[:depth], number)
    return lines


def toml_text(value: object) -> str:
    """Write a value as TOML, invisible characters escaped."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _toml_string(value)
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "[" + ", ".join(toml_text(item) for item in cast("tuple[object, ...]", value)) + "]"
        case _:
            return _toml_string(str(value))


def _path(line: str) -> Key | None:
    """Give the key that a line of TOML opens or sets; None when it does not stand by itself."""
    import tomllib

    try:
        value: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while isinstance(value, dict) and value:
        name, value = next(iter(cast("dict[str, object]", value).items()))
        path.append(name)
    return tuple(path)


def _quoted(part: str) -> str:
    short = part if len(part) <= _SHOWN_CHARS else part[: _SHOWN_CHARS - 1] + "…"
    return _toml_string(short)


def _toml_string(value: str) -> str:
    import json

    plain = json.dumps(value, ensure_ascii=False)
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(_toml_escape(char) if not char.isprintable() or has_invisible(char) else char for char in plain)


def _toml_escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
