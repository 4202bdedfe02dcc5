"""What trajectories are collected for: instructions, each perhaps with an answer or a check. Reads the disk."""

import hashlib
import json
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.evals.base import Check, Suite, SuiteError, Task

__all__ = ["Instruction", "of_suite", "read_instructions"]

_FILE_BYTES = 256 << 20
_ANSWER_WISH = 'End with a line that begins with "Answer:" and gives the answer alone.'


class Instruction(Struct, frozen=True):
    """One thing to ask for."""

    id: str
    prompt: str
    expected: str = ""
    """JSON; empty where there is no one right answer."""
    compare: Check = "equal"
    tolerance: float = 0.0
    check: str = ""
    """Code that is run in the session's kernel when the turn has ended; what raises turns the trajectory down."""
    setup: str = ""
    """Code that is run before, unseen by the model."""
    readable: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """A hash of all of it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class _Line(Struct, forbid_unknown_fields=True):
    instruction: str
    id: str = ""
    expected: object = None
    check: str = ""
    setup: str = ""


def read_instructions(file: Path) -> tuple[Instruction, ...]:
    """Read a file: plain text with an instruction a line, or JSON lines with `instruction` and what goes with it.

    Raises:
        SuiteError: It can't be read, has none, or a line is not of that form.
    """
    try:
        if file.stat().st_size > _FILE_BYTES:
            raise SuiteError(f"{file} is larger than {_FILE_BYTES >> 20} MiB.")
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise SuiteError(f"{file} can't be read: {error}.") from error
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    found = [_read(number, line, file) for number, line in numbered if not line.startswith("#")]
    if not found:
        raise SuiteError(f"{file} has no instructions.", remedy="Write one a line.")
    names = [each.id for each in found]
    twice = next((name for name in names if names.count(name) > 1), "") if len(set(names)) < len(names) else ""
    if twice:
        raise SuiteError(f"{file} has two instructions with the id {twice}.")
    return tuple(found)


def of_suite(suite: Suite) -> tuple[Instruction, ...]:
    """Make instructions of a suite's tasks: the tools are in the kernel, and the prompt tells of them."""
    return tuple(_of_task(task) for task in suite.tasks if task.ends == "answer")


def _read(number: int, line: str, file: Path) -> Instruction:
    if not line.startswith("{"):
        return Instruction(f"{file.stem}-{number}", line)
    try:
        given = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SuiteError(f"{file}, line {number}: {error}.") from error
    expected = "" if given.expected is None else json.dumps(given.expected)
    wish = f"\n\n{_ANSWER_WISH}" if expected else ""
    return Instruction(
        given.id or f"{file.stem}-{number}",
        given.instruction + wish,
        expected,
        check=given.check,
        setup=given.setup,
    )


def _of_task(task: Task) -> Instruction:
    tools = "\n".join(f"- {tool.signature}: {' '.join(tool.description.split())}" for tool in task.tools)
    prompt = f"{task.instruction}\n\nThese functions are in the session already:\n\n{tools}\n\n{_ANSWER_WISH}"
    return Instruction(
        task.id, prompt, task.expected, task.check, task.tolerance, setup=task.setup, readable=task.readable
    )
