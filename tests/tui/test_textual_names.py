"""No widget of ours sets what its Textual class keeps under the same name: `_closed` once hung the whole screen."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from functools import cache

from textual.message_pump import MessagePump

import codeact_tui.tui

MEANT = {
    ("BlockScroll", "_vertical_scrollbar"),
    ("MainScreen", "_bindings"),
    ("PromptFrames", "_screen_resized"),
    ("PromptFrames", "_update_timer"),
    ("CellEditor", "_build_highlight_map"),
    ("CellEditor", "_highlights"),
}
"""Textual's own, changed because nothing public does it; each place says why."""


@cache
def written(kind: type) -> set[str]:
    """Give the underscored names that a class's source defines, or sets on itself: not handlers, which add up."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            found.add(node.attr)
    return {name for name in found if name.startswith("_") and not name.startswith(("__", "_on_"))}


def widgets() -> Iterator[type]:
    for module in pkgutil.walk_packages(codeact_tui.tui.__path__, "codeact_tui.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(kind) and kind.__module__ == module.name and issubclass(kind, MessagePump):
                yield kind


def clashes(kind: type) -> set[tuple[str, str]]:
    bases = [base for base in kind.__mro__ if base.__module__.startswith("textual.")]
    theirs = set[str]().union(*(written(base) | set(vars(base)) for base in bases))
    return {(kind.__name__, name) for name in written(kind) & theirs}


def test_no_name_of_textual_is_taken() -> None:
    assert set[tuple[str, str]]().union(*map(clashes, widgets())) == MEANT
