"""Reads a cell's syntax tree for what the cell would do."""

import ast
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from codeact_tui.effects.base import Analysis, Effect
from codeact_tui.effects.calls import CallReader
from codeact_tui.effects.catalog import CALLS, EFFECTFUL_MODULES, OPENERS
from codeact_tui.effects.iterated import held_in_rounds
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.effects.lookalikes import lookalikes
from codeact_tui.effects.loops import LONG_ROUNDS, endless_while, never_left, whole_number
from codeact_tui.effects.reader import MOST_EFFECTS, TARGET_CHARS, Part
from codeact_tui.effects.source import split_source
from codeact_tui.effects.tree import ENVIRONMENTS, bound_names, is_environ, name_of, now_and_later
from codeact_tui.effects.values import fold, text_of

__all__ = ["analyse", "learn"]

_MAX_CHARS = 400_000
_ENDLESS = frozenset({"itertools.count", "itertools.cycle", "itertools.repeat"})
_MOST_ROUNDS = 64
"""Bodies of loops that are gone through, for what their variables hold."""
_ALL_MODULES = frozenset({"sys.modules", "__builtins__"})
_DUNDERS = frozenset(
    {"__globals__", "__subclasses__", "__builtins__", "__code__", "__reduce__", "__class__", "__bases__"}
)


def analyse(code: str, knowledge: Knowledge | None = None) -> Analysis:
    """Tell what a cell would do.

    Args:
        code: The cell, IPython's syntax included.
        knowledge: What earlier cells have made known.

    Returns:
        What was found. It may be more than happens, and less: code can hide what it does.
    """
    return _read(code, knowledge or Knowledge())[0]


def learn(code: str, knowledge: Knowledge) -> Knowledge:
    """Add to what is known what a cell that ran has made known."""
    _, reader = _read(code, knowledge)
    if reader is None:
        return knowledge
    kept = {name: value for name, value in knowledge.values.items() if not reader.bound[name]}
    functions = {name: known for name, known in knowledge.functions.items() if not reader.bound[name]}
    return replace(
        knowledge,
        imports={**knowledge.imports, **reader.imports},
        values=kept | {name: value for name, value in reader.values.items() if value is not None},
        functions=functions | reader.functions(),
    )


def _read(code: str, knowledge: Knowledge) -> "tuple[Analysis, _Reader | None]":
    if len(code) > _MAX_CHARS:
        return Analysis(problem="The cell is too long to be read."), None
    python, effects = split_source(code)
    effects = [*effects, *(Effect(line, "lookalike", told[:TARGET_CHARS]) for line, told in lookalikes(code))]
    shell = tuple(sorted(set(effects)))
    try:
        tree = ast.parse(python)
        reader = _Reader(tree, knowledge)
        reader.visit(tree)
    except (SyntaxError, ValueError) as error:
        return Analysis(shell, f"The cell is no Python that can be read: {error.args[0]}."), None
    except (RecursionError, MemoryError):
        return Analysis(shell, "The cell is nested too deeply to be read."), None
    found = sorted({*effects, *reader.effects()})
    return Analysis(tuple(found[:MOST_EFFECTS])), reader


class _Reader(CallReader):
    """Goes through definitions, statements and names."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Keep what its body does for where it is used; what is inside another belongs to that."""
        self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """The same."""
        self._definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """The same; a class's methods are its own."""
        self._definition(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if self._part is not self._cell:
            self.generic_visit(node)
            return
        now, later = now_and_later(node)
        for each in now:
            self.visit(each)
        names, working = self._names.copy(), self._working
        self._part, self._working = self._parts.setdefault(node.name, Part()), ""
        for each in later:
            self.visit(each)
        self._part, self._working = self._cell, working
        self._names = names
        for name in [name for name, value in self.values.items() if value != names.get(name)]:
            del self.values[name]

    def visit_Name(self, node: ast.Name) -> None:
        """Note which names are used."""
        if isinstance(node.ctx, ast.Load):
            self._part.uses.setdefault(node.id, node.lineno)
            self._handed_on(node)

    def _handed_on(self, node: ast.Name | ast.Attribute) -> None:
        """What does something may be called under another name: it is told as if it were, of whatever."""
        if name_of(node, self._dotted) in _ALL_MODULES:
            self._add(node, "dynamic", name_of(node, self._dotted))
        if id(node) in self._passed or (
            isinstance(node, ast.Name) and self.bound[node.id] and not self._is_import(node)
        ):
            return
        name = name_of(node, self._dotted)
        if name in EFFECTFUL_MODULES:
            self._add(node, "unknown", name)
        elif name in ENVIRONMENTS:
            self._add(node, "environment")
        elif name in OPENERS:
            self._add(node, "unknown", name)
        elif name in CALLS and CALLS[name].kind != "loop":
            self._add(node, CALLS[name].kind, name if CALLS[name].kind in {"process", "dynamic"} else "")

    def _is_import(self, node: ast.Name) -> bool:
        return node.id in self.imports

    def visit_Assign(self, node: ast.Assign) -> None:
        """Remember what a name holds, when it is assigned once."""
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Name) and self.bound[target.id] == 1:
                self._names[target.id] = self.values[target.id] = fold(node.value, self._names, self._dotted)

    def visit_If(self, node: ast.If) -> None:
        """What is assigned in a branch is known there alone."""
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_For(self, node: ast.For) -> None:
        """The same; what its variable holds is known in its body alone."""
        self.visit(node.target)
        self.visit(node.iter)
        self._told_long(node)
        self._in_rounds(node.target, node.iter, node.body, lambda: self._branches(node.body))
        self._branches(node.orelse)

    def _told_long(self, node: ast.For) -> None:
        """Tell of a loop over what has no end, or a far one."""
        things = node.iter
        name = name_of(things.func, self._dotted) if isinstance(things, ast.Call) else ""
        if not isinstance(things, ast.Call) or not never_left(node):
            return
        if name in _ENDLESS and (name != "itertools.repeat" or len(things.args) == 1):
            self._add(node, "loop")
        rounds = whole_number(things.args[min(1, len(things.args) - 1)]) if things.args else None
        if name == "range" and rounds is not None and rounds >= LONG_ROUNDS:
            self._add(node, "loop", f"{rounds:,.0f} rounds")

    def _in_rounds(
        self, target: ast.expr, things: ast.expr, body: Iterable[ast.AST], visit: Callable[[], None]
    ) -> None:
        """Visit a loop's body, once for each value that its variable holds where those are known."""
        held = held_in_rounds(target, things, self._names, self._dotted)
        inside = ast.Module([each for each in body if isinstance(each, ast.stmt)], [])
        if held is None or held[0] in bound_names(inside) or self._rounds + len(held[1]) > _MOST_ROUNDS:
            visit()
            return
        name, values = held
        before = self._names.get(name)
        for value in values:
            self._rounds += 1
            self._names[name] = value
            visit()
        self._names[name] = before

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        """What its variables hold is known in it alone."""
        self._comprehension(node.generators, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        """The same."""
        self._comprehension(node.generators, [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        """The same."""
        self._comprehension(node.generators, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """The same."""
        self._comprehension(node.generators, [node.key, node.value])

    def _comprehension(self, generators: list[ast.comprehension], parts: list[ast.expr]) -> None:
        if not generators:
            for part in parts:
                self.visit(part)
            return
        first, *others = generators

        def inside() -> None:
            for condition in first.ifs:
                self.visit(condition)
            self._comprehension(others, parts)

        self.visit(first.target)
        self.visit(first.iter)
        self._in_rounds(first.target, first.iter, (), inside)

    def visit_Try(self, node: ast.Try) -> None:
        """The same."""
        self._branches(node.body, *([handler] for handler in node.handlers), node.orelse, node.finalbody)

    def _branches(self, *branches: Iterable[ast.AST]) -> None:
        for branch in branches:
            known = set(self.values)
            for each in branch:
                self.visit(each)
            for name in set(self.values) - known:
                self._names[name] = self.values[name] = None

    def visit_While(self, node: ast.While) -> None:
        """A loop without a condition and without a way out may never end."""
        self.visit(node.test)
        self._branches(node.body, node.orelse)
        if endless_while(node):
            self._add(node, "loop")

    def visit_Import(self, node: ast.Import) -> None:
        """An unknown module's code runs when it is imported."""
        for alias in node.names:
            self._imported(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """The same."""
        self._imported(node, node.module or "")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Some attributes lead to everything."""
        self._passed.add(id(node.value))
        self.generic_visit(node)
        self._handed_on(node)
        if node.attr in _DUNDERS:
            self._add(node, "dynamic", node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Variables of the environment are read, set and removed by their names."""
        if is_environ(node, self._dotted):
            self._passed.add(id(node.value))
        self.generic_visit(node)
        if is_environ(node, self._dotted):
            self._add(node, "environment", text_of(fold(node.slice, self._names, self._dotted)))

    def _imported(self, node: ast.AST, module: str) -> None:
        root = module.partition(".")[0]
        if root and not self._is_harmless(root):
            self._add(node, "unknown", f"import {root}")
