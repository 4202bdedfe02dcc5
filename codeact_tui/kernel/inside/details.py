"""All that can be told of one variable: a table, figures, a tree, source, a longer text."""

from __future__ import annotations

import inspect
import itertools
import linecache
import os
import re
import stat
import types

from . import libraries
from .grids import array_histogram, column_figures, table_window
from .namespace import describe, find
from .objects import attributes, builtin_base, class_name, is_class, is_one_of, public_name
from .sorting import Orders
from .summaries import field_names, summarize, text_of

__all__ = ["detail"]

_NODES = 100
_TEXT = 20_000
_SOURCE_LINES = 500
_SOURCE_BYTES = 2_000_000

_ITERATE = {
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    dict: lambda value: iter(dict.items(value)),
}


def detail(
    namespace: dict[str, object],
    name: str,
    path: list[str | int],
    start: int,
    part: dict[str, object] | None = None,
    orders: Orders | None = None,
) -> dict[str, object]:
    """Look into a variable, or into what lies on a path into it.

    Args:
        namespace: The names and their values.
        name: The variable.
        path: Steps into it: positions of items as int, names of attributes as str.
        start: First row of a table, first item of a container.
        part: The fields of `TablePart`; None for the first columns as they are.
        orders: Finds and keeps the order of sorted rows.

    Returns:
        The fields of `VariableDetail`, as JSON types.
    """
    start = max(0, start)
    try:
        value, label = _walk(find(namespace, name), name, path)
        return _detail(value, label, path, start, part or {}, orders)
    except LookupError as error:
        return {"variable": {"name": name[:200], "type_name": ""}, "error": str(error.args[0])}
    except RuntimeError:
        return {"variable": {"name": name[:200], "type_name": ""}, "error": "It changed while it was read."}


def _walk(value, label, path):
    for step in path:
        label += f"[{step}]" if type(step) is int else f".{step}"
        value = _item(value, step) if type(step) is int else _attribute(value, step)
    return value, label


def _item(value, position):
    iterate = _ITERATE.get(builtin_base(type(value)))
    if iterate is None or position < 0:
        raise LookupError("There is nothing at that place any more.")
    for item in itertools.islice(iterate(value), position, position + 1):
        return item[1] if iterate is _ITERATE[dict] else item
    raise LookupError("There is nothing at that place any more.")


def _attribute(value, name):
    for found, item in attributes(value):
        if found == name:
            return item
    raise LookupError(f"It has no attribute {name!r} any more.")


def _detail(value, label, path, start, part, orders):
    found = {"variable": describe(label, value)}
    if part.get("figures") is not None:
        return {**found, **column_figures(value, part["figures"])}
    table = table_window(value, start, part, orders)
    if table is not None:
        return {**found, "table": table, "has_rows": True}
    if libraries.is_table(value):
        return {**found, "error": "The table could not be read. It may be changing just now."}
    picture = libraries.picture_of(value)
    if picture is not None:
        found["picture"] = dict(zip(("width", "height", "pixels"), picture))
    figures = libraries.statistics_of(value)
    if figures:
        nodes, total = _array_nodes(value, start)
        found.update(statistics=figures, nodes=nodes, total_nodes=total, has_rows=libraries.has_rows(value))
        return {**found, "histogram": array_histogram(value)}
    if type(value) is types.FunctionType:
        return {**found, "source": _function_source(value)}
    if is_class(value):
        return {**found, "source": _class_source(value)}
    nodes, total = _nodes(value, list(path), start)
    return {**found, "nodes": nodes, "total_nodes": total, "text": text_of(value, _TEXT)}


def _array_nodes(value, start):
    items = libraries.values_of(value, start, _NODES)
    if items is None:
        return [], 0
    shown, total = items
    return [_node(label, item, None) for label, item in shown], total


def _nodes(value, path, start):
    base = builtin_base(type(value))
    if base in _ITERATE:
        items, total = _container_nodes(value, base, path, start)
    else:
        items, total = [], 0
    pairs = _attribute_pairs(value)
    if not items and pairs:
        shown = pairs[start : start + _NODES]
        return [_node(f".{name[:200]}", item, [*path, name]) for name, item in shown], len(pairs)
    return items, total


def _container_nodes(value, base, path, start):
    names = field_names(type(value)) if base is tuple else ()
    nodes = []
    for position, item in itertools.islice(enumerate(_ITERATE[base](value)), start, start + _NODES):
        label = str(position)
        if base is dict:
            label, item = summarize(item[0], 1), item[1]
        elif position < len(names):
            label = f".{names[position]}"
        nodes.append(_node(label, item, [*path, position]))
    return nodes, base.__len__(value)


def _attribute_pairs(value):
    pairs = attributes(value)
    names = field_names(type(value))
    if not names:
        return pairs
    stored = dict(pairs)
    return [(name, stored.pop(name)) for name in names if name in stored] + list(stored.items())


def _node(label, value, path):
    return {
        "label": label,
        "type_name": public_name(type(value)),
        "summary": summarize(value),
        "path": path or [],
        "expandable": path is not None and _is_expandable(value),
        "opens": path is not None and libraries.has_view(value),
    }


def _is_expandable(value):
    base = builtin_base(type(value))
    if base in _ITERATE:
        return base.__len__(value) > 0
    simple = (types.FunctionType, types.ModuleType, types.BuiltinFunctionType)
    if base is not None or is_one_of(type(value), simple) or is_class(value) or value is None:
        return False
    return libraries.facts_of(value, summarize) is None and bool(attributes(value))


def _function_source(function):
    code = function.__code__
    lines = _lines(code.co_filename)
    return _block(lines, code.co_firstlineno - 1)


def _class_source(cls):
    """Find a class by the first of its own methods, and its `class` line above that."""
    name = class_name(cls)
    for item in type.__dict__["__dict__"].__get__(cls).values():
        item = item.__func__ if is_one_of(type(item), (staticmethod, classmethod)) else item
        if type(item) is types.FunctionType and item.__code__.co_firstlineno:
            lines = _lines(item.__code__.co_filename)
            opening = re.compile(rf"\s*class\s+{re.escape(name.rsplit('.', 1)[-1])}\b")
            for index in range(min(item.__code__.co_firstlineno, len(lines)) - 1, -1, -1):
                if opening.match(lines[index]):
                    return _block(lines, index)
    return ""


def _lines(filename):
    """Give a source file's lines, from memory where the cell is kept there; of ordinary files only."""
    cached = linecache.cache.get(filename)
    if cached is not None and len(cached) == 4:
        return cached[2]
    try:
        status = os.stat(filename)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _SOURCE_BYTES:
            return []
        with open(filename, encoding="utf-8", errors="replace") as file:
            return file.readlines()
    except (OSError, ValueError):
        return []


def _block(lines, first):
    try:
        return "".join(inspect.getblock(lines[first : first + _SOURCE_LINES]))
    except (SyntaxError, IndexError, ValueError):
        return ""
