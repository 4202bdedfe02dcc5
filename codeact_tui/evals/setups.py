"""The code that makes a task's tools in a kernel, and that calls them. Pure, but for reading our own files."""

import functools
from collections.abc import Sequence
from pathlib import Path

__all__ = ["call_cell", "judge_cell", "kernel_source", "recorded_solution", "solution_cell", "tools_setup"]

_INSIDE = Path(__file__).parent / "inside"


@functools.cache
def kernel_source(name: str) -> str:
    """Give the source of a module that runs in the kernel."""
    return (_INSIDE / f"{name}.py").read_text("utf-8")


def tools_setup(source: str, path: str, names: Sequence[str]) -> str:
    """Write the cell that makes the tools of a module: `_codeact_tools` by name, and each under its own name."""
    return (
        f"{kernel_source('toolbox')}\n"
        f"_codeact_module = _codeact_load({source!r}, {path!r})\n"
        f"_codeact_tools = {{name: _codeact_module[name] for name in {list(names)!r}}}\n"
        "globals().update(_codeact_tools)\n"
    )


def call_cell(name: str, arguments: str) -> str:
    """Write the cell that calls one tool.

    Args:
        name: The tool's.
        arguments: JSON: a list, or an object with names.
    """
    return f"print(_codeact_call(_codeact_tools, {name!r}, {arguments!r}))"


def judge_cell(judge: str, mark: str) -> str:
    """Write the cell that judges what an action did, and prints the verdict after a mark."""
    return f"{judge}\nprint({mark!r} + str(bool(_codeact_verdict)))"


def solution_cell(solution: str, mark: str) -> str:
    """Write the cell that runs a reference solution, and prints its answer as JSON after a mark."""
    return f"{solution}\nimport json as _codeact_json\nprint({mark!r} + _codeact_json.dumps(answer))"


def recorded_solution(solution: str, mark: str) -> str:
    """Write the cell that runs a reference solution, and prints its answer and its tool calls as JSON after a mark."""
    return (
        "_codeact_noted = []\n"
        "globals().update(_codeact_record(_codeact_tools, _codeact_noted))\n"
        f"{solution}\n"
        "globals().update(_codeact_tools)\n"
        "import json as _codeact_json\n"
        f"print({mark!r} + _codeact_json.dumps([answer, _codeact_noted]))"
    )
