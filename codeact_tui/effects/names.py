"""Which names a cell needs from the cells before it, and which it leaves changed: told from its syntax tree. Pure.

What a function needs it needs when it is called, so its names count for cells that use the function (`later`), not for
the one that makes it. What code does through `exec`, `globals()` or another object's methods is not seen.
"""

import ast
import builtins
import symtable
from collections.abc import Iterable, Sequence

from msgspec import Struct

from codeact_tui.effects.source import split_source

__all__ = ["Names", "names_of"]

_BUILTINS = frozenset(dir(builtins))
_CHANGING = frozenset(
    {
        *("append", "extend", "insert", "pop", "remove", "clear", "update", "add", "discard", "sort", "reverse"),
        *("setdefault", "popitem", "appendleft", "popleft", "fit", "partial_fit", "fit_transform", "seed", "shuffle"),
        *("set_title", "set_xlabel", "set_ylabel", "plot", "train", "step", "write", "fill"),
    }
)
"""Methods that change what they are called on, by their usual names."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Scopes = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_Loops = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Names(Struct, frozen=True):
    """What a cell has to do with the variables."""

    needs: frozenset[str] = frozenset()
    """Read before the cell itself gives them a value; a builtin that was never assigned is not among them."""
    gives: frozenset[str] = frozenset()
    """Assigned, imported, defined or deleted."""
    changes: frozenset[str] = frozenset()
    """Changed in place: `x[0] = 1`, `x.append(1)`."""
    later: dict[str, frozenset[str]] = {}
    """What functions and classes that it makes need when they are used."""
    read: bool = True
    """False: the code could not be read, and nothing is known of it."""
    touches: frozenset[str] = frozenset()
    """Whose methods are called for their own sake, which may change them: `x.connect()`."""

    @property
    def leaves(self) -> frozenset[str]:
        """Names whose values are others afterwards."""
        return self.gives | self.changes


def names_of(code: str) -> Names:
    """Read a cell's names; IPython's magics are left out."""
    python, _effects = split_source(code)
    try:
        tree = ast.parse(python)
        later = dict(_later(symtable.symtable(python, "cell", "exec")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(read=False)
    reader = _Reader()
    try:
        reader.read(tree.body, set())
    except RecursionError:
        return Names(read=False)
    builtin = _BUILTINS - reader.gives  # what open("x") gives is changed by write(), and not open itself
    return Names(
        frozenset(reader.needs - builtin),
        frozenset(reader.gives),
        frozenset(reader.changes - builtin),
        later,
        touches=frozenset(reader.touches - reader.gives - builtin),
    )


class _Reader:
    """Goes through statements in the order in which they run."""

    def __init__(self) -> None:
        self.needs: set[str] = set()
        self.gives: set[str] = set()
        self.changes: set[str] = set()
        self.touches: set[str] = set()

    def read(self, body: Sequence[ast.stmt], known: set[str]) -> set[str]:
        """Read statements; `known` has a value already. Give what has one afterwards, whichever way was taken."""
        for statement in body:
            known = self._statement(statement, known)
        return known

    def _statement(self, statement: ast.stmt, known: set[str]) -> set[str]:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                known = self.expressions([test], known)
                return self.read(body, set(known)) & self.read(orelse, set(known))
            case (
                ast.For(target=target, iter=iterable, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=iterable, body=body, orelse=orelse)
            ):
                known = self.expressions([iterable], known)
                return self.read([*body, *orelse], self._stored([target], known))  # most loops run at least once
            case ast.While(test=test, body=body, orelse=orelse):
                known = self.expressions([test], known)
                self.read([*body, *orelse], set(known))
                return known
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    known = self.expressions([item.context_expr], known)
                    known = self._stored([item.optional_vars] if item.optional_vars else [], known)
                return self.read(body, known)
            case ast.Try() | ast.TryStar():
                return self._tried(statement, known)
            case ast.Match(subject=subject, cases=cases):
                return self._matched(subject, cases, known)
            case _:
                return self._simple(statement, known)

    def _tried(self, statement: "ast.Try | ast.TryStar", known: set[str]) -> set[str]:
        whole = self.read([*statement.body, *statement.orelse], set(known))
        ends = [whole]
        for handler in statement.handlers:
            self.expressions([handler.type] if handler.type else [], known)
            inner = set(known) | ({handler.name} if handler.name else set[str]())
            ends.append(self.read(handler.body, inner) - {handler.name or ""})
        return self.read(statement.finalbody, set[str].intersection(*ends) | known)

    def _matched(self, subject: ast.expr, cases: Iterable[ast.match_case], known: set[str]) -> set[str]:
        known = self.expressions([subject], known)
        for case in cases:
            caught = {
                name
                for node in ast.walk(case.pattern)
                for name in (getattr(node, "name", None), getattr(node, "rest", None))
                if isinstance(name, str)
            }
            self.gives |= caught
            inner = self.expressions([case.guard] if case.guard else [], known | caught)
            self.read(case.body, inner)
        return known

    def _simple(self, statement: ast.stmt, known: set[str]) -> set[str]:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                known = self.expressions(_evaluated(statement), known)
                return self._give({statement.name}, known)
            case ast.ClassDef():
                known = self.expressions([*statement.decorator_list, *statement.bases], known)
                known = self.expressions([each.value for each in statement.keywords], known)
                inside = _Reader()
                inside.read(statement.body, set(known))
                self._need(inside.needs, known)
                return self._give({statement.name}, known)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return self._give({each.asname or each.name.partition(".")[0] for each in names} - {"*"}, known)
            case ast.AugAssign(target=target, value=value):
                known = self.expressions([value, _as_load(target)], known)
                return self._stored([target], known)
            case ast.Assign(targets=targets, value=value):
                return self._stored(targets, self.expressions([value], known))
            case ast.AnnAssign(target=target, value=value):
                return self._stored([target], self.expressions([value], known)) if value else known
            case ast.Delete(targets=targets):
                known = self.expressions([_as_load(each) for each in targets], known)
                return self._stored(targets, known)
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                self.touches |= {_root(method)} - {""}
                return self.expressions([statement], known)
            case _:
                return self.expressions([statement], known)

    def _stored(self, targets: Iterable[ast.expr], known: set[str]) -> set[str]:
        """Note what an assignment gives a value, and what it changes in place."""
        given: set[str] = set()
        for target in targets:
            for node in _walk(target):
                if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                    given.add(node.id)
                elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                    self._change(_root(node))
            known = self.expressions([target], known)
        return self._give(given, known)

    def expressions(self, nodes: Iterable[ast.AST], known: set[str]) -> set[str]:
        """Read expressions in their order; give what has a value afterwards."""
        for node in nodes:
            for found in _walk(node):
                match found:
                    case ast.Name(id=name, ctx=ast.Load()):
                        self._need({name}, known)
                    case ast.NamedExpr(target=ast.Name(id=name)):
                        known = self._give({name}, known)
                    case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                        self._need(_free(found), known)
                    case ast.Call(func=ast.Attribute(attr=method) as function, keywords=keywords):
                        if method in _CHANGING or any(_is_in_place(each) for each in keywords):
                            self._change(_root(function))
                    case _:
                        pass
        return known

    def _need(self, names: Iterable[str], known: set[str]) -> None:
        self.needs.update(name for name in names if name not in known)

    def _give(self, names: set[str], known: set[str]) -> set[str]:
        self.gives |= names
        return known | names

    def _change(self, name: str) -> None:
        if name:
            self.changes.add(name)


def _walk(node: ast.AST) -> Iterable[ast.AST]:
    """Give a node and what is in it, but for what is in a scope of its own; what runs first comes first."""
    inner = () if isinstance(node, (*_Scopes.__args__, *_Loops.__args__)) else ast.iter_child_nodes(node)
    for child in inner:
        yield from _walk(child)
    yield node


def _free(node: "ast.Lambda | _Loops") -> set[str]:
    """Give the names that a lambda or comprehension takes from outside."""
    reader = _Reader()
    bound: set[str] = set()
    if isinstance(node, ast.Lambda):
        reader.expressions(_evaluated(node), set())
        bound = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        reader.expressions([node.body], bound)
        return reader.needs
    for generator in node.generators:
        reader.expressions([generator.iter], bound)
        bound |= {each.id for each in ast.walk(generator.target) if isinstance(each, ast.Name)}
        reader.expressions(generator.ifs, bound)
    elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    reader.expressions(elements, bound)
    return reader.needs


def _evaluated(node: "_Function | ast.Lambda") -> list[ast.expr]:
    """Give what is worked out when a function is made: decorators, defaults, annotations."""
    arguments = node.args
    found = [*arguments.defaults, *(each for each in arguments.kw_defaults if each is not None)]
    if not isinstance(node, ast.Lambda):
        annotated = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        found += [each.annotation for each in annotated if each is not None and each.annotation is not None]
        found += [*node.decorator_list, *([node.returns] if node.returns else [])]
    return found


def _later(table: symtable.SymbolTable) -> Iterable[tuple[str, frozenset[str]]]:
    """Give the globals that each function or class uses when it is called."""
    for child in table.get_children():
        if child.get_name() in {"lambda", "listcomp", "setcomp", "dictcomp", "genexpr"}:
            continue
        yield child.get_name(), frozenset(_globals(child) - _BUILTINS)


def _globals(table: symtable.SymbolTable) -> set[str]:
    found = {each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()}
    for child in table.get_children():
        found |= _globals(child)
    return found


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _as_load(node: ast.expr) -> ast.expr:
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node


def _is_in_place(keyword: ast.keyword) -> bool:
    return keyword.arg == "inplace" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
