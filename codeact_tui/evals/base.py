"""What a suite is made of, and what a trial of one of its tasks leaves behind."""

from typing import Literal

from msgspec import Struct

from codeact_tui.errors import CodeActError

__all__ = ["MODES", "Arm", "Call", "Check", "Limits", "Mode", "Said", "Suite", "SuiteError", "Task", "ToolDoc", "Trial"]

Mode = Literal["code", "json", "text"]
"""How a model acts: Python that calls the tools; one call as a JSON object; one call as a line of text.

Source: CodeAct (arXiv:2402.01030), section 2.
"""
MODES: tuple[Mode, ...] = ("code", "json", "text")

Check = Literal["equal", "close", "unordered"]
"""equal: as the paper compares. close: numbers may differ a little. unordered: a list in any order."""

Ending = Literal["right", "wrong", "turns", "context"]
"""right: a right answer. wrong: no answer was left to give. turns, context: none came within these limits."""


class SuiteError(CodeActError):
    """A suite, or what is asked of it, can't be used; the message names the file."""


class ToolDoc(Struct, frozen=True):
    """What a model is told of a tool."""

    name: str
    signature: str
    """`convert(amount: float, currency: str) -> float`"""
    description: str


class Call(Struct, frozen=True):
    """One call of a tool."""

    tool: str
    arguments: str = "[]"
    """JSON: a list, or an object with names."""


class Said(Struct, frozen=True):
    """One message that stands before the model's first reply, or that came of the trial."""

    role: Literal["system", "user", "assistant"]
    content: str


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a trial may take.

    Source: the paper's published evaluation: 10 turns, 30 seconds an action, 2,000 characters of output.
    """

    turns: int = 10
    """Replies of the model."""
    answers: int = 0
    """Answers it may give; after a wrong one it is told so and may try again. 0: as many as it has turns."""
    seconds: float = 30.0
    """For one action."""
    output_chars: int = 2000
    """Of an action's output, shown to the model."""


class Task(Struct, frozen=True):
    """One task, with all that is needed to run it anywhere."""

    id: str
    """`trade/duty`, unique in its suite."""
    instruction: str
    tools: tuple[ToolDoc, ...]
    setup: str
    """Code that makes the tools; run in a fresh kernel before the model is asked."""
    expected: str
    """The right answer, as JSON."""
    check: Check = "equal"
    tolerance: float = 0.0
    """For `close`."""
    limits: Limits = Limits()
    group: str = ""
    history: tuple[Said, ...] = ()
    """What was said before; the instruction is left out of the messages when there is some."""
    ends: Literal["answer", "action"] = "answer"
    """action: the first action is judged, by `judge`, and ends the trial."""
    judge: str = ""
    """Code that puts `True` or `False` into `_codeact_verdict`."""
    solution: str = ""
    """Code that leaves the right answer in `answer`."""
    calls: tuple[Call, ...] = ()
    """The tool calls that the solution comes to, in order."""
    readable: tuple[str, ...] = ()
    """Folders that its setup reads."""


class Suite(Struct, frozen=True):
    """Tasks to run."""

    name: str
    tasks: tuple[Task, ...]
    sha256: str
    """Of all that is in it: results of another suite are not gone on with."""
    description: str = ""


class Arm(Struct, frozen=True, order=True):
    """One way of doing the tasks: what a line of the table is about."""

    model: str
    mode: Mode


class Trial(Struct, frozen=True):
    """How one task went, once, with one model in one mode."""

    task: str
    model: str
    mode: Mode
    repeat: int
    """Counted from 1."""
    ending: Ending
    answer: str
    turns: int
    actions: int
    failed_actions: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    """None is "unknown", never 0."""
    seconds: float
    messages: tuple[Said, ...] = ()

    @property
    def right(self) -> bool:
        """The task was solved."""
        return self.ending == "right"

    @property
    def arm(self) -> Arm:
        """What it belongs to."""
        return Arm(self.model, self.mode)

    @property
    def mended(self) -> bool:
        """An action failed, and the task was solved all the same."""
        return self.right and self.failed_actions > 0
