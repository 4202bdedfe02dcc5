"""Which names a cell binds, reads and changes, as far as its code tells. Pure; nothing is run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from codeact_tui.effects.source import split_source

__all__ = ["CellNames", "names_of"]

_CODE_CHARS_MAX = 400_000


@dataclass
class CellNames:
    """The names of a cell's top level.

    Attributes:
        binds: What has a new value afterwards.
        reads: What it needs to be there already.
        changes: What it changes in place: `x.append(1)`, `x["a"] = 1`, `del x.y`.
        later: What a function or class that it defines reads when it is used, by the function's name.
        readable: The code could be read.
    """

    binds: set[str] = field(default_factory=set[str])
    reads: set[str] = field(default_factory=set[str])
    changes: set[str] = field(default_factory=set[str])
    later: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    readable: bool = True


def names_of(code: str) -> CellNames:
    """Read a cell, IPython's syntax included."""
    names = CellNames()
    try:
        tree = ast.parse(split_source(code)[0]) if len(code) <= _CODE_CHARS_MAX else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        names.readable = False
        return names
    _Reader(names).visit(tree)
    return names


class _Reader(ast.NodeVisitor):
    """Goes through a cell in the order in which it runs; what is bound before it is read is no need."""

    def __init__(self, names: CellNames) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        else:
            if isinstance(node.ctx, ast.Del):
                self._read(node.id)
            self._names.binds.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._store(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._store(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        root = _root(node.target)
        if root:
            self._read(root)
            self._names.changes.add(root)
        self._store(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._store(node.target)
        for each in (*node.body, *node.orelse):
            self.visit(each)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._store(target)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            root = _root(node.value.func)
            if root:
                self._names.changes.add(root)
        self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        self._names.binds.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._names.binds.update(alias.asname or alias.name for alias in node.names)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in (*node.decorator_list, *node.args.defaults, *(each for each in node.args.kw_defaults if each)):
            self.visit(each)
        self._names.binds.add(node.name)
        self._names.later[node.name] = set(_free(node))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.visit(each)
        self._names.binds.add(node.name)
        self._names.later[node.name] = set(_free(node))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for name in _free(node):
            self._read(name)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        for name in _free(node):
            self._read(name)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self._names.binds.add(node.name)
        for each in node.body:
            self.visit(each)

    def _read(self, name: str) -> None:
        if name not in self._names.binds:
            self._names.reads.add(name)

    def _store(self, target: ast.expr) -> None:
        if isinstance(target, ast.Attribute | ast.Subscript):
            root = _root(target)
            if root:
                self._names.changes.add(root)
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self._store(each)
            return
        self.visit(target)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _free(node: ast.AST) -> Iterator[str]:
    """Give the names that are read somewhere in a node and not bound anywhere in it."""
    loads: set[str] = set()
    stores: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            (loads if isinstance(each.ctx, ast.Load) else stores).add(each.id)
        elif isinstance(each, ast.arg):
            stores.add(each.arg)
    yield from sorted(loads - stores)
