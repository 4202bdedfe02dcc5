"""What is wrong with settings, in words. Needed only when something is: `msgspec.convert` is the quick check."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from codeact_tui.config.keys import Key, dotted, toml_text
from codeact_tui.config.schema import Config

__all__ = ["Problem", "allowed", "find_problems", "is_table", "nearest_key", "value_type"]

_SECRET_NAMES = frozenset({"api_key", "apikey", "key", "token", "secret", "password"})


class Problem(Struct, frozen=True):
    """A setting that can't be used."""

    key: Key
    message: str
    """What is wrong with it, to follow its name: `can't be 3.5`."""
    remedy: str


def find_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Look at settings from one place: unknown keys, wrong types, values out of range, in their order."""
    whole = types.type_info(Config)
    assert isinstance(whole, types.StructType)
    yield from _struct_problems(whole, values, ())


def value_type(key: Key) -> types.Type | None:
    """Give the type of a setting; None when there is no such setting."""
    found: types.Type | None = types.type_info(Config)
    for name in key:
        match found:
            case types.StructType():
                found = _fields(found).get(name)
            case types.DictType():
                found = found.value_type
            case _:
                return None
    return found


def is_table(kind: types.Type) -> bool:
    """Say whether a setting's type is a table of settings, not a value."""
    return isinstance(kind, types.StructType | types.DictType)


def allowed(kind: types.Type) -> str:
    """Say in words which values a setting takes."""
    match kind:
        case types.Metadata():
            extra = cast("dict[str, object]", kind.extra_json_schema or {})  # pyright: ignore[reportUnknownMemberType]
            return str(extra.get("description") or allowed(kind.type))
        case types.LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in kind.values)
        case types.BoolType():
            return "true or false"
        case types.IntType() | types.FloatType():
            return _allowed_number(kind)
        case types.VarTupleType():
            return f'a list, each {allowed(kind.item_type)}: ["A", "B"]'
        case types.UnionType():
            return " or ".join(allowed(item) for item in kind.types if not isinstance(item, types.NoneType))
        case types.StructType() | types.DictType():
            return "a table"
        case _:
            return "text"


def nearest_key(key: Key) -> Key | None:
    """Give the setting whose name is most like this; None when none is like it."""
    import difflib

    candidates = {dotted(found): found for found in _known_keys(key)}
    wanted = dotted(key)
    matches = difflib.get_close_matches(wanted, candidates, n=1, cutoff=0.6)
    if not matches:
        last = {found[-1]: found for found in reversed(list(candidates.values()))}
        return next((last[name] for name in difflib.get_close_matches(key[-1], last, n=1, cutoff=0.75)), None)
    return candidates[matches[0]]


def _struct_problems(struct: types.StructType, values: Mapping[str, object], above: Key) -> Iterator[Problem]:
    fields = _fields(struct)
    for name, value in values.items():
        key = (*above, name)
        kind = fields.get(name)
        if kind is None:
            yield _unknown(key, value)
        elif isinstance(kind, types.StructType):
            yield from _table_problems(kind, value, key)
        elif isinstance(kind, types.DictType):
            yield from _dict_problems(kind, value, key)
        else:
            yield from _value_problems(struct, name, value, key)


def _table_problems(kind: types.StructType, value: object, key: Key) -> Iterator[Problem]:
    if isinstance(value, dict):
        yield from _struct_problems(kind, cast("dict[str, object]", value), key)
    else:
        yield _not_a_table(key)


def _dict_problems(kind: types.DictType, value: object, key: Key) -> Iterator[Problem]:
    """Look at a table whose names are the user's own: a table for each model, a text for each action."""
    if not isinstance(value, dict):
        yield _not_a_table(key)
        return
    for name, below in cast("dict[str, object]", value).items():
        if isinstance(kind.value_type, types.StructType):
            yield from _table_problems(kind.value_type, below, (*key, name))
        else:
            yield from _checked({key[-1]: {name: below}}, Config, kind.value_type, below, (*key, name))


def _value_problems(struct: types.StructType, name: str, value: object, key: Key) -> Iterator[Problem]:
    yield from _checked({name: value}, struct.cls, _fields(struct)[name], value, key)


def _checked(whole: Mapping[str, object], cls: type, kind: types.Type, value: object, key: Key) -> Iterator[Problem]:
    try:
        msgspec.convert(whole, cls)
    except msgspec.ValidationError:
        yield Problem(key, f"can't be {_shown(value, kind)}", f"It takes {allowed(kind)}.")


def _not_a_table(key: Key) -> Problem:
    name = dotted(key)
    example = f'[{name}."provider/model"]' if key == ("models",) else f"[{name}]"
    return Problem(key, "is a table, not a value", f"Write its settings below a line {example}.")


def _unknown(key: Key, value: object) -> Problem:
    if key[-1].lower() in _SECRET_NAMES and not isinstance(value, dict):
        remedy = "A key never stands in a file: `codeact keys set` puts it into the system's keyring; or set an "
        return Problem(key, "is no setting", f"{remedy}environment variable, and name that in model.api_key_env.")
    found = nearest_key(key)
    if found is not None:
        return Problem(key, "is no setting", f"Did you mean {dotted(found)}?")
    return Problem(key, "is no setting", f"Here it can be {_listed(_siblings(key))}.")


def _siblings(key: Key) -> list[str]:
    kind = value_type(key[:-1])
    return list(_fields(kind)) if isinstance(kind, types.StructType) else list(Config.__struct_fields__)


def _known_keys(beside: Key) -> Iterator[Key]:
    """Give every setting's key; those of one model with the name that stands in `beside`."""
    for section, kind in _fields(types.type_info(Config)).items():
        if len(beside) == 1:
            yield (section,)
        if isinstance(kind, types.StructType):
            yield from ((section, name) for name in _fields(kind))
        elif isinstance(kind, types.DictType) and isinstance(kind.value_type, types.StructType) and len(beside) == 3:
            yield from ((section, beside[1], name) for name in _fields(kind.value_type))


def _fields(kind: types.Type) -> dict[str, types.Type]:
    assert isinstance(kind, types.StructType)
    return {field.name: field.type for field in kind.fields}


def _allowed_number(kind: types.IntType | types.FloatType) -> str:
    noun = "a whole number" if isinstance(kind, types.IntType) else "a number"
    low = f" from {kind.ge:g}" if kind.ge is not None else f" above {kind.gt:g}" if kind.gt is not None else ""
    high = f" to {kind.le:,.10g}".replace(",", "") if kind.le is not None else ""
    if kind.gt is not None and high:
        high = f" and{high.replace(' to ', ' at most ')}"
    return noun + low + high


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _shown(value: object, kind: types.Type) -> str:
    """Show a value that is wrong; of a text no more than a word, for it might be a key in the wrong place."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)[:40]
        case str() if isinstance(kind, types.LiteralType) and len(value) < 16:
            return toml_text(value)
        case str():
            return "this text" if value else "an empty text"
        case dict():
            return "a table"
        case list():
            return "this list"
        case _:
            return f"a {type(value).__name__}"
