"""What a syntax tree tells at a glance: the names it binds and imports, and what of a definition runs when."""

import ast
from collections.abc import Iterator, Mapping

__all__ = ["ENVIRONMENTS", "bound_names", "imported_names", "is_environ", "name_of", "now_and_later"]

ENVIRONMENTS = frozenset({"os.environ", "os.environb"})


def now_and_later(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
) -> tuple[list[ast.AST], list[ast.AST]]:
    """Divide a definition into what runs where it stands, and what runs when it is used."""
    now: list[ast.AST] = list(node.decorator_list)
    if not isinstance(node, ast.ClassDef):
        return [*now, *_signature(node)], list(node.body)
    now += [*node.bases, *node.keywords]
    later: list[ast.AST] = []
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            now += [*each.decorator_list, *_signature(each)]
            later += each.body
        else:
            now.append(each)
    return now, later


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """Give what is worked out where a function is defined: defaults and annotations."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [each.annotation for each in every if each is not None]
    return [each for each in (*arguments.defaults, *arguments.kw_defaults, *annotations, node.returns) if each]


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give each imported name and what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def bound_names(tree: ast.Module) -> Iterator[str]:
    """Give every name that is assigned, as often as it is; loops and additions count twice: their value changes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.AugAssign(target=ast.Name(id=name)) | ast.For(target=ast.Name(id=name)):
                yield name
            case ast.comprehension(target=ast.Name(id=name)) | ast.arg(arg=name):
                yield name
                yield name
            case _:
                pass


def name_of(node: ast.expr, dotted: Mapping[str, str]) -> str:
    """Give a dotted name as its imports spell it out; empty where it is none."""
    match node:
        case ast.Name(id=name):
            return dotted.get(name, name)
        case ast.Attribute(value=inner, attr=attribute):
            base = name_of(inner, dotted)
            return f"{base}.{attribute}" if base else ""
        case ast.Call(func=function):
            return f"{name_of(function, dotted)}()"
        case _:
            return ""


def is_environ(node: ast.expr, dotted: Mapping[str, str]) -> bool:
    """Say whether it is one of the environment's variables."""
    return isinstance(node, ast.Subscript) and name_of(node.value, dotted) in ENVIRONMENTS
