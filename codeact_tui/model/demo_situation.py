"""What the offline demo finds itself in: the task it was given and what became of its cells. Pure."""

import re
from dataclasses import dataclass

from codeact_tui.model.base import Message
from codeact_tui.model.phrases import EXECUTION_OUTPUT, USER_EDITED, USER_INTERRUPTED, USER_REJECTED

__all__ = ["Situation", "Step", "situation"]

_NOTE = re.compile(r"\A\[[^\]]*\]\s*")
_INTERRUPTED = re.compile(rf"\[Your turn was {USER_INTERRUPTED}\.\]\s*")


@dataclass(frozen=True)
class Step:
    """One cell that the demo proposed in this turn, and what it was told of it."""

    observation: str

    @property
    def rejected(self) -> bool:
        """The user did not let it run."""
        return USER_REJECTED in self.observation

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
        return self.observation.partition(EXECUTION_OUTPUT)[2].strip()

    @property
    def failed(self) -> bool:
        """It ended in an exception."""
        return (
            "Traceback" in self.output or re.search(r"^\w*(?:Error|Interrupt)\b", self.output, re.MULTILINE) is not None
        )

    @property
    def interrupted(self) -> bool:
        """The user stopped it."""
        return USER_INTERRUPTED in self.observation

    def last_line(self) -> str:
        """Give the last line of the output with words in it."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else ""


@dataclass(frozen=True)
class Situation:
    """Where the demo stands: what was asked, and the steps since."""

    prompt: str
    steps: tuple[Step, ...] = ()


def situation(messages: tuple[Message, ...]) -> Situation:
    """Read the conversation back to its last prompt."""
    prompt, steps, acted = "", list[Step](), False
    for message in messages:
        if message.role == "assistant":
            acted = _acts(message)
        elif message.role != "system":
            asked = _asked(message.content) if acted else _without_notes(message.content)
            if acted:
                steps.append(Step(message.content))
            if asked:
                prompt, steps = asked, []
            acted = False
    return Situation(prompt, tuple(steps))


def _acts(message: Message) -> bool:
    return message.tool_call is not None or "<execute>" in message.content or "```python" in message.content


def _asked(text: str) -> str:
    """Give the prompt that follows an interruption in the same message."""
    parts = _INTERRUPTED.split(text)
    return _without_notes(parts[-1]) if len(parts) > 1 else ""


def _without_notes(text: str) -> str:
    text = text.strip()
    while (found := _NOTE.match(text)) is not None:
        text = text[found.end() :]
    return text
