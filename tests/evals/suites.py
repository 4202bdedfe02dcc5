"""Small suites for tests."""

from pathlib import Path

from codeact_tui.evals.base import Suite
from codeact_tui.evals.suite_folder import read_suite

__all__ = ["SUM_TASK", "TOOLS", "sums", "write_task"]

TOOLS = '''
"""Two tools."""

_calls = []


def add(a: float, b: float) -> float:
    """Add two numbers."""
    _calls.append("add")
    return a + b


def double(a: float) -> float:
    """Double a number."""
    if a < 0:
        raise ValueError("only numbers from 0 on")
    return 2 * a


def _hidden() -> None:
    pass
'''

SUM_TASK = """
instruction = "What is twice the sum of 3 and 4?"
expected = 14
solution = "answer = double(add(3, 4))"
calls = [["add", [3, 4]], ["double", [7]]]
"""


def write_task(folder: Path, task: str = SUM_TASK, *, tools: str = TOOLS, name: str = "sums/twice") -> Path:
    """Write a task of a suite, its tools beside it; give its file."""
    file = folder / name / "task.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(task, "utf-8")
    (file.parent / "tools.py").write_text(tools, "utf-8")
    return file


def sums(folder: Path, count: int = 3) -> Suite:
    """Make a suite of sums; task n asks for n calls of `add` and has `turns = 4`."""
    for n in range(1, count + 1):
        solution = f"answer = 0\nfor number in range({n}):\n    answer = add(answer, 10)"
        calls = ", ".join(f'["add", [{10 * number}, 10]]' for number in range(n))
        write_task(
            folder,
            f"instruction = 'Add 10 to 0, {n} times.'\nexpected = {10 * n}\nsolution = '''\n{solution}\n'''\n"
            f"calls = [{calls}]\n[limits]\nturns = 4\n",
            name=f"sums/times-{n}",
        )
    return read_suite(folder)
