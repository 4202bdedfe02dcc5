"""What may stand where the cursor is, from the user's variables as they are now, without running any of their code.

IPython's own completer asks objects what they have (`__dir__`, `__getattr__`, properties), which is code of the
user's, and jedi may take seconds for it. This one reads what is stored. So it can answer at any time, also while a cell
runs, and typing a dot never starts anything.
"""

from __future__ import annotations

import builtins
import keyword
import os
import sys

from .known import Scope, keys_of, members, module_members, value_kind
from .reading import bindings, place_of
from .signatures import parameters_of

__all__ = ["complete"]

_MATCHES = 500
_ENTRIES = 5_000
_NAME = 200


def complete(namespace: dict[str, object], hidden: dict[str, object], code: str, cursor: int) -> dict[str, object]:
    """Complete code at the cursor, a position in characters.

    Args:
        namespace: The names and their values.
        hidden: Names and values that are not the user's.
        code: The code as far as it is written.
        cursor: Where in it.

    Returns:
        The content of a `complete_reply`, and `kinds`: what each match is, in a word.
    """
    cursor = max(0, min(cursor, len(code)))
    place = place_of(code, cursor)
    known, names = bindings(code, cursor)
    scope = Scope(namespace, known)
    if place.kind == "attribute":
        owner = scope.resolve(place.owner)
        found = [] if owner is None else [(name, value_kind(value)) for name, value in members(owner)]
    elif place.kind == "key":
        found = _keys(scope.resolve(place.owner), place, code[cursor : cursor + 2])
    elif place.kind == "from":
        found = [(name, value_kind(value)) for name, value in module_members(place.owner)]
    elif place.kind == "import":
        found = _modules(place.owner)
    elif place.kind == "name":
        found = [*_arguments(scope, place), *_names(namespace, hidden, known, names)]
    else:
        found = []
    chosen = _matching(found, place.typed)
    return {
        "status": "ok",
        "matches": [name for name, _ in chosen],
        "kinds": [kind for _, kind in chosen],
        "cursor_start": place.start,
        "cursor_end": cursor,
        "metadata": {},
    }


def _matching(found, typed):
    """Choose those that begin with what is typed, small and capital letters alike, each once, private ones last."""
    lower, seen, chosen = typed.lower(), set(), []
    for name, kind in found:
        if name in seen or len(name) > _NAME or not name.lower().startswith(lower):
            continue
        if name.startswith("_") and not typed.startswith("_"):
            continue
        seen.add(name)
        chosen.append((name, kind))
    chosen.sort(key=lambda pair: (not pair[0].endswith("="), not pair[0].startswith(typed), pair[0].lower()))
    return chosen[:_MATCHES]


def _arguments(scope, place):
    if place.call is None or place.call.keyword:
        return []
    function = scope.resolve(place.call.function)
    if function is None or function.cls is not None:
        return []
    parameters = parameters_of(function.value) or []
    names = [parameter.partition("=")[0] for parameter in parameters if parameter not in ("/", "*")]
    if "/" in parameters:
        names = names[parameters.index("/") :]
    return [(f"{name}=", "argument") for name in names if not name.startswith("*")]


def _names(namespace, hidden, known, names):
    own = [
        (name, value_kind(value))
        for name, value in list(dict.items(namespace))
        if type(name) is str and not (name in hidden and hidden[name] is value)
    ]
    written = [(name, "function" if name in known and hasattr(known[name], "args") else "name") for name in names]
    return [
        *own,
        *((name, kind) for name, kind in written if name not in namespace),
        *((name, value_kind(value)) for name, value in dict.items(builtins.__dict__)),
        *((word, "keyword") for word in keyword.kwlist),
    ]


def _keys(owner, place, after):
    """Give keys with what closes the string and the brackets, where that is not there yet."""
    if owner is None:
        return []
    end = place.quote + "]" if not after.startswith(place.quote) else ""
    fit = [(key, value) for key, value in keys_of(owner) if place.quote not in key and "\\" not in key]
    return [(key + end, value_kind(value)) for key, value in fit if key.isprintable()]


def _modules(owner):
    if owner:
        module = dict.get(sys.modules, owner)
        paths = getattr(module, "__path__", ()) if type(module) is type(sys) else ()
        folders = [path for path in (paths if type(paths) is list else ()) if type(path) is str]
    else:
        folders = [path or "." for path in sys.path if type(path) is str]
    names = set() if owner else set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
    for folder in folders:
        names.update(_modules_in(folder))
    return [(name, "module") for name in names if name.isidentifier()]


def _modules_in(folder):
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(_ENTRIES), entries):
                name, _, ending = entry.name.partition(".")
                if ending in ("py", "pyd") or ending.endswith("so") or (not ending and entry.is_dir()):
                    yield name
    except OSError:
        return
