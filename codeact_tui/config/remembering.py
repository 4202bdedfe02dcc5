"""Keeping a choice in the user's own settings file: one line of it changes, and nothing else."""

import os
import re
import tempfile
from pathlib import Path
from typing import cast

from codeact_tui.config.files import from_file, read_file, shown_path
from codeact_tui.config.keys import Key, dotted, key_lines, toml_text
from codeact_tui.errors import ConfigError
from codeact_tui.paths import ensure_private

__all__ = ["remember", "with_setting"]


def remember(path: Path, key: Key, value: str) -> None:
    """Write a setting into the user's file, which is made when there is none. Reads and writes the disk.

    Args:
        path: The file; a symbolic link stays one.
        key: Section and name: `("interface", "theme")`.
        value: What it is set to.

    Raises:
        ConfigError: The file is wrong already, can't be written, or writes its settings in a way that no single line
            of it can be changed.
    """
    data = read_file(path)
    if data is not None:
        from_file(data, path, "user")  # one that can't be read is left alone
    text = with_setting((data or b"").decode("utf-8-sig"), key, value)
    if text is None:
        line = f"{key[-1]} = {toml_text(value)}"
        raise ConfigError(f"{shown_path(path)} has no place for {dotted(key)}.", remedy=f"Write {line} there yourself.")
    try:
        _replace(path.resolve(), text.encode("utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"{shown_path(path)} can't be written: {reason}.", remedy="Make it writable; until then this is not kept."
        ) from error


def with_setting(text: str, key: Key, value: str) -> str | None:
    """Give the text of a settings file with one setting changed or added; None where no line can be. Pure.

    Args:
        text: Valid TOML.
        key: Section and name.
        value: What it is set to.
    """
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    setting = f"{key[-1]} = {toml_text(value)}"
    found = key_lines(text)
    if key in found:
        old = lines[found[key] - 1]
        lines[found[key] - 1] = f"{old.partition('=')[0].rstrip()} = {toml_text(value)}{_comment(old)}{ending}"
    elif (header := found.get(key[:-1])) is not None and lines[header - 1].lstrip().startswith("["):
        lines[header - 1] = lines[header - 1].rstrip("\r\n") + ending
        lines.insert(_place(lines, header, key[-1]), setting + ending)
    else:
        start = [ending] if text.strip() else []
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += ending
        lines += [*start, f"[{dotted(key[:-1])}]{ending}", setting + ending]
    changed = "".join(lines)
    return changed if _says(changed, text, key, value) else None


def _place(lines: list[str], header: int, name: str) -> int:
    """Give the place for a new line of a table: below the one where the setting is commented out, else at its top."""
    commented = re.compile(rf"\s*#\s*{re.escape(name)}\s*=")
    for at in range(header, len(lines)):
        if lines[at].lstrip().startswith("["):
            break
        if commented.match(lines[at]):
            return at + 1
    return header


def _comment(line: str) -> str:
    """Give the comment at the end of a line whose value is a plain text, with the blanks before it."""
    found = re.search(r"""["'](\s*#[^"']*?)\s*$""", line)
    return found[1] if found else ""


def _says(changed: str, text: str, key: Key, value: str) -> bool:
    """Say whether a text sets this, and everything else as it was."""
    import tomllib

    try:
        after = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        return False
    wanted = tomllib.loads(text)
    table: dict[str, object] = wanted
    for name in key[:-1]:
        below = table.setdefault(name, {})
        if not isinstance(below, dict):
            return False
        table = cast("dict[str, object]", below)
    table[key[-1]] = value
    return after == wanted


def _replace(path: Path, data: bytes) -> None:
    """Put a whole file in the place of another, its mode kept; at no moment is there half of one."""
    if not path.parent.is_dir():
        ensure_private(path.parent)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
