"""The format of a theme file, and what is wrong with one, in words: file, line, key, remedy. Pure."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct
from textual.color import Color, ColorParseError

from codeact_tui.config.files import shown_path
from codeact_tui.config.keys import dotted, key_lines
from codeact_tui.errors import ConfigError

__all__ = ["ATTRIBUTES", "Colors", "Emphasis", "Syntax", "ThemeFile", "parse_theme"]

ATTRIBUTES = ("bold", "dim", "italic", "reverse", "underline")
"""What may stand beside a colour."""

_REMEDY = "docs/themes.md shows every key."


class Colors(Struct, frozen=True):
    """What the screen is made of: each one colour."""

    background: str
    surface: str
    panel: str
    foreground: str
    muted: str
    border: str
    accent: str
    success: str
    warning: str
    error: str
    selection: str


class Emphasis(Struct, frozen=True):
    """Attributes of the colours of `Colors` where text is written in them: what tells states without colour."""

    foreground: str = ""
    muted: str = ""
    border: str = ""
    accent: str = ""
    success: str = ""
    warning: str = ""
    error: str = ""
    selection: str = ""


class Syntax(Struct, frozen=True):
    """Python: each a colour, attributes, or both. What is left out is drawn plainly."""

    keyword: str = ""
    string: str = ""
    escape: str = ""
    number: str = ""
    comment: str = ""
    function: str = ""
    class_: str = msgspec.field(default="", name="class")
    builtin: str = ""
    constant: str = ""
    operator: str = ""
    decorator: str = ""


class ThemeFile(Struct, frozen=True):
    """A theme as it is written."""

    dark: bool
    colors: Colors
    about: str = ""
    """A few words for the list of themes."""
    ansi: bool = False
    """Its colours are the terminal's own."""
    emphasis: Emphasis = Emphasis()
    syntax: Syntax = Syntax()


_TABLES: dict[str, type[Struct]] = {"colors": Colors, "emphasis": Emphasis, "syntax": Syntax}


def parse_theme(text: str, path: Path) -> ThemeFile:
    """Read a theme.

    Args:
        text: The file's.
        path: Where it stands, for what is said when it is wrong.

    Raises:
        ConfigError: The first thing that is wrong: where it stands, its name, and what would be right.
    """
    place = shown_path(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place}: this is not TOML: {str(error)[:200]}.", remedy="Mend this line.") from error
    except RecursionError as error:
        raise ConfigError(f"{place}: its tables are nested too deep.", remedy=_REMEDY) from error
    for key, problem, remedy in _problems(values):
        line = key_lines(text).get(key)
        where = f"{place}:{line}" if line else place
        raise ConfigError(f"{where}: {dotted(key)} {problem}.", remedy=remedy)
    return msgspec.convert(values, ThemeFile)


_Problem = tuple[tuple[str, ...], str, str]


def _problems(values: Mapping[str, object]) -> Iterator[_Problem]:
    """Look at everything in the file: key, what is wrong with it, what would be right."""
    plain = {"dark": bool, "ansi": bool, "about": str}
    for name, value in values.items():
        if name in _TABLES:
            yield from _table_problems(name, value)
        elif name not in plain:
            yield (name,), "is no key of a theme", _nearest(name, (*plain, *_TABLES))
        elif not isinstance(value, plain[name]):
            words = "true or false" if plain[name] is bool else "text in quotes"
            yield (name,), f"is not {words}", f"It takes {words}."
    if "dark" not in values:
        yield ("dark",), "is missing", "Say whether it is made for a dark terminal: dark = true."
    if "colors" not in values:
        yield ("colors",), "is missing", f"A theme has a table [colors]: {', '.join(Colors.__struct_fields__)}."


def _table_problems(table: str, value: object) -> Iterator[_Problem]:
    if not isinstance(value, dict):
        yield (table,), "is a table, not a value", f"Write its keys below a line [{table}]."
        return
    entries = cast("dict[str, object]", value)
    known = [field.encode_name for field in msgspec.structs.fields(_TABLES[table])]
    for name, entry in entries.items():
        key = (table, name)
        if name not in known:
            yield key, "is no key of a theme", _nearest(name, known)
        elif not isinstance(entry, str):
            yield key, "is not text", 'Write a colour in quotes: "#7db4f5".'
        else:
            yield from _value_problems(key, entry)
    if table == "colors":
        for name in known:
            if name not in entries:
                yield (table, name), "is missing", "Every colour of [colors] has to be there."


def _value_problems(key: tuple[str, ...], text: str) -> Iterator[_Problem]:
    words = text.split()
    colors = [word for word in words if word not in ATTRIBUTES]
    wanted = 'Write "#rrggbb", or a colour of the terminal\'s such as "ansi_blue".'
    match key[0]:
        case "colors" if len(words) != 1:
            yield key, f'can\'t be "{text[:40]}": it is one colour', wanted
        case "emphasis" if colors:
            yield key, f'can\'t be "{colors[0][:40]}"', f"It takes {', '.join(ATTRIBUTES)}."
        case "syntax" if len(colors) > 1:
            yield key, "names two colours", f"Write one colour, and {', '.join(ATTRIBUTES)} after it."
        case _:
            bad = next((word for word in colors if not _is_color(word)), None)
            if bad is not None:
                yield key, f'can\'t be "{bad[:40]}", which is no colour', wanted


def _is_color(text: str) -> bool:
    try:
        return Color.parse(text).a == 1
    except ColorParseError:
        return False


def _nearest(name: str, known: "tuple[str, ...] | list[str]") -> str:
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else f"There are {', '.join(known)}."
