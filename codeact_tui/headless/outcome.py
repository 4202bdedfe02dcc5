"""How something that was asked of a session ended."""

from typing import Any, Literal

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId, SessionId
from codeact_tui.protocol.turns import Usage

__all__ = ["End", "Outcome", "Result"]

End = Literal["answer", "refused", "turns", "cost", "timeout", "misfit", "interrupted", "failed", "empty"]
"""answer: the model answered, or the cell ran. refused: it needed a person, and there was none. turns, cost, timeout:
that limit was reached. misfit: no answer fitted the schema. empty: the model said nothing."""


class Outcome(Struct, frozen=True):
    """How it ended, and what it took."""

    session: SessionId
    end: End
    answer: str = ""
    """The model's last words; of a turn that came to no answer, what it said last."""
    value: Any = None
    """The answer as what was asked for, where a type or a schema was."""
    message: str = ""
    """What kept it from an answer: a sentence; empty at "answer"."""
    action: ActionId | None = None
    """At "refused": the action that waited for a person."""
    turns: int = 0
    """How often the model replied."""
    actions: int = 0
    """How many it proposed."""
    usage: Usage = Usage()
    """Of these turns alone; what no reply told of is None."""
    seconds: float = 0.0


class Result(Struct, frozen=True):
    """The last line of `codeact run --json`; those before it are each an `Envelope`."""

    result: Outcome
    exit_code: int
