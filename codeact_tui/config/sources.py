"""Where settings come from: a file, the environment, the command line. Each gives values and says where they stand."""

from collections.abc import Iterator, Sequence
from typing import Literal, cast

import msgspec
from msgspec import Struct

from codeact_tui.config.keys import Key, dotted
from codeact_tui.config.schema import Config
from codeact_tui.errors import ConfigError

__all__ = ["Flag", "Layer", "Source", "check", "errors_in", "from_flags"]

Layer = Literal["default", "user", "project", "environment", "flag"]
"""From the farthest to the nearest; the nearest wins."""


class Flag(Struct, frozen=True):
    """A setting given on the command line."""

    name: str
    """As the user typed it: `--model`."""
    key: Key
    value: object


class Source(Struct, frozen=True):
    """The settings of one place, not checked yet."""

    layer: Layer
    values: dict[str, object]
    places: dict[Key, str]
    """Where each stands, to show: `~/.config/codeact/config.toml:3`, `CODEACT_MODEL_NAME`, `--model`."""
    place: str = ""
    """The file; empty for others."""
    named_by_place: bool = False
    """The place is the setting's name here, as a variable or a flag is."""

    def place_of(self, key: Key) -> str:
        """Say where a setting stands, or the table nearest above it."""
        for depth in range(len(key), 0, -1):
            if key[:depth] in self.places:
                return self.places[key[:depth]]
        return self.place


def from_flags(flags: Sequence[Flag]) -> Source:
    """Take settings from the command line."""
    values: dict[str, object] = {}
    for flag in flags:
        table = values
        for name in flag.key[:-1]:
            table = cast("dict[str, object]", table.setdefault(name, {}))
        table[flag.key[-1]] = flag.value
    return Source("flag", values, {flag.key: flag.name for flag in flags}, named_by_place=True)


def check(source: Source) -> None:
    """Refuse settings that can't be used.

    Raises:
        ConfigError: The first of them: where it stands, its name, and what would be right.
    """
    try:
        msgspec.convert(source.values, Config)
    except msgspec.ValidationError as error:
        raise next(errors_in(source)) from error


def errors_in(source: Source) -> Iterator[ConfigError]:
    """Say of each setting that can't be used where it stands, its name, and what would be right."""
    from codeact_tui.config.checking import find_problems

    for problem in find_problems(source.values):
        place = source.place_of(problem.key)
        subject = place if source.named_by_place else f"{place}: {dotted(problem.key)}"
        yield ConfigError(f"{subject} {problem.message}.", remedy=problem.remedy)
