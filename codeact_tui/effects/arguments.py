"""What the arguments of a call say about it: whether it runs code, writes, or only gives a text back."""

import ast

from codeact_tui.effects.catalog import NO_ARGUMENT, Known
from codeact_tui.effects.values import Value, text_of

__all__ = [
    "address_in",
    "gives_text",
    "in_memory",
    "keyword_of",
    "loads_plain_data",
    "moves_a_file",
    "only_reads",
    "without_scheme",
]

_SAFE_LOADERS = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader", "FullLoader"})
_DESTINATIONS = frozenset(
    {"path", "path_or_buf", "path_or_buffer", "buf", "excel_writer", "fname", "file", "fp", "filename", "name", "root"}
    | {"directory", "con", "workbook"}
)


def keyword_of(node: ast.Call, name: str) -> ast.expr | None:
    """Give the value of an argument that is given by its name."""
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)


def loads_plain_data(name: str, node: ast.Call) -> Known | None:
    """Give what a loader does where its arguments keep it from running code; None where it may run some.

    Args:
        name: The call's dotted name.
        node: The call.
    """
    if any(keyword.arg is None for keyword in node.keywords):
        return None
    if name == "numpy.load":
        given = keyword_of(node, "allow_pickle") or (node.args[2] if len(node.args) > 2 else None)
        return Known("read", 0, "file") if given is None or _is(given, value=False) else None
    if name == "torch.load":
        return Known("read", 0, "f") if _is(keyword_of(node, "weights_only"), value=True) else None
    if name in {"yaml.load", "yaml.load_all"}:
        loader = keyword_of(node, "Loader") or (node.args[1] if len(node.args) > 1 else None)
        named = loader.attr if isinstance(loader, ast.Attribute) else getattr(loader, "id", "")
        return Known("read", NO_ARGUMENT) if named in _SAFE_LOADERS else None
    return None


def gives_text(method: str, node: ast.Call) -> bool:
    """Say whether `to_csv()` and its like only give a text back, as no place to write to is named."""
    named = any(keyword.arg is None or keyword.arg in _DESTINATIONS for keyword in node.keywords)
    return method.startswith(("to_", "write_")) and not node.args and not named


def moves_a_file(method: str, node: ast.Call, *, of_path: bool) -> bool:
    """Say whether `rename` or `replace` may be that of a path, and not of a table, a text or a date."""
    if any(keyword.arg != "target" for keyword in node.keywords) or len(node.args) + len(node.keywords) != 1:
        return False
    [given] = node.args or [node.keywords[0].value]
    return of_path or (method == "rename" and not isinstance(given, ast.Dict | ast.Lambda | ast.Attribute))


def address_in(node: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """Give host and port where a call is given an address as a pair."""
    for given in node.args[:2]:
        if isinstance(given, ast.Tuple) and len(given.elts) == 2:
            return given.elts[0], given.elts[1]
    return None


def in_memory(target: str) -> bool:
    """Say whether a database is one in memory."""
    return target.startswith((":memory:", "file::memory:"))


def only_reads(target: str) -> bool:
    """Say whether the address of a database says that it is only read."""
    return target.startswith("file:") and "mode=ro" in target.partition("?")[2].split("&")


def without_scheme(target: Value) -> Value:
    """Give the path in `file:a.db?mode=ro`; what is none stays."""
    of_file = isinstance(target, str) and target.startswith("file:")
    return text_of(target).removeprefix("file:").partition("?")[0] if of_file else target


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
