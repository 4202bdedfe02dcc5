"""The offline model of an evaluation: it plays a task's own solution, which says nothing of any real model."""

import json
from collections.abc import AsyncGenerator

from codeact_tui.evals.base import Mode, Task
from codeact_tui.evals.prompts import CALL_END
from codeact_tui.model.base import Delta, Finished, ModelInfo, Request, TextDelta
from codeact_tui.protocol.turns import Usage

__all__ = ["ReferenceModel", "reference_turns"]

_CHARS_PER_TOKEN = 4


def reference_turns(task: Task, mode: Mode) -> int:
    """Say how many replies the solution takes: one for the code or for each call, and one for the answer."""
    if mode == "code":
        return 2 if task.solution.strip() else 1
    return len(task.calls) + 1


class ReferenceModel:
    """Acts as the solution does: all of it as one piece of code, or call by call; then gives the right answer.

    Args:
        task: With its solution and the calls that this comes to.
        mode: How it acts.
    """

    def __init__(self, task: Task, mode: Mode) -> None:
        self._task = task
        self._mode: Mode = mode

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return ModelInfo("demo", context_window=1_000_000, scripted=True)

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Reply with the next action, or with the answer."""
        opening = len(self._task.history) or 1
        done = sum(message.role == "assistant" for message in request.messages[1 + opening :])
        text = self._reply(done)
        read = sum(len(message.content) for message in request.messages) // _CHARS_PER_TOKEN
        yield TextDelta(text)
        yield Finished("stop", Usage(read, len(text) // _CHARS_PER_TOKEN, cost_usd=0.0))

    async def warm_up(self) -> None:
        """Nothing is to be done."""

    async def close(self) -> None:
        """Nothing is to be done."""

    def _reply(self, done: int) -> str:
        task = self._task
        if done >= reference_turns(task, self._mode) - 1:
            return f"Answer: {json.loads(task.expected)}"
        if self._mode == "code":
            return f"I do all of it at once.\n<execute>\n{task.solution.strip()}\nprint(answer)\n</execute>"
        call = task.calls[done]
        arguments: list[object] | dict[str, object] = json.loads(call.arguments)
        if self._mode == "json":
            return f"Action: {json.dumps({'tool': call.tool, 'args': arguments})} {CALL_END}"
        return f"Action: {', '.join([call.tool, *_texts(arguments)])} {CALL_END}"


def _texts(arguments: list[object] | dict[str, object]) -> list[str]:
    if isinstance(arguments, dict):
        return [f"{name}={_text(value)}" for name, value in arguments.items()]
    return [_text(argument) for argument in arguments]


def _text(argument: object) -> str:
    """Write an argument of a text action; a text in quotes where it would be read as something else."""
    if not isinstance(argument, str):
        return repr(argument)
    plain = argument.replace(" ", "").replace("-", "").replace("_", "").replace("/", "")
    return (
        argument
        if plain.isalpha() and argument not in {"True", "False", "None"} and plain.isascii()
        else repr(argument)
    )
