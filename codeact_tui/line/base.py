"""The port between the line front end and whatever shows its lines and takes its keys."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["Ask", "AskKind", "Hands", "Suggestion", "Surface"]

AskKind = Literal["opening", "prompt", "busy", "approval", "reason", "input", "limit", "host", "rule"]
"""What the next line is: nothing yet, a prompt, steering, an answer about an action, a reason, an answer to the cell,
an answer about going on, about a host, about a rule."""


@dataclass(frozen=True)
class Ask:
    """What is wanted from the user now.

    Attributes:
        kind: What the next line will be taken for.
        label: The question, in words; empty when the prompt sign says enough.
        keys: Keys that answer at once while nothing is typed.
        enter_key: The key that Enter stands for while nothing is typed, where keys are taken one by one.
        secret: What is typed is not shown.
        topic: What the question is about; a question with another topic is a new one.
    """

    kind: AskKind
    label: str = ""
    keys: frozenset[str] = frozenset()
    enter_key: str = ""
    secret: bool = False
    topic: str = ""

    @property
    def decides(self) -> bool:
        """What was typed before the question appeared is never an answer to it."""
        return self.kind in {"approval", "limit", "host", "rule"}


@dataclass(frozen=True)
class Suggestion:
    """A completion: what to put in place of the last `length` characters before the cursor."""

    text: str
    length: int
    says: str = ""


class Hands(Protocol):
    """Takes what the user does. Called on the event loop; must not block."""

    def on_line(self, text: str, *, ahead: bool, queue: bool) -> None:
        """A line was entered.

        Args:
            text: The line, without its newline.
            ahead: It was typed, at least in part, before the question could be read.
            queue: It is for the next turn, not for this one.
        """
        ...

    def on_key(self, key: str) -> None:
        """One of the question's keys was pressed, after its time had come and with nothing typed."""
        ...

    def on_interrupt(self) -> None:
        """Ctrl+C."""
        ...

    def on_end(self) -> None:
        """Ctrl+D on an empty prompt, or nothing more will come."""
        ...

    def on_compose(self, text: str) -> None:
        """What stands in the prompt is to be written on in an editor."""
        ...

    async def suggest(self, before: str) -> Sequence[Suggestion]:
        """Complete what stands before the cursor."""
        ...


class Surface(Protocol):
    """Shows lines and takes lines. What it is given holds no control sequences but colours.

    Attributes are fixed for its life, the width apart.
    """

    @property
    def colour(self) -> bool:
        """Colours may be written."""
        ...

    @property
    def spoken(self) -> bool:
        """Nothing is redrawn: every change of state is said in a line of its own."""
        ...

    @property
    def echoes(self) -> bool:
        """What the user typed stays on the screen already."""
        ...

    @property
    def scripted(self) -> bool:
        """Lines come from a file or a pipe: each is read when it is wanted, none before."""
        ...

    @property
    def lent(self) -> bool:
        """Another program has the terminal."""
        ...

    @property
    def width(self) -> int:
        """Columns."""
        ...

    def write(self, text: str) -> None:
        """Write whole lines; an unfinished one is finished first."""
        ...

    def append(self, text: str) -> None:
        """Write text that goes on later, without a newline of its own."""
        ...

    def end_line(self) -> None:
        """Finish what `append` wrote."""
        ...

    def live(self, text: str) -> None:
        """Show below everything what may still change; empty takes it away. Left out where nothing is redrawn."""
        ...

    def ask(self, ask: Ask) -> None:
        """Say what the next line is for. Asking the same again changes nothing."""
        ...

    def status(self, text: str) -> None:
        """Show a line about the session, where there is a place for it."""
        ...

    def remember(self, lines: Sequence[str]) -> None:
        """Put earlier prompts into the history, the oldest first."""
        ...

    def fill(self, text: str) -> None:
        """Put a text into the prompt, where there is one."""
        ...

    def bell(self) -> None:
        """Call the user."""
        ...

    def aside(self) -> AbstractAsyncContextManager[None]:
        """Lend the terminal to another program meanwhile."""
        ...

    async def shown(self) -> None:
        """Wait until the user can see that there is a prompt."""
        ...

    async def run(self, hands: Hands) -> None:
        """Take lines and keys until `stop`."""
        ...

    def stop(self) -> None:
        """End `run`; everything that was written is shown."""
        ...
