"""Loaders for the evaluations of the CodeAct paper, as their authors lay them out. The user brings the data.

M³ToolEval is Python that makes its tasks when it is imported; that is done in a kernel, in the sandbox, never here.
API-Bank's level 1 is read here: conversations as JSON lines, interfaces as classes whose descriptions are literals.

Sources: github.com/xingyaoww/code-act, scripts/eval/m3tooleval (`tasks/base.py` and the modules it registers) and
scripts/eval/api-bank (`lv1-lv2-samples/level-1-given-desc/*-level-1-*.jsonl`, `apis/`, `init_database/`).
"""

import ast
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from codeact_tui.evals.base import Call, Limits, Said, Suite, SuiteError, Task, ToolDoc
from codeact_tui.evals.setups import kernel_source
from codeact_tui.evals.workbench import Workbench
from codeact_tui.kernel.base import Kernel

__all__ = ["is_api_bank", "is_m3tooleval", "read_api_bank", "read_m3tooleval"]

_IMPORT_SECONDS = 120.0
_LEVEL_1 = "lv1-lv2-samples/level-1-given-desc"


def is_m3tooleval(folder: Path) -> bool:
    """Say whether a folder is laid out as M³ToolEval."""
    return (folder / "tasks" / "base.py").is_file() and (folder / "tasks" / "__init__.py").is_file()


def is_api_bank(folder: Path) -> bool:
    """Say whether a folder is laid out as API-Bank."""
    return (folder / "apis" / "api.py").is_file() and (folder / _LEVEL_1).is_dir()


# -- M³ToolEval


class _M3Task(Struct):
    name: str
    instruction: str
    expected: str
    tools: list[ToolDoc]


async def read_m3tooleval(folder: Path, kernel: Kernel) -> Suite:
    """List the tasks of M³ToolEval, by importing them in a kernel.

    Args:
        folder: With the package `tasks` in it; whole, without symbolic links.
        kernel: Not started; may read the folder; is ended.

    Raises:
        SuiteError: They can't be imported.
        KernelStartFailed: The kernel does not come up.
    """
    root, mark, bench = folder, secrets.token_hex(8), Workbench(kernel)
    listing = f"print({mark!r} + _codeact_m3_list(_codeact_m3_tasks({str(root)!r})))"
    try:
        await bench.begin()
        ran = await bench.run(f"{kernel_source('m3tooleval')}\n{listing}", _IMPORT_SECONDS)
    finally:
        await bench.close()
    if ran.failed or mark not in ran.text:
        raise SuiteError(f"The tasks of {folder} can't be imported: {ran.error or ran.text[-300:]}")
    try:
        found = msgspec.json.decode(ran.text.split(mark, 1)[1], type=list[_M3Task])
    except msgspec.DecodeError as error:
        raise SuiteError(f"The tasks of {folder} can't be read: {error}.") from error
    return _suite("M3ToolEval", tuple(_m3_task(task, root) for task in found), folder)


def _m3_task(task: _M3Task, root: Path) -> Task:
    setup = (
        f"{kernel_source('toolbox')}\n{kernel_source('m3tooleval')}\n"
        f"_codeact_tools = _codeact_m3_tools(_codeact_m3_tasks({str(root)!r})[{task.name!r}])\n"
        "globals().update(_codeact_tools)\n"
    )
    return Task(
        task.name,
        task.instruction,
        tuple(task.tools),
        setup,
        task.expected,
        limits=Limits(),
        group=task.name.split("/")[0],
        readable=(str(root),),
    )


# -- API-Bank


class _Turn(Struct):
    role: str
    text: str = ""
    api_name: str = ""
    param_dict: dict[str, object] = {}
    result: dict[str, object] = {}


class _Interface(Struct):
    description: str
    parameters: dict[str, dict[str, str]]


def read_api_bank(folder: Path) -> Suite:
    """Read the calls of API-Bank's level 1: each is a task, with the conversation up to it.

    Raises:
        SuiteError: There are none, or a file can't be read.
    """
    root = folder.resolve()
    interfaces = _interfaces(root / "apis")
    tasks = tuple(
        task for file in sorted((root / _LEVEL_1).glob("*-level-1-*.jsonl")) for task in _calls(file, root, interfaces)
    )
    return _suite("API-Bank level 1", tasks, folder)


def _calls(file: Path, root: Path, interfaces: Mapping[str, _Interface]) -> Iterator[Task]:
    turns = _turns(file)
    names = sorted({turn.api_name for turn in turns if turn.role == "API"})
    missing = [name for name in names if name not in interfaces]
    if missing:
        raise SuiteError(f"{file}: {', '.join(missing)} is in none of the files of apis/.")
    tools = tuple(_doc(name, interfaces[name]) for name in names)
    for number, turn in enumerate(turns):
        if turn.role == "API":
            yield Task(
                f"{file.stem}-{number}",
                "",
                tools,
                _bank_setup(root, names),
                json.dumps(turn.result),
                limits=Limits(turns=1),
                group=turn.api_name,
                history=_history(turns[:number]),
                ends="action",
                judge=f"_codeact_verdict = _codeact_bank.is_right({turn.api_name!r}, {turn.result!r})",
                solution=f"answer = {turn.api_name}(**{turn.param_dict!r})",
                calls=(Call(turn.api_name, json.dumps(turn.param_dict)),),
                readable=(str(root),),
            )


def _bank_setup(root: Path, names: Sequence[str]) -> str:
    return (
        f"{kernel_source('toolbox')}\n{kernel_source('api_bank')}\n"
        f"_codeact_bank = _CodeactApiBank({str(root)!r}, {list(names)!r})\n"
        f"_codeact_tools = {{name: _codeact_bank.tool(name) for name in {list(names)!r}}}\n"
        "globals().update(_codeact_tools)\n"
    )


def _history(turns: Sequence[_Turn]) -> tuple[Said, ...]:
    """Write what was said before a call; neighbours of one side are joined, as published."""
    said: list[Said] = []
    for turn in turns:
        for role, text in _messages(turn):
            if said and said[-1].role == role:
                said[-1] = Said(role, f"{said[-1].content}\n{text}")
            else:
                said.append(Said(role, text))
    return tuple(said) or (Said("user", ""),)


def _messages(turn: _Turn) -> Iterator[tuple[Literal["user", "assistant"], str]]:
    match turn.role:
        case "User":
            yield "user", turn.text
        case "AI":
            yield "assistant", turn.text
        case _:
            given = ", ".join(f"{name}={value!r}" for name, value in turn.param_dict.items())
            yield "assistant", f"[Called {turn.api_name}({given})]"
            yield "user", f"Response: {turn.result.get('output')}"


def _turns(file: Path) -> list[_Turn]:
    try:
        lines = file.read_text("utf-8").splitlines()
        return [msgspec.json.decode(line, type=_Turn) for line in lines if line.strip()]
    except (OSError, UnicodeError, msgspec.DecodeError, RecursionError) as error:
        raise SuiteError(f"{file} can't be read: {error}.") from error


def _interfaces(folder: Path) -> dict[str, _Interface]:
    """Read the descriptions of all interfaces from their source; nothing of it is run."""
    found: dict[str, _Interface] = {}
    for file in sorted(folder.glob("*.py")):
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (OSError, UnicodeError, SyntaxError, ValueError, RecursionError) as error:
            raise SuiteError(f"{file} can't be read: {error}.") from error
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and (interface := _interface(node)) is not None:
                found[node.name] = interface
    return found


def _interface(node: ast.ClassDef) -> _Interface | None:
    values = {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    try:
        table = {
            "description": ast.literal_eval(values["description"]),
            "parameters": ast.literal_eval(values["input_parameters"]),
        }
        return msgspec.convert(table, _Interface)
    except (KeyError, ValueError, TypeError, msgspec.ValidationError):
        return None


def _doc(name: str, interface: _Interface) -> ToolDoc:
    given = ", ".join(f"{each}: {about.get('type', 'str')}" for each, about in interface.parameters.items())
    more = [f"{each}: {about.get('description', '')}" for each, about in interface.parameters.items()]
    return ToolDoc(name, f"{name}({given})", "\n".join([interface.description, *more]))


def _suite(name: str, tasks: tuple[Task, ...], folder: Path) -> Suite:
    if not tasks:
        raise SuiteError(f"There are no tasks of {name} in {folder}.")
    root = str(folder.resolve())
    moved = [msgspec.structs.replace(task, setup=task.setup.replace(root, ""), readable=()) for task in tasks]
    return Suite(name, tasks, hashlib.sha256(msgspec.json.encode(moved)).hexdigest())
