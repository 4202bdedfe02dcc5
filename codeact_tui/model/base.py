"""The port to a model: messages in, deltas out."""

from collections.abc import AsyncIterator
from typing import Literal, Protocol

from msgspec import Struct

from codeact_tui.protocol.turns import Usage

__all__ = [
    "ActionFormat",
    "Alive",
    "Delta",
    "Finished",
    "Message",
    "Model",
    "ModelInfo",
    "ReasoningDelta",
    "Request",
    "TextDelta",
    "ToolCall",
    "ToolCallDelta",
]

ActionFormat = Literal["execute", "fenced", "tool"]
"""execute: `<execute>` tags. fenced: a ```python block. tool: a native call of `run_python(code)`."""


class ToolCall(Struct, frozen=True):
    """A native call of `run_python`, as the assistant's message holds it."""

    id: str
    code: str


class Message(Struct, frozen=True):
    """One message of the conversation, as providers take it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_call: ToolCall | None = None
    """Of an assistant's message in the "tool" format."""
    tool_call_id: str | None = None
    """Of a tool's message: the call that it answers."""


class Request(Struct, frozen=True):
    """All that an adapter needs to ask."""

    messages: tuple[Message, ...]
    stop: tuple[str, ...] = ()
    tool: bool = False
    """Offer the `run_python` tool."""
    temperature: float | None = None
    max_tokens: int | None = None


class ModelInfo(Struct, frozen=True):
    """What is known of a model without asking it."""

    name: str
    """As the user sets it: `openai/gpt-4.1`, `demo`."""
    context_window: int | None = None
    """In tokens; None when unknown."""
    scripted: bool = False
    """It is the offline demo, no real model."""


class TextDelta(Struct, frozen=True, tag="text"):
    """More of the reply's text."""

    text: str


class ReasoningDelta(Struct, frozen=True, tag="reasoning"):
    """More of what a reasoning model thinks aloud; never an action."""

    text: str


class ToolCallDelta(Struct, frozen=True, tag="tool"):
    """More of a native tool call, assembled by index."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    """More of the arguments' JSON text."""


class Alive(Struct, frozen=True, tag="alive"):
    """Bytes came that say nothing: the connection lives."""


class Finished(Struct, frozen=True, tag="finished"):
    """The last delta of every reply that is complete."""

    reason: Literal["stop", "length", "tool_calls", "content_filter", "other"]
    usage: Usage = Usage()


Delta = TextDelta | ReasoningDelta | ToolCallDelta | Alive | Finished


class Model(Protocol):
    """Something that replies to messages.

    Adapters do not retry and keep no conversation. They translate every failure to a `ModelError`, whether it comes
    at the call, at the first chunk or in mid-stream.
    """

    @property
    def info(self) -> ModelInfo:
        """What is known of the model without asking it."""
        ...

    def stream(self, request: Request) -> AsyncIterator[Delta]:
        """Ask, and give the reply as it comes, `Finished` last.

        Closing the iterator early (`aclose`, or cancelling its consumer) closes the connection at once, so that the
        server sees it and stops.

        Raises:
            ModelError: One of its subclasses, at any point.
        """
        ...

    async def warm_up(self) -> None:
        """Do what the first request would wait for: imports, a worker, a connection. Never raises."""
        ...

    async def close(self) -> None:
        """Let go of connections and processes."""
        ...
