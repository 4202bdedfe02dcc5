"""What variables hold now, where that is plain: strings and paths, from the kernel's list of them. Pure."""

import ast
import re
from collections.abc import Iterable

from codeact_tui.effects.values import PathValue, Value
from codeact_tui.protocol.variables import Variable
from codeact_tui.secrets.detect import Detector

__all__ = ["live_values", "names_in"]

_NAME = re.compile(r"[^\W\d]\w*")
_NAMES = 2000
_PATHS = frozenset({"PosixPath", "PurePosixPath"})
_SUMMARY_CHARS = 120
"""One that is as long may have been cut."""


def names_in(code: str) -> frozenset[str]:
    """Give the words of a cell that can be names, the first thousands."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(code):
        found[match[0]] = None
        if len(found) >= _NAMES:
            break
    return frozenset(found)


def live_values(variables: Iterable[Variable], names: frozenset[str]) -> dict[str, Value]:
    """Give what these names hold; None for what is not plain, not whole, or looks like a key."""
    detector = Detector()
    found: dict[str, Value] = {}
    for variable in variables:
        if variable.name in names:
            value = _value(variable)
            secret = value is not None and detector.find(f"{variable.name} = {variable.summary}")
            found[variable.name] = None if secret else value
    return found


def _value(variable: Variable) -> Value:
    text = variable.summary
    if len(text) >= _SUMMARY_CHARS:
        return None
    if variable.type_name == "str":
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
        return value if isinstance(value, str) else None
    if variable.type_name.startswith("pathlib.") and variable.type_name.rpartition(".")[2] in _PATHS:
        return None if text.endswith("…") else PathValue(text)
    return None
