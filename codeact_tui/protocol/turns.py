"""What happened in a turn: what the user said, what the model replied."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.variables import VariableMention

__all__ = [
    "ModelReplied",
    "PromptQueued",
    "PromptSubmitted",
    "ReplyDelta",
    "ReplyProblem",
    "ReplyProblemKind",
    "RetryScheduled",
    "TurnEnd",
    "TurnFinished",
    "TurnStarted",
    "Usage",
]

TurnEnd = Literal["answer", "interrupted", "limit", "failed", "empty"]

ReplyProblemKind = Literal[
    "several_blocks", "unclosed_block", "cut_off", "empty_block", "tag_in_string", "empty_reply", "bad_tool_call"
]


class Usage(Struct, frozen=True):
    """What a request used; None is "unknown", never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class PromptSubmitted(Struct, frozen=True, tag="prompt_submitted"):
    """The user said this to the model."""

    text: str
    steering: bool = False
    """Said while a turn ran, for the model to see with the next observation."""
    mentions: tuple[VariableMention, ...] = ()
    """The variables that `@name` in the text names; the model is told of them."""


class PromptQueued(Struct, frozen=True, tag="prompt_queued"):
    """A prompt waits for the turn's end; `PromptSubmitted` follows when its time has come. Transient."""

    text: str


class TurnStarted(Struct, frozen=True, tag="turn_started"):
    """The model is about to be asked; turns count from 1."""

    turn: int


class ReplyDelta(Struct, frozen=True, tag="reply_delta"):
    """A piece of the reply as it streams. Transient: `ModelReplied` holds the whole."""

    kind: Literal["text", "code", "reasoning"]
    text: str


class RetryScheduled(Struct, frozen=True, tag="retry_scheduled"):
    """The request failed and is tried again; what streamed of it is void."""

    reason: str
    attempt: int
    """The one that failed, counted from 1."""
    attempts: int
    """How many there are at most."""
    delay_s: float


class ModelReplied(Struct, frozen=True, tag="model_replied"):
    """The whole reply, or what there was of it when it was interrupted."""

    text: str
    """The words, without the action."""
    code: str | None = None
    """The action's code; None when the reply was an answer."""
    raw: str = ""
    """As the model wrote it, up to the end of the action: what the model is shown as its own words."""
    tool_call: str | None = None
    """The id of the native tool call that carried the code."""
    reasoning: str = ""
    finish: str = "stop"
    """The provider's finish reason, or "interrupted"."""
    model: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0


class ReplyProblem(Struct, frozen=True, tag="reply_problem"):
    """The reply was not of the agreed form; says what was made of it. The model is told too."""

    kind: ReplyProblemKind
    message: str
    """For the user."""
    to_model: str = ""
    """For the model, as an observation; empty when it needs not know."""


class TurnFinished(Struct, frozen=True, tag="turn_finished"):
    """The turn is over. At "limit" the user is asked whether to go on."""

    turn: int
    reason: TurnEnd
    actions: int = 0
