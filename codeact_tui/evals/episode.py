"""One trial: a task, a model, a mode, until the answer is right or a limit is reached.

Source: the loop of the paper's published evaluation: one action or answer a turn; after a wrong answer the model is
told so and goes on; success is a right answer within the turns.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from codeact_tui.errors import ContextOverflow, KernelNotReady
from codeact_tui.evals.actions import BadAction, find_answer, read_call, read_reply
from codeact_tui.evals.asking import Asked, Asker
from codeact_tui.evals.base import Ending, Mode, Said, Task, Trial
from codeact_tui.evals.checking import is_right
from codeact_tui.evals.prompts import NO_ACTION, WRONG_ANSWER, opening
from codeact_tui.evals.setups import call_cell, judge_cell
from codeact_tui.evals.workbench import Ran, Workbench
from codeact_tui.model.base import ActionFormat, Message, Model, ToolCall
from codeact_tui.model.phrases import EXECUTION_OUTPUT
from codeact_tui.protocol.turns import Usage

__all__ = ["Episode"]


@dataclass(frozen=True)
class _Step:
    """What a reply asks for: an action's code, an answer, or neither, with what to say of that."""

    kept: Message
    code: str | None = None
    answer: str | None = None
    problem: str = ""


@dataclass
class Episode:
    """One trial as it goes on. Made for one `run`.

    Attributes:
        task: What is asked.
        mode: How the model acts.
        model: Who is asked.
        action_format: How it writes code.
        asker: How it is asked.
        bench: Where its actions run.
        clock: Gives seconds.
    """

    task: Task
    mode: Mode
    model: Model
    action_format: ActionFormat
    asker: Asker
    bench: Workbench
    clock: Callable[[], float] = time.monotonic
    _messages: list[Message] = field(default_factory=list[Message])
    _usage: list[Usage] = field(default_factory=list[Usage])
    _turns: int = 0
    _actions: int = 0
    _failed: int = 0
    _answers: int = 0
    _answer: str = ""

    async def run(self, name: str, repeat: int = 1) -> Trial:
        """Go through the trial.

        Args:
            name: What the model is called in the results.
            repeat: Which trial of this task it is.

        Raises:
            ModelError: The model can't be asked, which says nothing of the task.
            KernelError: The kernel does not come up.
            SuiteError: The task's tools can't be made.
        """
        await self.bench.prepare(self.task)
        self._messages = [Message(said.role, said.content) for said in self._opening()]
        began = self.clock()
        try:
            ending = await self._loop()
        except ContextOverflow:
            ending = "context"
        return Trial(
            self.task.id,
            name,
            self.mode,
            repeat,
            ending,
            self._answer,
            self._turns,
            self._actions,
            self._failed,
            _total([usage.input_tokens for usage in self._usage]),
            _total([usage.output_tokens for usage in self._usage]),
            _cost([usage.cost_usd for usage in self._usage]),
            self.clock() - began,
            tuple(_said(message) for message in self._messages),
        )

    def _opening(self) -> tuple[Said, ...]:
        return opening(self.task, self.mode, self.action_format)

    async def _loop(self) -> Ending:
        limits = self.task.limits
        while self._turns < limits.turns:
            asked = await self.asker.ask(
                self.model, tuple(self._messages), self.action_format if self.mode == "code" else None
            )
            self._turns += 1
            self._usage.append(asked.usage)
            step = self._step(asked)
            self._messages.append(step.kept)
            ending = await self._take(step)
            if ending is not None:
                return ending
        return "wrong" if self._answers else "turns"

    async def _take(self, step: _Step) -> Ending | None:
        if step.code is not None:
            ran = await self._act(step.code)
            self._tell(f"{EXECUTION_OUTPUT}\n{self._shown(ran)}", step.kept)
            return await self._judged() if self.task.ends == "action" else None
        if step.answer is None:
            self._tell(step.problem or NO_ACTION, step.kept)
            return None
        return self._judge_answer(step.answer)

    def _judge_answer(self, answer: str) -> Ending | None:
        task = self.task
        self._answer = answer
        self._answers += 1
        if task.ends == "answer" and is_right(answer, task.expected, task.check, task.tolerance):
            return "right"
        if task.limits.answers and self._answers >= task.limits.answers:
            return "wrong"
        self._messages.append(Message("user", WRONG_ANSWER if task.ends == "answer" else NO_ACTION))
        return None

    async def _act(self, code: str) -> Ran:
        self._actions += 1
        try:
            ran = await self.bench.run(code, self.task.limits.seconds)
        except KernelNotReady:
            await self.bench.prepare(self.task)
            ran = await self.bench.run(code, self.task.limits.seconds)
        self._failed += ran.failed
        return ran

    def _shown(self, ran: Ran) -> str:
        """Give what the model sees: all of a cell, of a call that failed only why."""
        if self.mode != "code" and ran.failed and ran.error:
            return f"The call failed. {ran.error}"
        return ran.shown(self.task.limits.output_chars)

    async def _judged(self) -> Ending:
        mark = secrets.token_hex(8)
        ran = await self.bench.run(judge_cell(self.task.judge, mark), self.task.limits.seconds)
        self._answer = ran.error
        return "right" if f"{mark}True" in ran.text else "wrong"

    def _step(self, asked: Asked) -> _Step:
        return self._code_step(asked) if self.mode == "code" else self._call_step(asked.text)

    def _code_step(self, asked: Asked) -> _Step:
        parsed = asked.parsed
        if parsed.tool_call is not None:
            kept = Message("assistant", parsed.words, ToolCall(parsed.tool_call, parsed.code or ""))
        else:
            kept = Message("assistant", parsed.raw or parsed.words or "[no reply]")
        problem = next((found.to_model for found in parsed.problems if found.to_model), "")
        answer = None if parsed.code is not None or problem else find_answer(parsed.words)
        return _Step(kept, parsed.code, answer, problem)

    def _call_step(self, text: str) -> _Step:
        found = read_reply(text)
        kept = Message("assistant", found.kept or "[no reply]")
        if found.action is None:
            return _Step(kept, answer=found.answer)
        try:
            call = read_call(found.action, self.mode)
        except BadAction as error:
            return _Step(kept, problem=str(error))
        return _Step(kept, code=call_cell(call.tool, call.arguments))

    def _tell(self, text: str, answered: Message) -> None:
        call = answered.tool_call
        self._messages.append(Message("tool", text, tool_call_id=call.id) if call else Message("user", text))


def _said(message: Message) -> Said:
    code = f"\n{message.tool_call.code}" if message.tool_call else ""
    return Said("user" if message.role == "tool" else message.role, message.content + code)


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _cost(costs: list[float | None]) -> float | None:
    """Add up; unknown where one is, since what is left out would look like thrift."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
