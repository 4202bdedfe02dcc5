"""What a loop's variable holds, round by round, where the code tells: names in a list, paths that match a pattern."""

import ast
import posixpath
from collections.abc import Mapping

from codeact_tui.effects.values import PathValue, Value, fold, text_of

__all__ = ["held_in_rounds"]

_MOST = 8
"""Rounds that are looked at one by one."""
_SAME_THINGS = frozenset({"sorted", "list", "tuple", "set", "reversed", "tqdm", "tqdm.tqdm", "tqdm.auto.tqdm"})


def held_in_rounds(
    target: ast.expr, things: ast.expr, names: Mapping[str, Value], dotted: Mapping[str, str]
) -> tuple[str, tuple[Value, ...]] | None:
    """Give a loop's variable and what it holds in each round; None where that can't be told.

    Args:
        target: What stands behind `for`.
        things: What stands behind `in`.
        names: What names hold, where it is known.
        dotted: What imported names stand for.
    """
    match things:
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if isinstance(target, ast.Tuple):
            return held_in_rounds(target.elts[-1], inner, names, dotted)
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if dotted.get(name, name) in _SAME_THINGS:
            return held_in_rounds(target, inner, names, dotted)
        case _:
            pass
    if not isinstance(target, ast.Name):
        return None
    values = _values(things, names, dotted)
    return (target.id, values) if values else None


def _values(things: ast.expr, names: Mapping[str, Value], dotted: Mapping[str, str]) -> tuple[Value, ...]:
    match things:
        case ast.List(elts=each) | ast.Tuple(elts=each) | ast.Set(elts=each) if 0 < len(each) <= _MOST:
            return tuple(fold(one, names, dotted) for one in each)
        case ast.Call(func=ast.Attribute(value=owner, attr="iterdir"), args=[]):
            return _matching(fold(owner, names, dotted), "*")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="glob"), attr="glob" | "iglob"), args=[pattern, *_]):
            return _matching("", fold(pattern, names, dotted)) if dotted.get("glob") == "glob" else ()
        case ast.Call(func=ast.Name(id=name), args=[pattern, *_]) if dotted.get(name) in {"glob.glob", "glob.iglob"}:
            return _matching("", fold(pattern, names, dotted))
        case ast.Call(func=ast.Attribute(value=owner, attr="glob" | "rglob" as way), args=[pattern, *_]):
            folded = fold(pattern, names, dotted)
            below = f"**/{folded}" if way == "rglob" and isinstance(folded, str) else folded
            return _matching(fold(owner, names, dotted), below)
        case _:
            return ()


def _matching(base: Value, pattern: Value) -> tuple[Value, ...]:
    if base is None or pattern is None:
        return ()
    return (PathValue(posixpath.join(text_of(base), text_of(pattern)), many=True),)
