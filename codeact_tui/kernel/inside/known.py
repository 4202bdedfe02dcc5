"""What an expression stands for, as far as it can be said without running anything.

A name is looked up; an attribute is taken from where it is stored; an item only from a container of the interpreter's
own; a call of a class is an object of it, a call of a function is what its annotation says.
"""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections import namedtuple

from . import libraries
from .facts import Window
from .objects import attributes, builtin_base, class_entry, exact_str, inherits, is_class, loaded, own_dict

__all__ = ["Known", "Scope", "attribute_of", "function_behind", "keys_of", "members", "module_members", "value_kind"]

Known = namedtuple("Known", "value cls")
"""Something: its value where there is one (`cls` is None then), or else its class alone."""

_DEPTH = 12
_MEMBERS = 5_000
_MISSING = object()
_WRAPPERS = 10
_ANNOTATIONS_RUN = sys.version_info >= (3, 14)
"""There annotations are code that runs when they are asked for."""
_mro = type.__dict__["__mro__"].__get__
_class_dict = type.__dict__["__dict__"].__get__
_module_dict = types.ModuleType.__dict__["__dict__"].__get__
_LITERALS = {
    ast.List: list, ast.ListComp: list, ast.Dict: dict, ast.DictComp: dict, ast.Set: set, ast.SetComp: set,
    ast.Tuple: tuple, ast.JoinedStr: str,
}  # fmt: skip
_MEMBER_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class Scope:
    """What names stand for: those of the code that is written, then the user's variables, then the built-in ones.

    Args:
        namespace: The user's variables.
        bindings: What the code gives names to, as `reading.bindings` says.
    """

    def __init__(self, namespace, bindings):
        self._namespace = namespace
        self._bindings = bindings

    def resolve(self, expression):
        """Give what an expression stands for, or None."""
        try:
            node = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return self._node(node, 0)

    def _node(self, node, depth):
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Name):
            return self._name(node.id, depth)
        if isinstance(node, ast.Constant):
            return Known(node.value, None)
        if isinstance(node, ast.Attribute):
            owner = self._node(node.value, depth + 1)
            return None if owner is None else attribute_of(owner, node.attr)
        if isinstance(node, ast.Subscript):
            return self._item(node, depth)
        if isinstance(node, ast.Call):
            function = self._node(node.func, depth + 1)
            return None if function is None else result_of(function)
        if isinstance(node, ast.Await):
            return None
        cls = _LITERALS.get(type(node))
        return None if cls is None else Known(None, cls)

    def _name(self, name, depth):
        source = self._bindings.get(name)
        written = None if source is None else self._bound(source, depth)
        if written is not None and written.cls is None:
            return written
        for names in (self._namespace, builtins.__dict__):
            for found, value in list(dict.items(names)):
                if type(found) is str and found == name and (written is None or type(value) is written.cls):
                    return Known(value, None)  # also where the code makes another: what it holds is likely the same
        return written

    def _bound(self, source, depth):
        if isinstance(source, tuple):
            if source[0] == "module":
                module = dict.get(sys.modules, source[1])
                return None if module is None else Known(module, None)
            value = loaded(source[1], source[2])
            return None if value is None else Known(value, None)
        if isinstance(source, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return Known(source, None)
        return self._node(source, depth + 1)

    def _item(self, node, depth):
        owner, key = self._node(node.value, depth + 1), node.slice
        if owner is None or owner.cls is not None or not isinstance(key, ast.Constant):
            return None
        base, wanted = builtin_base(type(owner.value)), key.value
        if base is dict and type(wanted) in (str, int):
            for found, value in list(dict.items(owner.value)):
                if type(found) is type(wanted) and found == wanted:
                    return Known(value, None)
        elif (
            base in (list, tuple)
            and type(wanted) is int
            and -base.__len__(owner.value) <= wanted < base.__len__(owner.value)
        ):
            return Known(base.__getitem__(owner.value, wanted), None)
        return None


def attribute_of(owner, name):
    """Give an attribute without asking for it: from where objects and classes store them."""
    value = owner.value
    if owner.cls is None:
        if inherits(type(value), types.ModuleType):
            found = dict.get(_module_dict(value), name, _MISSING)
            return None if found is _MISSING else Known(found, None)
        if is_class(value):
            entry = class_entry(value, name)
            return None if entry is None else Known(entry, None)
        stored = own_dict(value)
        found = _MISSING if stored is None else dict.get(stored, name, _MISSING)
        if found is not _MISSING:
            return Known(found, None)
    cls = owner.cls or type(value)
    entry = class_entry(cls, name)
    if entry is None:
        return None
    if type(entry) is property:
        getter = property.__dict__["fget"].__get__(entry)
        return result_of(Known(getter, None))
    if type(entry) in _MEMBER_DESCRIPTORS:
        return None
    return Known(_Method(entry), None) if type(entry) is types.FunctionType else Known(entry, None)


class _Method:
    """A function found on a class, to be called on an object of it."""

    __slots__ = ("function",)

    def __init__(self, function):
        self.function = function


def function_behind(value):
    """Give the Python function that a callable leads to, and how many of its first parameters are given already."""
    given = 0
    for _ in range(_WRAPPERS):
        cls = type(value)
        if cls is _Method:
            value, given = value.function, 1
        elif cls is types.MethodType:
            value, given = types.MethodType.__dict__["__func__"].__get__(value), 1
        elif cls is staticmethod:
            value = staticmethod.__dict__["__func__"].__get__(value)
        elif cls is classmethod:
            value, given = classmethod.__dict__["__func__"].__get__(value), 1
        elif cls is types.FunctionType:
            wrapped = dict.get(value.__dict__, "__wrapped__")
            if type(wrapped) is not types.FunctionType:
                return value, given
            value = wrapped
        else:
            stored = own_dict(value)
            value = None if stored is None else dict.get(stored, "__wrapped__")
    return None, given


def result_of(function):
    """Give what a call of this comes to, or None: an object of a class, or what the annotation promises."""
    value = function.value
    if function.cls is not None or isinstance(value, ast.AST):
        return None
    if is_class(value):
        return Known(None, value)
    found, _ = function_behind(value)
    if found is None or _ANNOTATIONS_RUN:
        return None
    promised = found.__annotations__.get("return") if type(found.__annotations__) is dict else None
    if type(promised) is str:
        name = promised.split("|", 1)[0].split("[", 1)[0].strip(" '\"")
        promised = dict.get(found.__globals__, name, dict.get(builtins.__dict__, name))
    return Known(None, promised) if promised is not None and is_class(promised) else None


def module_members(name):
    """Give the names in a module that is loaded, with their values; nothing for another."""
    module = dict.get(sys.modules, name)
    return [] if module is None or not inherits(type(module), types.ModuleType) else members(Known(module, None))


def members(owner):
    """Give the names behind a dot, each with what it is: a value, or an unbound class entry."""
    value = owner.value
    if isinstance(value, ast.AST):
        return []
    if owner.cls is None and inherits(type(value), types.ModuleType):
        return [pair for pair in list(dict.items(_module_dict(value)))[:_MEMBERS] if type(pair[0]) is str]
    cls = owner.cls or type(value)
    found = {}
    for base in reversed(_mro(value if owner.cls is None and is_class(value) else cls)):
        found.update(pair for pair in list(_class_dict(base).items()) if type(pair[0]) is str)
    if owner.cls is None and not is_class(value):
        found.update(attributes(value))
        for column in _columns(value):
            if column.isidentifier():
                found.setdefault(column, _COLUMN)
    return list(found.items())[:_MEMBERS]


_COLUMN = object()


def keys_of(owner):
    """Give the text keys that the item of a container or the column of a table can be asked for by."""
    value = owner.value
    if owner.cls is not None or isinstance(value, ast.AST):
        return []
    if builtin_base(type(value)) is dict:
        return [(key, item) for key, item in list(dict.items(value))[:_MEMBERS] if type(key) is str]
    return [(column, _COLUMN) for column in _columns(value)]


def _columns(value):
    table = libraries.table_of(value, Window(), arrays_too=False)
    return [] if table is None else [name for name in map(exact_str, table.columns) if name != "?"]


def value_kind(value):
    """Say in a word what a completion is: `function`, `class`, `module`, `property`, `column`, or its type's name."""
    cls = type(value)
    if value is _COLUMN:
        return "column"
    if isinstance(value, ast.AST):
        return "class" if isinstance(value, ast.ClassDef) else "function"
    if is_class(value):
        return "class"
    if inherits(cls, types.ModuleType):
        return "module"
    if cls in (property, *_MEMBER_DESCRIPTORS):
        return "property"
    name = exact_str(type.__dict__["__name__"].__get__(cls))
    if name in _CALLABLES:
        return "function"
    return name[:60]


_CALLABLES = frozenset(
    (
        "function",
        "builtin_function_or_method",
        "method",
        "method_descriptor",
        "wrapper_descriptor",
        "method-wrapper",
        "classmethod",
        "staticmethod",
        "classmethod_descriptor",
        "cython_function_or_method",
    )
)
