"""Settings from a TOML file."""

import errno
import os
import stat
from pathlib import Path

from codeact_tui.beneath import read_beneath
from codeact_tui.config.keys import key_lines
from codeact_tui.config.sources import Layer, Source
from codeact_tui.errors import ConfigError

__all__ = ["from_file", "read_file", "shown_path"]

_FILE_BYTES_MAX = 1_000_000


def shown_path(path: Path) -> str:
    """Write a path with `~` for the home folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def read_file(path: Path, *, beneath: Path | None = None) -> bytes | None:
    """Read a settings file whole; None when there is none.

    Args:
        path: The file.
        beneath: A folder of others' that it lies in: no link below it is followed, or they would choose what is read.

    Raises:
        ConfigError: It can't be read, is no regular file, or is far too large.
    """
    data = _read(path) if beneath is None else _read_beneath(path, beneath)
    if data is not None and len(data) > _FILE_BYTES_MAX:
        raise ConfigError(f"{shown_path(path)} is larger than 1 MB.", remedy="Settings are a few lines of TOML.")
    return data


def _read_beneath(path: Path, folder: Path) -> bytes | None:
    try:
        return read_beneath(folder, path.relative_to(folder).as_posix(), _FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise _no_file(path) from error
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
            remedy = "Put the file itself there: it could lead to any file of yours."
            raise ConfigError(f"A link stands at {shown_path(path)}, or on the way.", remedy=remedy) from error
        raise _unreadable(path, error) from error


def _no_file(path: Path) -> ConfigError:
    return ConfigError(f"{shown_path(path)} is no file.", remedy="Remove it, or put a file in its place.")


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(path)
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(_FILE_BYTES_MAX + 1)
        except OSError as error:
            raise _unreadable(path, error) from error


def from_file(data: bytes, path: Path, layer: Layer) -> Source:
    """Take settings from the bytes of a TOML file.

    Raises:
        ConfigError: They are no TOML.
    """
    import tomllib

    place = shown_path(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{place}:{line}: this is not UTF-8.", remedy="Save the file as UTF-8.") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_toml(place, text, str(error)) from error
    except RecursionError as error:
        raise ConfigError(f"{place}: its tables are nested too deep.", remedy="No setting needs that.") from error
    lines = key_lines(text)
    return Source(layer, values, {key: f"{place}:{line}" for key, line in lines.items()}, place)


def _bad_toml(place: str, text: str, reason: str) -> ConfigError:
    """Say what tomllib said, the line in front: its message ends `(at line 3, column 5)` or `(at end of document)`."""
    import re

    found = re.search(r" \(at line (\d+), column \d+\)$", reason)
    line = found[1] if found else str(text.count("\n") + 1)
    what = reason[: found.start()] if found else reason.removesuffix(" (at end of document)")
    return ConfigError(f"{place}:{line}: this is not TOML: {what[:200]}.", remedy="Mend this line.")


def _unreadable(path: Path, error: OSError) -> ConfigError:
    reason = error.strerror or type(error).__name__
    return ConfigError(f"{shown_path(path)} can't be read: {reason}.", remedy="Make it readable, or remove it.")
