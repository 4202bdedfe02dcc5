"""Values that code tells without being run: strings and paths put together of constants and of what variables hold."""

import ast
import posixpath
from collections.abc import Mapping

from msgspec import Struct

__all__ = ["PathValue", "Value", "fold", "text_of"]

_CHARS = 4000


class PathValue(Struct, frozen=True):
    """A `pathlib.Path` of which the text is known."""

    text: str
    many: bool = False
    """It stands for each path that matches a pattern."""


Value = str | PathValue | None
"""None: not known."""


def text_of(value: Value) -> str:
    """Give the text of a value; empty when it is not known."""
    return value.text if isinstance(value, PathValue) else value or ""


def fold(node: ast.expr | None, names: Mapping[str, Value], dotted: Mapping[str, str]) -> Value:
    """Work out an expression, as far as its parts are known.

    Args:
        node: The expression.
        names: What names hold, where it is known.
        dotted: What imported names stand for: `{"P": "pathlib.Path"}`.
    """
    match node:
        case ast.Constant(value=str() as text):
            return text[:_CHARS]
        case ast.Name(id=name):
            return names.get(name)
        case ast.JoinedStr(values=parts):
            return _joined([_part(part, names, dotted) for part in parts])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([fold(left, names, dotted), fold(right, names, dotted)])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _below(fold(left, names, dotted), [fold(right, names, dotted)])
        case ast.Call():
            return _call(node, names, dotted)
        case ast.Attribute(value=inner, attr="parent"):
            value = fold(inner, names, dotted)
            known = isinstance(value, PathValue)
            return PathValue(posixpath.dirname(value.text) or ".", value.many) if known else None
        case _:
            return None


def _part(part: ast.expr, names: Mapping[str, Value], dotted: Mapping[str, str]) -> Value:
    if isinstance(part, ast.FormattedValue):
        if part.format_spec or part.conversion != -1:
            return None
        inner = part.value
        if isinstance(inner, ast.Constant) and isinstance(inner.value, int | float):
            return str(inner.value)
        return fold(inner, names, dotted)
    return fold(part, names, dotted)


def _joined(parts: list[Value]) -> Value:
    if None in parts:
        return None
    text = "".join(map(text_of, parts))[:_CHARS]
    return PathValue(text, many=True) if any(map(_is_many, parts)) else text


def _is_many(value: Value) -> bool:
    return isinstance(value, PathValue) and value.many


def _below(base: Value, parts: list[Value]) -> Value:
    if base is None or None in parts:
        return None
    return PathValue(posixpath.join(text_of(base), *map(text_of, parts))[:_CHARS], any(map(_is_many, [base, *parts])))


def _call(node: ast.Call, names: Mapping[str, Value], dotted: Mapping[str, str]) -> Value:
    arguments = [fold(argument, names, dotted) for argument in node.args]
    match node.func:
        case ast.Attribute(value=inner, attr="joinpath"):
            return _below(fold(inner, names, dotted), arguments)
        case ast.Attribute(value=inner, attr="resolve" | "absolute" | "expanduser") if not arguments:
            return fold(inner, names, dotted)
        case ast.Attribute(value=inner, attr="with_suffix") if len(arguments) == 1:
            value = fold(inner, names, dotted)
            known = isinstance(value, PathValue) and arguments[0] is not None
            text = posixpath.splitext(text_of(value))[0] + text_of(arguments[0])
            return PathValue(text, _is_many(value)) if known else None
        case ast.Attribute(value=inner, attr="with_name") if len(arguments) == 1:
            value = fold(inner, names, dotted)
            known = isinstance(value, PathValue) and not value.many
            return _below(PathValue(posixpath.dirname(text_of(value))), arguments) if known else None
        case _:
            name = _dotted_name(node.func, dotted)
    if name in {"pathlib.Path.home", "pathlib.Path.cwd", "os.getcwd"} and not node.args:
        return PathValue("~") if name.endswith("home") else "." if name == "os.getcwd" else PathValue(".")
    if name in {"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"}:
        return PathValue(".") if not arguments else _below(arguments[0], arguments[1:])
    if name in {"os.path.join", "posixpath.join"} and arguments:
        joined = _below(arguments[0], arguments[1:])
        return joined if joined is None or _is_many(joined) else text_of(joined)
    if name in {"str", "os.fspath", "os.path.abspath", "os.path.expanduser"} and len(arguments) == 1:
        return arguments[0] if arguments[0] is None or _is_many(arguments[0]) else text_of(arguments[0])
    return None


def _dotted_name(node: ast.expr, dotted: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return dotted.get(name, name)
        case ast.Attribute(value=inner, attr=attribute):
            base = _dotted_name(inner, dotted)
            return f"{base}.{attribute}" if base else ""
        case _:
            return ""
