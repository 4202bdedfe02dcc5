"""What the offline demo finds itself in: the task it was given and what became of its cells. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from codeact_tui.model.base import Message
from codeact_tui.model.phrases import (
    EXECUTION_OUTPUT,
    KERNEL_DIED,
    USER_EDITED,
    USER_INTERRUPTED,
    USER_RAN,
    USER_REJECTED,
    VARIABLES_LOST,
    VARIABLES_RESTORED,
)

__all__ = ["Outcome", "Situation", "Step", "situation"]

_NOTE = re.compile(r"\A\[[^\]]*\]\s*")
_SAID_AFTER = re.compile(rf"\n\n(?:{USER_RAN}|\[(?:{VARIABLES_RESTORED}|{VARIABLES_LOST}))")
"""Where what is said after a cell's output begins."""
_INTERRUPTED = re.compile(rf"\[Your turn was {USER_INTERRUPTED}\.\]\s*")
_ERROR_LINE = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt|Exit|StopIteration)\b.*", re.MULTILINE)

Outcome = Literal["ok", "failed", "rejected", "interrupted", "died", "stopped"]
"""stopped: it did not come to its end for another reason, such as the limit of time."""


@dataclass(frozen=True)
class Step:
    """One cell that the demo proposed in this turn, and what it was told of it."""

    observation: str

    @property
    def outcome(self) -> Outcome:
        """How it went."""
        if USER_REJECTED in self.observation:
            return "rejected"
        if f"was {USER_INTERRUPTED}" in self.observation or f": {USER_INTERRUPTED}" in self.observation:
            return "interrupted"
        if KERNEL_DIED in self.observation:
            return "died"
        if self.note or EXECUTION_OUTPUT not in self.observation:
            return "stopped"
        return "failed" if "Traceback" in self.output or _ERROR_LINE.search(self.output) else "ok"

    @property
    def reason(self) -> str:
        """Why the user rejected it; empty when they did not say."""
        found = re.search(r"Reason: (.+)", self.observation)
        return found[1].strip() if found else ""

    @property
    def edited(self) -> bool:
        """The user changed it before it ran."""
        return USER_EDITED in self.observation

    @property
    def output(self) -> str:
        """What the cell put out."""
        own = _SAID_AFTER.split(self.observation)[0]
        return own.partition(EXECUTION_OUTPUT)[2].strip()

    @property
    def note(self) -> str:
        """What codeact says of a cell that did not come to its end by itself; empty of one that did."""
        last = self.output.rpartition("\n")[2]
        said_by_us = last.startswith(("[The cell ", "[The program ")) and last.endswith(".]")
        return last[1:-1] if said_by_us else ""

    @property
    def error(self) -> str:
        """The line that names the exception, or the last one."""
        found = _ERROR_LINE.findall(self.output)
        return found[-1].strip() if found else self.last_line()

    def last_line(self) -> str:
        """Give the last line of the output with words in it."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else ""


@dataclass(frozen=True)
class Situation:
    """Where the demo stands: what was asked, and the steps since."""

    prompt: str
    steps: tuple[Step, ...] = ()


def situation(messages: tuple[Message, ...], is_ask: Callable[[str], bool]) -> Situation:
    """Read the conversation back to its last prompt.

    Neighbours of one role come as one message, so a prompt may stand behind a cell's output. There only what is
    known to be a prompt is taken for one: the rest may be output, or a word of the user's in the midst of the turn.

    Args:
        messages: The conversation.
        is_ask: Says whether a text asks for one of the tasks.
    """
    prompt, steps, acted, in_turn = "", list[Step](), False, False
    for message in messages:
        if message.role == "assistant":
            acted = in_turn = _acts(message)
        elif message.role != "system":
            asked = _asked(message.content, is_ask) if in_turn else _prompt_in(message.content)
            if acted:
                steps.append(Step(message.content))
            if asked:
                prompt, steps = asked, []
            acted, in_turn = False, in_turn and not asked
    return Situation(prompt, tuple(steps))


def _acts(message: Message) -> bool:
    return message.tool_call is not None or "<execute>" in message.content or "```python" in message.content


def _asked(text: str, is_ask: Callable[[str], bool]) -> str:
    """Give the prompt that follows what became of a cell in the same message; empty where there is none."""
    *before, rest = _INTERRUPTED.split(text)
    if before:
        return _prompt_in(rest)
    last = text.rpartition("\n\n")[2].strip()
    return last if is_ask(last) else ""


def _prompt_in(text: str) -> str:
    """Take away what codeact says before a prompt: notes, and cells that the user ran."""
    text = text.strip()
    while (found := _NOTE.match(text)) is not None:
        text = text[found.end() :]
    return text.rpartition("\n\n")[2] if text.startswith(USER_RAN) else text
