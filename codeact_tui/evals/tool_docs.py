"""What a model is told of tools, read from their source. Nothing of it is run. Pure."""

import ast

from codeact_tui.evals.base import SuiteError, ToolDoc

__all__ = ["tool_docs"]

_Function = ast.FunctionDef


def tool_docs(source: str, file: str) -> tuple[ToolDoc, ...]:
    """Describe the functions that a tools module offers: those in `__all__`, else all without a leading underscore.

    Args:
        source: The module's.
        file: What it is called, for messages.

    Raises:
        SuiteError: It is no Python, offers nothing, or offers what is no documented function.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SuiteError(f"{file} is no Python: {error}.") from error
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = _exported(tree)
    if names is None:
        names = [name for name in functions if not name.startswith("_")]
    if not names:
        raise SuiteError(f"{file} offers no tools.", remedy="Define functions in it.")
    return tuple(_describe(functions.get(name), name, file) for name in names)


def _exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            try:
                return [str(name) for name in ast.literal_eval(node.value)]
            except (ValueError, TypeError):
                return None
    return None


def _describe(function: _Function | None, name: str, file: str) -> ToolDoc:
    if function is None:
        raise SuiteError(f"{file} lists {name} in __all__ and defines no such function.")
    description = ast.get_docstring(function)
    if not description:
        raise SuiteError(f"The tool {name} in {file} has no docstring.", remedy="Say in it what the tool does.")
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return ToolDoc(name, f"{name}({ast.unparse(function.args)}){returns}", description)
