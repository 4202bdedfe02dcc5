"""Keeping a choice in the user's own settings file: one line of it changes, and nothing else."""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

from codeact_tui.config.files import from_file, read_file, shown_path
from codeact_tui.config.keys import Key, dotted, key_lines, toml_text
from codeact_tui.errors import ConfigError
from codeact_tui.paths import ensure_private

__all__ = ["remember", "remember_entry", "with_entry", "with_setting"]


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
    _change(path, key, toml_text(value), lambda text: with_setting(text, key, value))


def remember_entry(path: Path, key: Key, entry: str) -> None:
    """Add an entry to a list in the user's file. Reads and writes the disk.

    Args:
        path: The file; a symbolic link stays one.
        key: Section and name: `("sandbox", "network")`.
        entry: What the list holds from now on, beside what it held.

    Raises:
        ConfigError: As `remember`.
    """
    _change(path, key, toml_text([entry]), lambda text: with_entry(text, key, entry))


def _change(path: Path, key: Key, shown: str, change: Callable[[str], str | None]) -> None:
    data = read_file(path)
    if data is not None:
        from_file(data, path, "user")  # one that can't be read is left alone
    text = change((data or b"").decode("utf-8-sig"))
    if text is None:
        line = f"{key[-1]} = {shown}"
        raise ConfigError(f"{shown_path(path)} has no place for {dotted(key)}.", remedy=f"Write {line} there yourself.")
    try:
        _replace(path.resolve(), text.encode("utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"{shown_path(path)} can't be written: {reason}.", remedy="Make it writable; until then this is not kept."
        ) from error


def with_entry(text: str, key: Key, entry: str) -> str | None:
    """Give the text of a settings file with an entry added to a list, as its first; None where no line can be. Pure.

    Args:
        text: Valid TOML.
        key: Section and name.
        entry: What is added; a list that has it already stays as it is.
    """
    import tomllib

    found: object = tomllib.loads(text)
    for name in key:
        found = cast("dict[str, object]", found).get(name) if isinstance(found, dict) else None
    if found is None:
        return with_setting(text, key, [entry])
    if not isinstance(found, list):
        return None
    held = cast("list[object]", found)
    if entry in held:
        return text
    at = key_lines(text).get(key)
    if at is None:
        return None
    lines = text.splitlines(keepends=True)
    before, bracket, rest = lines[at - 1].partition("[")
    comma = ", " if held and rest.strip() else "," if held else ""
    lines[at - 1] = f"{before}{bracket}{toml_text(entry)}{comma}{rest}"
    changed = "".join(lines)
    return changed if _says(changed, text, key, [entry, *held]) else None


def with_setting(text: str, key: Key, value: object) -> str | None:
    """Give the text of a settings file with one setting changed or added; None where no line can be. Pure.

    Args:
        text: Valid TOML.
        key: Section and name.
        value: What it is set to: a text, or a list of texts.
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


def _says(changed: str, text: str, key: Key, value: object) -> bool:
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
