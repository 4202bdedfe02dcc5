"""The user's variables: which there are, and what a cell did to them."""

from __future__ import annotations

import collections
import re
import sys
import time
import types
from collections.abc import Iterator

from . import libraries
from .marks import columns_of
from .objects import builtin_base, inherits, is_class, is_one_of, public_name
from .summaries import is_builtin, is_scalar, summarize

__all__ = ["Differ", "describe", "find", "is_machinery", "listing"]

_VARIABLES = 10_000
_CHANGES = 1_000
_NAME = 200
_LISTING_S = 0.4
_SCAN_S = 0.4
_MACHINERY = re.compile(r"_+|_i{1,3}|_i?\d+|_[iod]h|__\w+__|In|Out")
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
_CONTAINERS = (dict, list, tuple, set, frozenset, str, bytes, bytearray)
_SIZED = (*_CONTAINERS, int, float, complex)
_ATOMS = (int, float, complex, str, bytes)


def describe(name: str, value: object) -> dict[str, object]:
    """Sum up one variable: the fields of `Variable`, as JSON types."""
    cls = type(value)
    entry = {"name": name[:_NAME], "type_name": public_name(cls), "kind": "value", "shape": None, "size_bytes": None}
    facts = None if is_builtin(cls) else libraries.facts_of(value, _item)
    if facts is not None:
        shape = None if facts.shape is None else [int(length) for length in facts.shape]
        return {**entry, "kind": facts.kind, "shape": shape, "size_bytes": facts.size_bytes, "summary": facts.summary}
    base = builtin_base(cls)
    if base in _CONTAINERS:
        entry["shape"] = [base.__len__(value)]
    elif inherits(cls, collections.deque):
        entry["shape"] = [collections.deque.__len__(value)]
    if base in _SIZED:
        entry["size_bytes"] = base.__sizeof__(value)
    entry["kind"] = _kind(value, base)
    entry["summary"] = summarize(value)
    return entry


def _item(value, depth=1):
    return summarize(value, depth)


def _kind(value, base):
    if is_builtin(type(value)):
        return "value"
    if type(value) is types.ModuleType:
        return "module"
    if is_one_of(type(value), _FUNCTIONS):
        return "function"
    if is_class(value):
        return "class"
    return "value" if base in _SIZED or is_scalar(value) else "other"


def find(namespace: dict[str, object], name: str) -> object:
    """Give a variable's value.

    Raises:
        LookupError: There is none.
    """
    for found, value in _pairs(namespace):
        if found == name:
            return value
    raise LookupError(f"There is no variable {name!r} any more.")


def is_machinery(name: str) -> bool:
    """Say whether a name is one of IPython's or the interpreter's own."""
    return _MACHINERY.fullmatch(name) is not None


def _pairs(namespace):
    """Give names and values, without a look-up that could ask a strange key whether it is equal."""
    return [(name, value) for name, value in list(dict.items(namespace)) if type(name) is str]


def _is_shown(name, value, hidden, include_all):
    if name in hidden and hidden[name] is value:
        return False
    if is_builtin(type(value)) and name[:1] != "_" and name not in hidden:
        return True
    if include_all:
        return not _MACHINERY.fullmatch(name)
    return not (
        name.startswith("_")
        or type(value) is types.ModuleType
        or is_one_of(type(value), _FUNCTIONS)
        or is_class(value)
        or (name in ("In", "Out") and name in hidden)
    )


def listing(
    namespace: dict[str, object], hidden: dict[str, object], include_all: bool, seconds: float = _LISTING_S
) -> dict[str, object]:
    """List the variables, newest first: the fields of `NamespaceListing`, as JSON types.

    Args:
        namespace: The names and their values.
        hidden: Names and values that are not the user's.
        include_all: Modules, functions, classes and private names too.
        seconds: How long the looking may take; the newest are looked at first.
    """
    deadline = time.perf_counter() + seconds
    shown = [pair for pair in reversed(_pairs(namespace)) if _is_shown(*pair, hidden, include_all)]
    variables = []
    for name, value in shown[:_VARIABLES]:
        entry = describe(name, value)
        if entry["shape"]:
            entry["columns"] = columns_of(value, deadline)
        variables.append(entry)
        if time.perf_counter() > deadline:
            break
    return {"variables": variables, "total": len(shown), "cut": len(variables) < len(shown)}


class Differ:
    """Remembers the variables as they were, and tells what has changed since.

    Keeps no reference to anything but small immutable values, so that what the user deletes is freed.
    """

    def __init__(self):
        self._known = {}

    def scan(
        self, namespace: dict[str, object], hidden: dict[str, object], seconds: float = _SCAN_S
    ) -> Iterator[dict[str, object] | None]:
        """Compare in small steps: yields None after each, in the end the fields of `NamespaceDiff`.

        Args:
            namespace: The names and their values.
            hidden: Names and values that are not the user's.
            seconds: How long all the steps may take; the newest variables are looked at first.
        """
        spent = 0.0
        known, added, changed, seen, cut = {}, [], [], set(), False
        pairs = reversed(_pairs(namespace))
        started = time.perf_counter()
        for name, value in pairs:
            if not _is_shown(name, value, hidden, False):
                continue
            seen.add(name)
            cut = cut or spent > seconds or len(known) >= _VARIABLES
            if not cut:
                before = self._known.get(name)
                known[name] = now = _remembered(name, value, before)
                if before is None:
                    added.append(now[1])
                elif now is not before and now[1:] != before[1:]:
                    changed.append(now[1])
            if len(seen) % 16 == 0:
                del value
                spent += time.perf_counter() - started
                yield None
                started = time.perf_counter()
        removed = [name for name in self._known if name not in seen]
        kept = {name: entry for name, entry in self._known.items() if name in seen and name not in known}
        self._known = {**kept, **known}
        cut = cut or len(added) > _CHANGES or len(changed) > _CHANGES
        yield {
            "added": added[:_CHANGES],
            "changed": changed[:_CHANGES],
            "removed": [name[:_NAME] for name in removed[:_CHANGES]],
            "total": len(seen),
            "cut": cut or len(removed) > _CHANGES,
        }


def _remembered(name, value, before):
    """Give `(small immutable value or None, description, identity)`; the one of before where it must be the same."""
    cls = type(value)
    atom = value if is_one_of(cls, _ATOMS) and sys.getsizeof(value) <= 512 else None
    if before is not None and atom is not None and before[0] is atom:
        return before
    return atom, describe(name, value), None if atom is not None else id(value)
