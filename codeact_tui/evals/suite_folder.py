"""Reads a suite of our own layout: a folder with a `task.toml` for each task. Reads the disk, runs nothing.

::

    my-suite/
      suite.toml              name, description, [limits]; may be missing
      trade/
        tools.py              plain functions with docstrings
        duty/task.toml        instruction, tools = "../tools.py", expected, check, [limits], solution
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from codeact_tui.evals.base import Call, Check, Limits, Suite, SuiteError, Task
from codeact_tui.evals.setups import tools_setup
from codeact_tui.evals.tool_docs import tool_docs

__all__ = ["read_suite"]

_T = TypeVar("_T")

_FILE_BYTES = 4 << 20
_TASKS = 100_000


class _SuiteFile(Struct, forbid_unknown_fields=True):
    name: str = ""
    description: str = ""
    limits: Limits = Limits()


class _TaskFile(Struct, forbid_unknown_fields=True):
    instruction: str
    expected: str | int | float | bool | list[object]
    tools: str = "tools.py"
    check: Check = "equal"
    tolerance: float = 0.0
    limits: dict[str, int | float] = field(default_factory=dict[str, int | float])
    solution: str = ""
    calls: list[list[object]] = field(default_factory=list[list[object]])


def read_suite(folder: Path) -> Suite:
    """Read all tasks below a folder, in the order of their names.

    Raises:
        SuiteError: There are none, or a file can't be used; the message names it and says what would be right.
    """
    if not folder.is_dir():
        raise SuiteError(
            f"{folder} is no folder with a suite.", remedy="`codeact eval --help` says what one looks like."
        )
    root = folder.resolve()
    about = _suite_file(root)
    files = sorted(root.rglob("task.toml"))
    if not files:
        raise SuiteError(f"There is no task.toml below {folder}.", remedy="A suite has one for each task.")
    if len(files) > _TASKS:
        raise SuiteError(f"{folder} holds more than {_TASKS:,} tasks.", remedy="Name a folder of the suite's own.")
    tasks = tuple(_task(root, file, about.limits) for file in files)
    return Suite(about.name or root.name, tasks, _digest(root, tasks), about.description)


def _digest(root: Path, tasks: tuple[Task, ...]) -> str:
    """Hash what the tasks are, wherever the suite lies."""
    moved = [msgspec.structs.replace(task, setup=task.setup.replace(str(root), ""), readable=()) for task in tasks]
    return hashlib.sha256(msgspec.json.encode(moved)).hexdigest()


def _suite_file(root: Path) -> _SuiteFile:
    file = root / "suite.toml"
    return _converted(_toml(file), file, _SuiteFile) if file.exists() else _SuiteFile()


def _task(root: Path, file: Path, limits: Limits) -> Task:
    table = _toml(file)
    given = _converted(table, file, _TaskFile)
    if not given.instruction.strip():
        raise SuiteError(f"{file}: the instruction is empty.")
    tools_file = _beneath(root, file, given.tools)
    source = _text(tools_file)
    tools = tool_docs(source, str(tools_file))
    id_ = file.parent.relative_to(root).as_posix()
    return Task(
        id_,
        given.instruction.strip(),
        tools,
        tools_setup(source, str(tools_file), [tool.name for tool in tools]),
        json.dumps(given.expected),
        given.check,
        _tolerance(given, file),
        _limits(given.limits, limits, file),
        group=id_.split("/")[0],
        solution=given.solution,
        calls=tuple(_call(call, file) for call in given.calls),
        readable=(str(root),),
    )


def _limits(given: Mapping[str, int | float], suite: Limits, file: Path) -> Limits:
    merged = _converted({**msgspec.to_builtins(suite), **given}, file, Limits)
    if merged.turns < 1 or merged.seconds <= 0 or merged.answers < 0 or merged.output_chars < 1:
        raise SuiteError(
            f"{file}: a limit is too small.", remedy="turns and output_chars are 1 or more, seconds above 0."
        )
    return merged


def _tolerance(given: _TaskFile, file: Path) -> float:
    if given.check == "close" and given.tolerance <= 0:
        raise SuiteError(f'{file}: check = "close" needs a tolerance.', remedy="Add for instance tolerance = 0.01.")
    return given.tolerance


def _call(call: list[object], file: Path) -> Call:
    match call:
        case [str(tool), arguments] if isinstance(arguments, list | dict):
            return Call(tool, json.dumps(arguments))
        case _:
            raise SuiteError(f"{file}: each of calls is [tool, [arguments]].")


def _beneath(root: Path, file: Path, name: str) -> Path:
    """Find the tools module a task names, which lies in the suite's folder."""
    found = (file.parent / name).resolve()
    if not found.is_relative_to(root):
        raise SuiteError(f"{file}: tools = {name!r} leads out of the suite's folder.")
    if not found.is_file():
        raise SuiteError(f"{file}: there is no {name}.", remedy="tools names a Python file, relative to task.toml.")
    return found


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SuiteError(f"{file} is no TOML: {error}.") from error


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _FILE_BYTES:
            raise SuiteError(f"{file} is larger than {_FILE_BYTES >> 20} MiB.")
        return file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise SuiteError(f"{file} can't be read: {error}.") from error


def _converted(table: Mapping[str, object], file: Path, wanted: type[_T]) -> _T:
    try:
        return msgspec.convert(table, wanted)
    except msgspec.ValidationError as error:
        raise SuiteError(f"{file}: {error}.") from error
