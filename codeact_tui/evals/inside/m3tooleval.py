"""Reads M3ToolEval as its authors lay it out: a package `tasks` that registers its tasks when it is imported."""

import contextlib
import importlib
import io
import json
import sys
import types


def _codeact_m3_tasks(folder):
    """Import the tasks and give them by name; what they print is dropped, and a progress bar is not needed."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if "tqdm" not in sys.modules:
        stand_in = types.ModuleType("tqdm")
        stand_in.tqdm = _Silent
        sys.modules["tqdm"] = stand_in
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        base = importlib.import_module("tasks.base")
        importlib.import_module("tasks")
        found = {}
        for tasks, _ in base.task_iterators:
            for task in tasks:
                found[task.name] = task
    return found


def _codeact_m3_list(tasks):
    """Write what there is to know of the tasks as JSON."""
    return json.dumps([_codeact_m3_about(task) for task in tasks.values()])


def _codeact_m3_about(task):
    tools = [
        {"name": name, "signature": tool.fn_signature, "description": tool.description}
        for name, tool in task.tools.items()
    ]
    expected = task.expected_output
    try:
        written = json.dumps(expected)
    except (TypeError, ValueError):
        written = json.dumps(str(expected))
    return {
        "name": task.name,
        "instruction": task.instruction,
        "expected": written,
        "tools": tools,
    }


def _codeact_m3_tools(task):
    """Give the functions of a task's tools, with a state of their own."""
    with contextlib.redirect_stdout(io.StringIO()):
        task.reset()
    return {name: tool.function for name, tool in task.tools.items()}


class _Silent:
    def __init__(self, *args, **kwargs):
        self.items = args[0] if args else ()

    def __iter__(self):
        return iter(self.items)

    def update(self, count=1):
        pass
