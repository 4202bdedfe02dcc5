"""The offline demo: a scripted model that ships with codeact, so that a newcomer can learn it without any."""

import asyncio
import re
from collections.abc import AsyncGenerator

import msgspec

from codeact_tui.model.base import Delta, Finished, ModelInfo, Request, TextDelta, ToolCallDelta
from codeact_tui.model.demo_situation import Situation, Step, situation
from codeact_tui.model.demo_tasks import TASKS, Move, Task, overview
from codeact_tui.model.tool_calls import TOOL_NAME
from codeact_tui.protocol.events import Usage

__all__ = ["DemoModel", "next_move"]

_TOKEN = re.compile(r"\s*\S+|\s+")
_CHARS_PER_TOKEN = 4
_SCRIPTED = "(I am a script, so that is all I can do about it; a real model would try another way.)"


class DemoModel:
    """Plays fixed tasks and heeds approvals, edits, rejections and failures. Says that it is a script.

    Args:
        token_s: Seconds between two tokens; 0 streams as fast as may be.
    """

    def __init__(self, token_s: float = 0.012) -> None:
        self._token_s = token_s

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return ModelInfo("demo", context_window=1_000_000, scripted=True)

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Reply as the script has it."""
        move = next_move(situation(request.messages))
        written = 0
        for delta in _deltas(move, request):
            written += 1
            yield delta
            await asyncio.sleep(self._token_s)
        read = sum(len(message.content) for message in request.messages) // _CHARS_PER_TOKEN
        yield Finished("tool_calls" if request.tool and move.code else "stop", Usage(read, written, cost_usd=0.0))

    async def warm_up(self) -> None:
        """Nothing is to be done."""

    async def close(self) -> None:
        """Nothing is to be done."""


def next_move(now: Situation) -> Move:
    """Say what the demo does next. Pure."""
    task = _task(now.prompt)
    if task is None:
        return Move(overview())
    if not now.steps:
        return task.moves[0](None)
    return _go_on(task, now.steps)


def _go_on(task: Task, steps: tuple[Step, ...]) -> Move:
    last = steps[-1]
    if last.rejected:
        reason = f" You said: “{last.reason}”." if last.reason else " With **f** you can say why."
        return Move(f"You turned that cell down, so it did not run.{reason} {_SCRIPTED}")
    seen = _seen(last)
    done = sum(not step.rejected for step in steps)
    expected_failure = task.title.startswith("a first cell that fails") and done == 1
    if last.failed and not expected_failure and not last.interrupted:
        return Move(f"{seen}That cell failed: `{last.last_line()}`. {_SCRIPTED}")
    if not last.failed and expected_failure:
        return Move(f"{seen}It ran well, so there is nothing left to mend: {last.last_line()}")
    if done < len(task.moves) and not last.interrupted:
        move = task.moves[done](last)
        return Move(seen + move.words, move.code)
    return Move(seen + task.answer(last))


def _seen(step: Step) -> str:
    return "I see that you changed my cell before it ran; I go on from what ran. " if step.edited else ""


def _task(prompt: str) -> Task | None:
    """Find the task that a prompt asks for: the one whose ask it is, else the one with most keywords in it."""
    said = prompt.strip().lower()
    for task in TASKS:
        if said in {task.ask.lower(), task.title.lower()}:
            return task
    words = set(re.findall(r"[a-z]+", said))
    best = max(TASKS, key=lambda task: len(words & set(task.keywords)))
    return best if words & set(best.keywords) else None


def _deltas(move: Move, request: Request) -> "list[Delta]":
    words: list[Delta] = [TextDelta(token) for token in _TOKEN.findall(move.words)]
    if move.code is None:
        return words
    if request.tool:
        arguments = msgspec.json.encode({"code": move.code}).decode()
        pieces = _TOKEN.findall(arguments)
        first = ToolCallDelta(0, f"call_{len(request.messages)}", TOOL_NAME)
        return [*words, first, *(ToolCallDelta(0, arguments=piece) for piece in pieces)]
    before, after = ("\n<execute>\n", "\n</execute>") if "</execute>" in request.stop else ("\n```python\n", "\n```")
    return [*words, *(TextDelta(token) for token in _TOKEN.findall(before + move.code + after))]
