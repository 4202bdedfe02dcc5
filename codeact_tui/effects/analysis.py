"""Reads a cell's syntax tree for what the cell would do."""

import ast
import builtins
import posixpath
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from codeact_tui.effects.base import Analysis, Effect, EffectKind
from codeact_tui.effects.catalog import CALLS, EFFECTFUL_MODULES, METHODS, Known, is_harmless
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.effects.lookalikes import lookalikes
from codeact_tui.effects.source import split_source
from codeact_tui.effects.tree import bound_names, imported_names, now_and_later
from codeact_tui.effects.values import PathValue, Value, fold, text_of

__all__ = ["analyse", "learn"]

_MAX_CHARS = 400_000
_MAX_EFFECTS = 500
_TARGET_CHARS = 400
_BUILTINS = frozenset(dir(builtins))
_URL = ("http://", "https://", "ftp://", "s3://", "gs://")
_WRITE_MODES = frozenset("wax+")
_OF_PROCESSES = frozenset({"executable", "env", "cwd", "preexec_fn", "pass_fds", "user", "group", "startupinfo"})
"""Arguments by which a program is another one, or does another thing, than its command line says."""
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
    effects = [*effects, *(Effect(line, "lookalike", told[:_TARGET_CHARS]) for line, told in lookalikes(code))]
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
    return Analysis(tuple(found[:_MAX_EFFECTS])), reader


class _Part:
    """The effects of the cell itself, or of one function or class in it, and the names that it uses."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.uses: dict[str, int] = {}


class _Reader(ast.NodeVisitor):
    """Goes through a tree once. Imports and single assignments count for the whole cell.

    What a function does counts where it is used, not where it is defined.
    """

    def __init__(self, tree: ast.Module, knowledge: Knowledge) -> None:
        self.imports = dict(imported_names(tree))
        self.bound = Counter(bound_names(tree))
        self.values: dict[str, Value] = {}
        self._earlier = knowledge
        self._dotted = {
            **{name: stands for name, stands in knowledge.imports.items() if not self.bound[name]},
            **self.imports,
        }
        self._roots = {stands.partition(".")[0] for stands in self._dotted.values()}
        self._names: dict[str, Value] = {
            name: value for name, value in knowledge.values.items() if not self.bound[name]
        }
        self._working: str | None = knowledge.working
        """Where relative paths begin; None where that can't be told."""
        self._cell = _Part()
        self._parts: dict[str, _Part] = {}
        self._part = self._cell
        self._passed: set[int] = set()
        """Nodes that are called, or of which an attribute is taken: what they do is told there."""

    def effects(self) -> set[Effect]:
        """Give what the cell does, what it uses included."""
        return self._of(self._cell)

    def functions(self) -> dict[str, tuple[Effect, ...]]:
        """Give what each function and class of the cell does when it is used."""
        return {name: tuple(sorted(self._of(part, placed=False))) for name, part in self._parts.items()}

    def _of(self, part: _Part, *, placed: bool = True) -> set[Effect]:
        """Give what a part does; relative paths in functions begin where the cell is when they are called."""
        found, seen, waiting = set(part.effects), {id(part)}, [part]
        while waiting:
            for name, line in waiting.pop().uses.items():
                used = self._parts.get(name)
                if used is None:
                    known = () if self.bound[name] else self._earlier.functions.get(name, ())
                    found |= {self._placed(effect, line, placed=placed) for effect in known}
                elif id(used) not in seen:
                    seen.add(id(used))
                    found |= {self._placed(effect, effect.line, placed=placed) for effect in used.effects}
                    waiting.append(used)
        return found

    def _placed(self, effect: Effect, line: int, *, placed: bool) -> Effect:
        of_file = placed and effect.kind in {"read", "write", "delete"}
        return Effect(line, effect.kind, self._from_working(effect.target) if of_file else effect.target)

    # -- definitions

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
        self._part, self._working = self._parts.setdefault(node.name, _Part()), ""
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
        if _name_of(node, self._dotted) in _ALL_MODULES:
            self._add(node, "dynamic", _name_of(node, self._dotted))
        if id(node) in self._passed or (
            isinstance(node, ast.Name) and self.bound[node.id] and not self._is_import(node)
        ):
            return
        name = _name_of(node, self._dotted)
        if name in EFFECTFUL_MODULES:
            self._add(node, "unknown", name)
        elif name in CALLS:
            self._add(node, CALLS[name].kind, name if CALLS[name].kind in {"process", "dynamic"} else "")

    def _is_import(self, node: ast.Name) -> bool:
        return node.id in self.imports

    # -- statements

    def visit_Assign(self, node: ast.Assign) -> None:
        """Remember what a name holds, when it is assigned once."""
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Name) and self.bound[target.id] == 1:
                self._names[target.id] = self.values[target.id] = fold(node.value, self._names, self._dotted)
            elif _is_environ(target, self._dotted):
                self._add(node, "environment")

    def visit_Delete(self, node: ast.Delete) -> None:
        """Variables of the environment may be removed."""
        self.generic_visit(node)
        if any(_is_environ(target, self._dotted) for target in node.targets):
            self._add(node, "environment")

    def visit_If(self, node: ast.If) -> None:
        """What is assigned in a branch is known there alone."""
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_For(self, node: ast.For) -> None:
        """The same."""
        self.visit(node.target)
        self.visit(node.iter)
        self._branches(node.body, node.orelse)

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
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if endless and not any(isinstance(each, ast.Break | ast.Return | ast.Raise) for each in ast.walk(node)):
            self._add(node, "loop")

    def visit_Import(self, node: ast.Import) -> None:
        """An unknown module's code runs when it is imported."""
        for alias in node.names:
            self._imported(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """The same."""
        self._imported(node, node.module or "")

    # -- expressions

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Some attributes lead to everything."""
        self._passed.add(id(node.value))
        self.generic_visit(node)
        self._handed_on(node)
        if node.attr in _DUNDERS:
            self._add(node, "dynamic", node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Variables of the environment are read by their names."""
        self.generic_visit(node)
        if _is_environ(node, self._dotted):
            self._add(node, "environment", text_of(fold(node.slice, self._names, self._dotted)))

    def visit_Call(self, node: ast.Call) -> None:
        """What most effects come from."""
        self._passed.add(id(node.func))
        self.generic_visit(node)
        name = _name_of(node.func, self._dotted)
        if name in {"open", "io.open", "codecs.open"}:
            self._opens(node, self._argument(node, Known("read", 0, "file")), mode_at=1)
        elif name in {"getattr", "builtins.getattr"}:
            if len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                self._add(node, "dynamic", "getattr")
        elif name in CALLS:
            self._cataloged(node, name, CALLS[name])
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func, name)
        elif isinstance(node.func, ast.Name):
            self._function(node, node.func.id, name)
        elif not isinstance(node.func, ast.Lambda):
            self._add(node, "unknown")

    def _method(self, node: ast.Call, function: ast.Attribute, name: str) -> None:
        owner = fold(function.value, self._names, self._dotted)
        known = METHODS.get(function.attr)
        if function.attr == "open" and (isinstance(owner, PathValue) or "Path" in name):
            self._opens(node, owner, mode_at=0)
        elif isinstance(owner, str):
            return
        elif known is not None and (
            known.position != "self" or owner is not None or not _is_module(function, self._dotted)
        ):
            target = owner if known.position == "self" else self._argument(node, known)
            if known.position == "self" or node.args or node.keywords:
                self._targets(node, known.kind, target)
        elif name.partition(".")[0] in self._roots and not self._is_harmless(name):
            self._add(node, "unknown", name)

    def _function(self, node: ast.Call, called: str, name: str) -> None:
        own = called in self._parts or called in self.bound or called in self._earlier.functions
        harmless = called in self._dotted and self._is_harmless(name)
        if not own and not harmless and (name != called or called not in _BUILTINS):
            self._add(node, "unknown", name)

    def _cataloged(self, node: ast.Call, name: str, known: Known) -> None:
        target = self._argument(node, known)
        if known.kind == "process":
            self._add(node, "process", text_of(target) or self._command(node) or name)
            if any(keyword.arg is None or keyword.arg in _OF_PROCESSES for keyword in node.keywords):
                self._add(node, "unknown", name)
        elif known.kind == "network":
            self._add(node, "network", _host(text_of(target)))
        elif known.kind == "dynamic":
            self._add(node, "dynamic", name)
            if name.endswith((".load", ".open")):
                self._targets(node, "read", target)
        elif known.kind == "environment":
            self._add(node, "environment", text_of(target))
            if name == "os.chdir":
                self._working = None if target is None else posixpath.join(self._working or "", text_of(target))
        else:
            self._targets(node, known.kind, target)

    def _opens(self, node: ast.Call, target: Value, *, mode_at: int) -> None:
        given = node.args[mode_at] if len(node.args) > mode_at else _keyword(node, "mode")
        mode = fold(given, self._names, self._dotted) if given is not None else "r"
        if mode is None:
            self._targets(node, "read", target)
        writes = mode is None or bool(_WRITE_MODES & set(text_of(mode)))
        self._targets(node, "write" if writes else "read", target)

    def _command(self, node: ast.Call) -> str:
        """Give the command line of a list of words, as far as they are known."""
        words = node.args[0] if node.args else _keyword(node, "args")
        if not isinstance(words, ast.List | ast.Tuple):
            return ""
        known = [fold(word, self._names, self._dotted) for word in words.elts]
        return " ".join(shlex.quote(text_of(word)) if word is not None else "…" for word in known)

    def _argument(self, node: ast.Call, known: Known) -> Value:
        if isinstance(known.position, int) and len(node.args) > known.position:
            return fold(node.args[known.position], self._names, self._dotted)
        return fold(_keyword(node, known.keyword), self._names, self._dotted) if known.keyword else None

    def _targets(self, node: ast.AST, kind: EffectKind, target: Value) -> None:
        text = text_of(target)
        if text.startswith(_URL):
            self._add(node, "network", _host(text))
        else:
            self._add(node, kind, self._from_working(text))

    def _from_working(self, path: str) -> str:
        if self._working is None and not path.startswith(("/", "~")):
            return ""
        return posixpath.join(self._working, path) if self._working and path and not path.startswith("~") else path

    def _is_harmless(self, name: str) -> bool:
        return name.partition(".")[0] not in self._earlier.shadowed and is_harmless(name)

    def _imported(self, node: ast.AST, module: str) -> None:
        root = module.partition(".")[0]
        if root and not self._is_harmless(root):
            self._add(node, "unknown", f"import {root}")

    def _add(self, node: ast.AST, kind: EffectKind, target: str = "") -> None:
        if len(self._part.effects) < _MAX_EFFECTS:
            self._part.effects.append(Effect(getattr(node, "lineno", 1), kind, target[:_TARGET_CHARS]))


def _name_of(node: ast.expr, dotted: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return dotted.get(name, name)
        case ast.Attribute(value=inner, attr=attribute):
            base = _name_of(inner, dotted)
            return f"{base}.{attribute}" if base else ""
        case ast.Call(func=function):
            return f"{_name_of(function, dotted)}()"
        case _:
            return ""


def _is_module(function: ast.Attribute, dotted: Mapping[str, str]) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id in dotted


def _is_environ(node: ast.expr, dotted: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Subscript) and _name_of(node.value, dotted) in {"os.environ", "os.environb"}


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)


def _host(url: str) -> str:
    rest = url.partition("://")[2] or url
    return rest.partition("/")[0].rpartition("@")[2].partition("?")[0]
