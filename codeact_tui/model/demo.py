"""The offline demo: a scripted model that ships with codeact, so that a newcomer can learn it without any."""

import asyncio
import re
from collections.abc import AsyncGenerator

import msgspec

from codeact_tui.model.base import Delta, Finished, Message, ModelInfo, Request, TextDelta, ToolCallDelta
from codeact_tui.model.demo_situation import Step, situation
from codeact_tui.model.demo_tasks import TASKS, Move, Task, overview
from codeact_tui.model.tool_calls import TOOL_NAME
from codeact_tui.protocol.turns import Usage

__all__ = ["DemoModel", "next_move"]

_TOKEN = re.compile(r"\s*\S+|\s+")
_CHARS_PER_TOKEN = 4
_ASKS = {ask.lower(): task for task in TASKS for ask in (task.ask, task.title)}
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
        move = next_move(request.messages)
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


def next_move(messages: tuple[Message, ...]) -> Move:
    """Say what the demo does next. Pure."""
    now = situation(messages, lambda text: text.lower() in _ASKS)
    task = _task(now.prompt)
    if task is None:
        return Move(overview())
    if not now.steps:
        return task.moves[0](None)
    return _go_on(task, now.steps)


def _go_on(task: Task, steps: tuple[Step, ...]) -> Move:
    last = steps[-1]
    seen = "I see that you changed my cell before it ran; I go on from what ran. " if last.edited else ""
    match last.outcome:
        case "rejected":
            return Move(_turned_down(last))
        case "interrupted":
            return Move(seen + task.interrupted)
        case "died":
            return Move("The kernel died under that cell, and all variables with it. Ask me again: a fresh one starts.")
        case "stopped":
            why = f" {last.note}" if last.note else ""
            return Move(f"That cell did not come to its end.{why} {_SCRIPTED}")
        case "ok" | "failed":
            move = _after_a_run(task, steps)
            return Move(seen + move.words, move.code)


def _after_a_run(task: Task, steps: tuple[Step, ...]) -> Move:
    last = steps[-1]
    done = sum(step.outcome != "rejected" for step in steps)
    to_fail = task.first_fails and done == 1
    if last.outcome == "failed" and not to_fail:
        return Move(f"That cell failed: `{last.error}`. {_SCRIPTED}")
    if last.outcome == "ok" and to_fail:
        return Move(f"It ran well, so there is nothing left to mend: {last.last_line()}")
    return task.moves[done](last) if done < len(task.moves) else Move(task.answer(last))


def _turned_down(step: Step) -> str:
    reason = f"You said: “{step.reason}”." if step.reason else "With **f** you can say why."
    return f"You turned that cell down, so it did not run. {reason} {_SCRIPTED}"


def _task(prompt: str) -> Task | None:
    """Find the task that a prompt asks for: the one whose ask it is, else the one with most keywords in it."""
    said = prompt.strip().lower()
    if said in _ASKS:
        return _ASKS[said]
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
