"""Looks at objects without running their code.

Nothing here calls a method, a property, `__getattr__`, `__class__`, `__eq__` or `__hash__` of the object, its class
or its metaclass: only the interpreter's own descriptors, and `is`.
"""

from __future__ import annotations

import sys
import types

__all__ = [
    "attributes",
    "builtin_base",
    "class_entry",
    "class_name",
    "exact_str",
    "inherits",
    "is_class",
    "is_one_of",
    "loaded",
    "module_name",
    "own_dict",
    "public_name",
]

_mro = type.__dict__["__mro__"].__get__
_class_dict = type.__dict__["__dict__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_module = type.__dict__["__module__"].__get__
_module_dict = types.ModuleType.__dict__["__dict__"].__get__

_BASES = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, complex, BaseException)
_BASE_BY_ID = {id(base): base for base in _BASES}

_MAX_ATTRIBUTES = 10_000


def exact_str(value, default="?"):
    """Give the value if it is a `str` and no subclass of it, else the default."""
    return value if type(value) is str else default


def inherits(cls, base):
    """Say whether `base` is the class itself or one of its bases."""
    return any(entry is base for entry in _mro(cls))


def is_one_of(cls, classes):
    """Say whether a class is one of these, without asking its metaclass."""
    return any(entry is cls for entry in classes)


def is_class(value):
    """Say whether the value is a class, whatever its metaclass."""
    return inherits(type(value), type)


def builtin_base(cls):
    """Give the built-in type that holds the data of such an object, or None.

    The unbound methods of that type (`dict.items`, `list.__len__`, …) read the data and nothing else.
    """
    if id(cls) in _BASE_BY_ID:
        return cls
    for base in _mro(cls):
        found = _BASE_BY_ID.get(id(base))
        if found is not None:
            return found
    return None


def module_name(cls):
    """Give the name of the module that a class says it is from."""
    return exact_str(_module(cls))


def class_name(cls):
    """Give a class's own name, with those of the classes and functions around it."""
    return exact_str(_qualname(cls))[-200:]


def public_name(cls: type) -> str:
    """Give a class's name, qualified by its module outside `builtins` and `__main__`."""
    known = _BASE_BY_ID.get(id(cls))
    if known is not None:
        return known.__name__
    module, name = module_name(cls), class_name(cls)
    if module in ("builtins", "__main__"):
        return name
    if "." not in name:
        parts = module.split(".")[:8]
        packages = (".".join(parts[:length]) for length in range(1, len(parts)))
        module = next((package for package in packages if loaded(package, name) is cls), module)
    return f"{module[:200]}.{name}"


def loaded(module, name):
    """Give what a module that is already imported has under a name, without asking its `__getattr__`."""
    found = dict.get(sys.modules, module)
    if type(found) is not types.ModuleType and not (found is not None and inherits(type(found), types.ModuleType)):
        return None
    return dict.get(_module_dict(found), name)


def class_entry(cls, name):
    """Give what a class or its bases have under a name, unbound; None without it."""
    for base in _mro(cls):
        entry = _class_dict(base).get(name)
        if entry is not None:
            return entry
    return None


def own_dict(value):
    """Give the dict that holds an object's attributes, or None where there is none or where it can't be trusted."""
    entry = class_entry(type(value), "__dict__")
    if type(entry) is not types.GetSetDescriptorType:
        return None
    try:
        found = entry.__get__(value)
    except (AttributeError, TypeError):
        return None
    return found if type(found) is dict else None


def attributes(value):
    """Give an object's stored attributes, those of `__slots__` included, as pairs: no property, no method."""
    pairs = []
    for base in reversed(_mro(type(value))):
        for name, entry in _class_dict(base).items():
            if type(entry) is types.MemberDescriptorType and type(name) is str and not name.startswith("__"):
                try:
                    pairs.append((name, entry.__get__(value)))
                except AttributeError:
                    continue
    stored = own_dict(value)
    if stored is not None:
        pairs += [(name, item) for name, item in _some_items(stored) if type(name) is str]
    return pairs


def _some_items(stored):
    if len(stored) <= _MAX_ATTRIBUTES:
        return list(stored.items())
    return [pair for pair, _ in zip(stored.items(), range(_MAX_ATTRIBUTES))]
