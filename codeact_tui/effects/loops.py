"""Loops that have no end, or a far one, as far as that can be told from the code."""

import ast
from collections.abc import Iterable, Iterator

__all__ = ["LONG_ROUNDS", "LONG_S", "endless_while", "never_left", "whole_number"]

LONG_ROUNDS = 100_000_000
"""Rounds of a loop that are worth a word."""
LONG_S = 60
"""Seconds of sleep that are."""
_MOST_BITS = 200


def endless_while(node: ast.While) -> bool:
    """Say whether a loop without a condition has no way out either."""
    return isinstance(node.test, ast.Constant) and bool(node.test.value) and never_left(node)


def never_left(node: ast.While | ast.For) -> bool:
    """Say whether nothing in the body of a loop leaves it."""
    return not any(_leaves(node.body, of_loop=True))


def _leaves(body: Iterable[ast.AST], *, of_loop: bool) -> Iterator[bool]:
    """Look for what leaves a loop; a `break` in another loop, and a `return` in a function of the body, do not."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                continue
            case ast.Return() | ast.Raise():
                yield True
            case ast.Break():
                yield of_loop
            case ast.While() | ast.For() | ast.AsyncFor():
                yield from _leaves(node.body, of_loop=False)
                yield from _leaves(node.orelse, of_loop=of_loop)
            case _:
                yield from _leaves(ast.iter_child_nodes(node), of_loop=of_loop)


def whole_number(node: ast.expr | None) -> float | None:
    """Work out a number that stands in the code, as `10**9` or `60 * 60`; None where it is no plain one."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.BinOp(left=left, op=op, right=right):
            return _worked_out(whole_number(left), op, whole_number(right))
        case _:
            return None


def _worked_out(left: float | None, op: ast.operator, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        match op:
            case ast.Add():
                return left + right
            case ast.Mult():
                return left * right
            case ast.Pow() if abs(right) <= _MOST_BITS and abs(left) <= 2**_MOST_BITS:
                return float(left) ** right
            case _:
                return None
    except (OverflowError, ZeroDivisionError):
        return None
