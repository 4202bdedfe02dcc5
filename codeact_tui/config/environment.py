"""Settings from `CODEACT_*` variables."""

from collections.abc import Mapping
from typing import cast

import msgspec

from codeact_tui.config.keys import Key, leaves
from codeact_tui.config.schema import Config
from codeact_tui.config.sources import Source
from codeact_tui.errors import ConfigError

__all__ = ["OTHER_VARIABLES", "from_environment", "variable_name"]

OTHER_VARIABLES = frozenset({"CODEACT_HOME", "CODEACT_LOG", "CODEACT_DEBUG"})
"""Variables of codeact's that are no settings."""

_PREFIX = "CODEACT_"
_READERS: dict[str, type[int | float | bool | str]] = {"IntType": int, "FloatType": float, "BoolType": bool}


def from_environment(environ: Mapping[str, str]) -> Source:
    """Take settings from `CODEACT_*`; an empty variable counts as not set.

    Raises:
        ConfigError: A variable is no setting, or its text is no such value.
    """
    values: dict[str, dict[str, object]] = {}
    places: dict[Key, str] = {}
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or variable in OTHER_VARIABLES or not environ[variable]:
            continue
        section, _, name = variable.removeprefix(_PREFIX).lower().partition("_")
        key = (section, name)
        if not _is_plain_setting(key) or variable_name(key) != variable:
            raise _unknown_variable(variable)
        values.setdefault(section, {})[name] = _from_text(variable, key, environ[variable])
        places[key] = variable
    return Source("environment", cast("dict[str, object]", values), places, named_by_place=True)


def variable_name(key: Key) -> str:
    """Name the variable that sets a setting: `CODEACT_MODEL_NAME` for `model.name`."""
    return _PREFIX + "_".join(key).upper()


def _from_text(variable: str, key: Key, text: str) -> object:
    """Read a variable's text as the setting's type; a list is given with commas."""
    from msgspec import inspect as types

    from codeact_tui.config.checking import allowed, value_type

    kind = value_type(key)
    assert kind is not None
    plain = kind.type if isinstance(kind, types.Metadata) else kind
    if isinstance(plain, types.VarTupleType):
        return [part.strip() for part in text.split(",") if part.strip()]
    reader = _READERS.get(type(plain).__name__, str)
    try:
        return msgspec.convert(text, reader, strict=False)
    except msgspec.ValidationError as error:
        message = f"{variable} can't be this text." if len(text) > 20 else f'{variable} can\'t be "{text}".'
        raise ConfigError(message, remedy=f"It takes {allowed(kind)}.") from error


def _is_plain_setting(key: Key) -> bool:
    from codeact_tui.config.checking import is_table, value_type

    kind = value_type(key) if key[0] != "models" else None
    return kind is not None and not is_table(kind)


def _unknown_variable(variable: str) -> ConfigError:
    import difflib

    known = [variable_name(key) for key, _ in leaves(msgspec.to_builtins(Config()))]
    found = difflib.get_close_matches(variable, [*known, *sorted(OTHER_VARIABLES)], n=1, cutoff=0.6)
    remedy = f"Did you mean {found[0]}?" if found else "`codeact config show` lists the settings there are."
    return ConfigError(f"The environment variable {variable[:80]} is no setting.", remedy=remedy)
