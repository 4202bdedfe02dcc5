"""The transcript as messages to the model, within its window. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, assert_never

from codeact_tui.model.base import ActionFormat, Message, ToolCall
from codeact_tui.model.phrases import KERNEL_DIED, USER_INTERRUPTED, VARIABLES_GONE
from codeact_tui.protocol.events import (
    Forked,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ReplyProblem,
    Rewound,
    SessionOpened,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.entries import (
    ActionEntry,
    ActionRecord,
    Entry,
    EntryEvent,
    EventEntry,
    PromptEntry,
    ReplyEntry,
)
from codeact_tui.session.mentions import with_mentions
from codeact_tui.session.observations import observation
from codeact_tui.session.resuming import restored_for_model
from codeact_tui.session.system_prompt import system_prompt
from codeact_tui.session.telling_travel import forked_text, recovered_text, rewound_text
from codeact_tui.session.transcript import Transcript

__all__ = ["ContextBuilder", "estimate_tokens"]

_CHARS_PER_TOKEN = 3.5
_MESSAGE_TOKENS = 6
_LEFT_OUT = "[An earlier part of this conversation is left out here, because it no longer fits.]"


def estimate_tokens(message: Message) -> int:
    """Guess a message's length in tokens, rather too high than too low."""
    characters = len(message.content) + (len(message.tool_call.code) if message.tool_call else 0)
    return int(characters / _CHARS_PER_TOKEN) + _MESSAGE_TOKENS


@dataclass(frozen=True)
class _Piece:
    """A message before neighbours of one role are joined."""

    message: Message
    tokens: int


@dataclass
class ContextBuilder:
    """Builds the messages of each request; remembers what each finished entry came to.

    Attributes:
        action_format: How the model writes an action.
        observation_chars: The most of a cell's output that is shown.
    """

    action_format: ActionFormat
    observation_chars: int
    veil: Veil = field(default_factory=Veil)
    """Masks what looks like a key in what cells have put out."""
    _known: dict[int, tuple[tuple[object, ...], list[_Piece]]] = field(
        default_factory=dict[int, tuple[tuple[object, ...], list[_Piece]]]
    )

    def build(self, transcript: Transcript, budget_tokens: int) -> tuple[Message, ...]:
        """Write the messages of the next request.

        The system message always stands first. When all do not fit, the oldest are left out, whole turns' worth of
        room at a time, and a line says so; the newest message is never left out.

        Args:
            transcript: What was said and done.
            budget_tokens: How many tokens the messages may have by our estimate.
        """
        python = transcript.kernel.version if transcript.kernel else ""
        system = Message("system", system_prompt(self.action_format, folder=transcript.folder, python=python))
        pieces = list(self._pieces(transcript))
        kept = _newest(pieces, budget_tokens - estimate_tokens(system))
        messages = [piece.message for piece in pieces[len(pieces) - kept :]]
        if kept < len(pieces):
            while messages and messages[0].role in {"assistant", "tool"}:
                del messages[0]
            messages.insert(0, Message("user", _LEFT_OUT))
        return (system, *_joined(messages))

    def _pieces(self, transcript: Transcript) -> Iterator[_Piece]:
        calls = _ToolCalls()
        had_cells = False
        for index, entry in enumerate(transcript.entries):
            if entry.undone:
                continue
            mark = _mark(entry, had_cells)
            known = self._known.get(index)
            if known is None or known[0] != mark:
                messages = list(self._messages(entry, calls, had_cells))
                known = (mark, [_Piece(message, estimate_tokens(message)) for message in messages])
                self._known[index] = known
            calls.note(entry)
            had_cells = had_cells or (isinstance(entry, ActionEntry) and entry.record.state == "finished")
            yield from known[1]

    def _messages(self, entry: Entry, calls: "_ToolCalls", had_cells: bool) -> Iterator[Message]:
        match entry:
            case PromptEntry():
                told = with_mentions(entry.text, entry.mentions)[len(entry.text) :]
                yield Message("user", entry.text + self.veil.masked(told))
            case ReplyEntry():
                yield self._reply(entry)
            case ActionEntry():
                yield from self._action(entry.record, calls)
            case EventEntry():
                yield from _event_messages(entry.event, calls, had_cells)
            case _:
                assert_never(entry)

    def _reply(self, entry: ReplyEntry) -> Message:
        reply = entry.reply
        if reply.tool_call is not None and self.action_format == "tool":
            return Message("assistant", reply.text, ToolCall(reply.tool_call, reply.code or ""))
        return Message("assistant", reply.raw or reply.text or "[no reply]")

    def _action(self, record: ActionRecord, calls: "_ToolCalls") -> Iterator[Message]:
        if record.hidden:
            return
        text = self.veil.masked(observation(record, self.observation_chars))
        call = calls.open if record.origin == "model" and self.action_format == "tool" else None
        yield Message("tool", text, tool_call_id=call) if call else Message("user", text)


@dataclass
class _ToolCalls:
    """Which native tool call still wants its result."""

    open: str | None = None

    def note(self, entry: Entry) -> None:
        match entry:
            case ReplyEntry():
                self.open = entry.reply.tool_call
            case ActionEntry(record=ActionRecord(origin="model")):
                self.open = None
            case EventEntry(event=ReplyProblem(to_model=text)) if text:
                self.open = None
            case _:
                pass


def _mark(entry: Entry, had_cells: bool) -> tuple[object, ...]:
    if isinstance(entry, ActionEntry):
        record = entry.record
        return (record.state, record.status, record.revision, record.outputs.version, record.recovered)
    return (had_cells,)


def _event_messages(event: EntryEvent, calls: _ToolCalls, had_cells: bool) -> Iterator[Message]:
    match event:
        case ReplyProblem() if event.to_model:
            text = event.to_model
            yield Message("tool", text, tool_call_id=calls.open) if calls.open else Message("user", text)
        case Forked():
            yield Message("user", f"[{forked_text(event)}]")
        case SessionOpened() if event.resumed and had_cells:
            moved = f" Cells run in the folder {event.folder!r} now, no more in {event.moved_from!r}."
            yield Message(
                "user",
                f"[{VARIABLES_GONE}: the session was closed and opened again.{moved if event.moved_from else ''}]",
            )
        case VariablesRestored() if text := restored_for_model(event):
            yield Message("user", text)
        case KernelStarted() if event.restarted and had_cells:
            yield Message("user", f"[{VARIABLES_GONE}: the kernel was restarted.]")
        case KernelDied():
            yield Message("user", f"[{KERNEL_DIED}: {event.how}.]")
        case KernelRecovered():
            yield Message("user", f"[{recovered_text(event)}]")
        case Rewound() if (told := rewound_text(event)) and had_cells:
            yield Message("user", f"[{told}]")
        case TurnFinished() if event.reason == "interrupted":
            yield Message("user", f"[Your turn was {USER_INTERRUPTED}.]")
        case _:
            return


def _newest(pieces: list[_Piece], budget_tokens: int) -> int:
    used = 0
    for count, piece in enumerate(reversed(pieces)):
        used += piece.tokens
        if count and used > budget_tokens:
            return count
    return len(pieces)


def _joined(messages: list[Message]) -> Iterator[Message]:
    """Join neighbours of one role, as providers with strict turns want it."""
    held: Message | None = None
    for message in messages:
        if held is not None and _may_join(held, message):
            held = Message(held.role, f"{held.content}\n\n{message.content}")
            continue
        if held is not None:
            yield held
        held = message
    if held is not None:
        yield held


def _may_join(first: Message, second: Message) -> bool:
    plain: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
    return first.role == second.role and first.role in plain and first.tool_call is None and second.tool_call is None
