"""A short, safe value of any object, in one line."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import itertools
import pathlib
import re
import types
import uuid

from . import libraries
from .objects import (
    attributes,
    builtin_base,
    class_entry,
    class_name,
    exact_str,
    inherits,
    is_class,
)

__all__ = ["field_names", "is_builtin", "is_scalar", "signature", "summarize", "text_of"]

_LINE = 120
_INNER = 40
_ITEMS = 6
_DEPTH = 2
_INT_BITS = 400

_length = {dict: dict.__len__, list: list.__len__, tuple: tuple.__len__, set: set.__len__, frozenset: frozenset.__len__}
_iterate = {
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    collections.deque: collections.deque.__iter__,
}
_BRACKETS = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", collections.deque: "[]"}


def summarize(value: object, depth: int = 0) -> str:
    """Give a value in one line of at most 120 characters without running any code of its own."""
    try:
        text = _summary(value, depth)
    except RuntimeError:
        text = "…"  # another thread changed it while it was read
    limit = _LINE if depth == 0 else _INNER * 2
    return text if len(text) <= limit else text[: limit - 1] + "…"


def text_of(value, limit):
    """Give a scalar, a string or bytes at length, or nothing for anything else."""
    base = builtin_base(type(value))
    if base is str:
        return str.__getitem__(value, slice(0, limit))
    if base in (bytes, bytearray):
        return repr(bytes(base.__getitem__(value, slice(0, limit // 4))))
    if base is int and int.bit_length(value) <= 12_000:
        return int.__repr__(value)
    return summarize(value) if base in (int, float, complex) else ""


def _item(value, depth=1):
    return summarize(value, depth)


def _summary(value, depth):
    cls = type(value)
    if value is None or cls is bool:
        return repr(value)
    formatter = _BUILTIN_BY_ID.get(id(cls))
    if formatter is not None:
        return formatter(value, cls, cls, depth)
    facts = libraries.facts_of(value, _item)
    if facts is not None:
        return facts.summary
    if is_class(value):
        return f"class {class_name(value)}"
    base = builtin_base(cls)
    if inherits(type(cls), enum.EnumMeta):
        return _enum_summary(value)
    if base is not None:
        return _BUILTIN[base](value, cls, base, depth)
    known = _known(value, cls)
    return known if known is not None else _instance(value, cls, depth)


def _string(value, cls, base, depth):
    limit = _LINE if depth == 0 else _INNER
    length = base.__len__(value)
    head = base.__getitem__(value, slice(0, limit))
    if base is bytearray:
        head = bytes(head)
    return _named(cls, base, repr(head)) + ("…" if length > limit else "")


def _integer(value, cls, base, depth):
    bits = int.bit_length(value)
    return _named(cls, base, int.__repr__(value) if bits <= _INT_BITS else f"<int of {bits} bits>")


def _number(value, cls, base, depth):
    return _named(cls, base, base.__repr__(value))


def _exception(value, cls, base, depth):
    arguments = BaseException.__dict__["args"].__get__(value)
    shown = ", ".join(summarize(item, depth + 1) for item in arguments[:_ITEMS]) if type(arguments) is tuple else ""
    return f"{class_name(cls)}({shown})"


def _mapping(value, cls, base, depth):
    length = dict.__len__(value)
    if depth >= _DEPTH:
        return f"{class_name(cls)} of {length}"
    pairs = itertools.islice(dict.items(value), _ITEMS)
    shown = [f"{summarize(key, depth + 1)}: {summarize(item, depth + 1)}" for key, item in pairs]
    return _named(cls, base, "{" + ", ".join(shown) + (", …" if length > _ITEMS else "") + "}")


def _sequence(value, cls, base, depth):
    length = _length.get(base, collections.deque.__len__)(value)
    if depth >= _DEPTH:
        return f"{class_name(cls)} of {length}"
    names = field_names(cls) if base is tuple and cls is not tuple else ()
    items = [summarize(item, depth + 1) for item in itertools.islice(_iterate[base](value), _ITEMS)]
    if names and len(names) == length:
        more = ", …" if length > _ITEMS else ""
        return f"{class_name(cls)}(" + ", ".join(f"{n}={i}" for n, i in zip(names, items)) + more + ")"
    opening, closing = _BRACKETS[base]
    if not length and base in (set, frozenset):
        return f"{class_name(cls)}()"
    if length == 1 and base is tuple:
        closing = ",)"
    return _named(cls, base, opening + ", ".join(items) + (", …" if length > _ITEMS else "") + closing)


_BUILTIN = {
    str: _string,
    bytes: _string,
    bytearray: _string,
    int: _integer,
    float: _number,
    complex: _number,
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
    set: _sequence,
    frozenset: _sequence,
    BaseException: _exception,
}


_BUILTIN_BY_ID = {id(cls): formatter for cls, formatter in _BUILTIN.items() if cls is not BaseException}


def is_builtin(cls):
    """Say whether the class is one of the built-in ones that hold values, and no subclass."""
    return id(cls) in _BUILTIN_BY_ID


def _named(cls, base, text):
    return text if cls is base else f"{class_name(cls)}({text})"


def _enum_summary(value):
    name = dict(attributes(value)).get("_name_")
    return f"{class_name(type(value))}.{exact_str(name)}"


def _known(value, cls):
    """Sum up what the standard library has beside containers, by exact type; None for anything else."""
    if inherits(cls, collections.deque):
        return _sequence(value, cls, collections.deque, 1)
    formatter = _EXACT.get(id(cls))
    return None if formatter is None else formatter(value)


def _date_and_time(value):
    zone = value.tzinfo
    text = value.replace(tzinfo=None).isoformat(" ")
    if zone is None:
        return text
    if type(zone) is datetime.timezone:
        return f"{text} {zone}"
    return f"{text} {exact_str(dict(attributes(zone)).get('key'), class_name(type(zone)))}"


def _time(value):
    return value.replace(tzinfo=None).isoformat()


def _slice(value):
    return "slice(" + ", ".join(summarize(part, _DEPTH) for part in (value.start, value.stop, value.step)) + ")"


def _module(value):
    name = types.ModuleType.__dict__["__dict__"].__get__(value).get("__name__")
    return f"module {exact_str(name)}"


def _builtin_function(value):
    return f"{exact_str(value.__name__)}(…)"


def _method(value):
    function = value.__func__
    return f"method {signature(function)}" if type(function) is types.FunctionType else "method"


def _generator(value):
    return f"generator {value.gi_code.co_name}"


def _coroutine(value):
    return f"coroutine {value.cr_code.co_name}"


def _pattern(value):
    pattern = value.pattern
    return f"re.compile({summarize(pattern, 1)})" if type(pattern) in (str, bytes) else "re.compile(…)"


def signature(function):
    """Write a Python function's name and parameters, defaults as `…`, annotations left out."""
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__
    first_default = len(positional) - (len(defaults) if type(defaults) is tuple else 0)
    shown = [f"{name}=…" if index >= first_default else name for index, name in enumerate(positional)]
    if code.co_posonlyargcount:
        shown.insert(code.co_posonlyargcount, "/")
    extra = iter(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    if code.co_flags & 0x04:
        shown.append(f"*{next(extra, 'args')}")
    elif keyword_only:
        shown.append("*")
    given = function.__kwdefaults__
    given = given if type(given) is dict else {}
    shown += [f"{name}=…" if name in given else name for name in keyword_only]
    if code.co_flags & 0x08:
        shown.append(f"**{next(extra, 'kwargs')}")
    return f"{exact_str(function.__name__, code.co_name)}({', '.join(shown)})"


_EXACT_TYPES = {
    datetime.datetime: _date_and_time,
    datetime.date: str,
    datetime.time: _time,
    datetime.timedelta: str,
    decimal.Decimal: repr,
    range: repr,
    slice: _slice,
    type(Ellipsis): repr,
    type(NotImplemented): repr,
    uuid.UUID: str,
    pathlib.PosixPath: str,
    pathlib.PurePosixPath: str,
    re.Pattern: _pattern,
    types.ModuleType: _module,
    types.FunctionType: signature,
    types.BuiltinFunctionType: _builtin_function,
    types.MethodType: _method,
    types.GeneratorType: _generator,
    types.CoroutineType: _coroutine,
}
_EXACT = {id(cls): formatter for cls, formatter in _EXACT_TYPES.items()}


_SCALARS = frozenset(id(cls) for cls in list(_EXACT_TYPES)[: list(_EXACT_TYPES).index(re.Pattern)])


def is_scalar(value):
    """Say whether the value is a single one that the standard library knows: None, a date, a path and such."""
    return value is None or id(type(value)) in _SCALARS


def field_names(cls):
    """Give the names of a dataclass's or named tuple's fields, or nothing."""
    names = class_entry(cls, "_fields")
    if type(names) is tuple:
        return tuple(name for name in names if type(name) is str)
    fields = class_entry(cls, "__dataclass_fields__")
    return tuple(name for name in fields if type(name) is str) if type(fields) is dict else ()


def _instance(value, cls, depth):
    if depth >= _DEPTH:
        return f"<{class_name(cls)}>"
    pairs = attributes(value)
    names = field_names(cls)
    if names:
        stored = dict(pairs)
        pairs = [(name, stored[name]) for name in names if name in stored]
    if not pairs:
        return f"<{class_name(cls)} object>"
    shown = [f"{name[:_INNER]}={summarize(item, depth + 1)}" for name, item in pairs[:_ITEMS]]
    return f"{class_name(cls)}({', '.join(shown)}{', …' if len(pairs) > _ITEMS else ''})"
