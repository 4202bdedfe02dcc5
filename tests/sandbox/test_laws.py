"""What the application itself never does with what cells have made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import codeact_tui

ROOT = Path(codeact_tui.__file__).parent
IN_THE_KERNEL = (ROOT / "kernel" / "inside", ROOT / "sandbox" / "inside")
LOADERS = {"pickle", "shelve", "cloudpickle", "dill", "joblib"}
"""`marshal` may write, for the supervisor, and read nothing."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in ROOT.rglob("*.py"):
        if not any(path.is_relative_to(folder) for folder in IN_THE_KERNEL):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def test_nothing_is_unpickled_and_no_git_is_run() -> None:
    found: list[str] = []
    for name, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Import():
                    found += [f"{name}: {each.name}" for each in node.names if each.name.split(".")[0] in LOADERS]
                case ast.ImportFrom(module=str(module)) if module.split(".")[0] in LOADERS:
                    found.append(f"{name}: {module}")
                case ast.Attribute(value=ast.Name(id="marshal"), attr=str(used)) if used != "dumps":
                    found.append(f"{name}: marshal.{used}")
                case ast.List(elts=[ast.Constant(value="git"), *_]) | ast.Tuple(elts=[ast.Constant(value="git"), *_]):
                    found.append(f"{name}: git")
                case ast.Call(args=[ast.Constant(value="git"), *_]):
                    found.append(f"{name}: git")
                case _:
                    pass
    assert found == []
