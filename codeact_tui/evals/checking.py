"""Whether an answer is right. Pure.

Source: M³ToolEval in the CodeAct paper's code: equal as text, or after conversion to an int, a float or a literal,
lists element by element. There an expected float is cut to its whole part, so that 103 passes for 103.84; not here.
"""

import ast
import json
import math
from collections.abc import Sequence
from typing import cast

from codeact_tui.evals.base import Check

__all__ = ["converted", "is_right", "literal"]

_LITERAL_CHARS = 100_000


def is_right(answer: str, expected: str, check: Check = "equal", tolerance: float = 0.0) -> bool:
    """Say whether an answer is the expected one.

    Args:
        answer: What the model wrote after `Answer:`.
        expected: JSON.
        check: How the two are compared.
        tolerance: For `close`: how far a number may be off, in the answer's own unit.
    """
    wanted: object = json.loads(expected)
    said = answer.strip()
    if said == wanted or said == str(wanted).strip():
        return True
    found = literal(said)
    if check == "unordered":
        return _same_in_any_order(found, wanted)
    return _same(found, wanted, tolerance if check == "close" else 0.0)


def converted(text: str) -> "int | float | str":
    """Read a text as an int, else as a float, else leave it."""
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def literal(text: str) -> object:
    """Read a text as a number or a Python literal, else leave it."""
    number = converted(text)
    if not isinstance(number, str) or len(text) > _LITERAL_CHARS:
        return number
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _same(found: object, wanted: object, tolerance: float) -> bool:
    if isinstance(wanted, list | tuple):
        ours = cast("Sequence[object]", wanted)
        if not isinstance(found, list | tuple):
            return False
        theirs = cast("Sequence[object]", found)
        return len(theirs) == len(ours) and all(
            _same(one, other, tolerance) for one, other in zip(theirs, ours, strict=True)
        )
    one, other = _scalar(found), _scalar(wanted)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or (tolerance > 0 and math.isfinite(one) and abs(one - other) <= tolerance)
    return one == other


def _scalar(value: object) -> object:
    return converted(value) if isinstance(value, str) else value


def _same_in_any_order(found: object, wanted: object) -> bool:
    if not isinstance(wanted, list):
        return _same(found, wanted, 0.0)
    if not isinstance(found, list | tuple | set):
        return False
    left = list(cast("Sequence[object]", found))
    for one in cast("list[object]", wanted):
        match = next((index for index, other in enumerate(left) if _same(other, one, 0.0)), None)
        if match is None:
            return False
        del left[match]
    return not left
