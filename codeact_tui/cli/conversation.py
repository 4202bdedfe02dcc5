"""A session's conversation as plain text. Pure; everything in it passes `clean`."""

from collections.abc import Iterator
from typing import assert_never

from codeact_tui.cli.printing import clean, clean_line, when
from codeact_tui.protocol.dry_run_words import explored_words
from codeact_tui.protocol.events import (
    ExplorationEnded,
    Failed,
    Forked,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    Noted,
    PolicyChanged,
    ReplyProblem,
    RetryScheduled,
    Rewound,
    SessionOpened,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.travel_words import forked_words, recovered_words, rewound_words
from codeact_tui.records.words import words_for
from codeact_tui.session.entries import (
    ActionEntry,
    ActionRecord,
    Entry,
    EntryEvent,
    EventEntry,
    PromptEntry,
    ReplyEntry,
)
from codeact_tui.session.observations import output_text
from codeact_tui.session.reaching import network_lines
from codeact_tui.session.refusing import said_to_user
from codeact_tui.session.resuming import restored_sentences
from codeact_tui.session.transcript import Transcript

__all__ = ["conversation"]

_ENDINGS = {
    "ok": "ran",
    "error": "failed",
    "interrupted": "interrupted",
    "timeout": "ran too long",
    "died": "the kernel died",
    "aborted": "did not run: the one before it failed",
    "lost": "was running when codeact ended",
}
_TURN_ENDINGS = {
    "interrupted": "interrupted by the user",
    "limit": "stopped at the limit of actions",
    "failed": "the turn failed",
    "empty": "the model said nothing",
}


def conversation(transcript: Transcript) -> Iterator[str]:
    """Give a session's head, then each entry as a block of lines without a newline at its end."""
    title = clean_line(transcript.title) or "(no title)"
    about = " · ".join(
        clean_line(part)
        for part in (transcript.session, transcript.folder, transcript.model, when(transcript.created_at))
        if part
    )
    yield f"{title}\n{about}"
    for entry in transcript.entries:
        block = "" if entry.undone else _block(entry)
        if block:
            yield block


def _block(entry: Entry) -> str:
    match entry:
        case PromptEntry():
            return _marked("› ", clean(entry.text))
        case ReplyEntry():
            return clean(entry.reply.text).strip()
        case ActionEntry():
            return _action(entry.record)
        case EventEntry():
            sentence = _event(entry.event)
            return f"· {clean_line(sentence)}" if sentence else ""
        case _:
            assert_never(entry)


def _action(record: ActionRecord) -> str:
    who = {"model": "", "user": "your own, ", "rerun": "again, "}[record.origin]
    parts = [f"[{record.number}] {who}{_how_it_went(record)}", _marked("    ", clean(record.code))]
    output = clean(output_text(record.outputs))
    if output:
        parts.append(_marked("  │ ", output))
    if happened := words_for(record.happened, whole=True):
        parts.append(_marked("  ± ", clean_line(" · ".join(part.text for part in happened))))
    parts += [_marked("  ⇄ ", clean_line(line)) for line in network_lines(record)]
    parts += [_marked("  · ", clean_line(said_to_user(refusal))) for refusal in record.refusals]
    return "\n".join(parts)


def _how_it_went(record: ActionRecord) -> str:
    edited = "edited, " if record.edited else ""
    match record.state:
        case "proposed" | "waiting" | "approved":
            return f"{edited}not decided" if record.state != "approved" else f"{edited}approved, did not start"
        case "rejected":
            return f"rejected: {clean_line(record.reason)}" if record.reason else "rejected"
        case "running":
            return f"{edited}running"
        case "finished":
            return f"{edited}{_ENDINGS[record.status or 'ok']}, {record.seconds:.2f} s"
        case _:
            assert_never(record.state)


def _event(event: EntryEvent) -> str:  # noqa: C901 - an arm for each
    match event:
        case SessionOpened():
            return "opened again" if event.resumed else ""
        case Noted():
            return event.text
        case Failed():
            return f"{event.message} {event.remedy}"
        case RetryScheduled():
            return f"tried again: {event.reason}"
        case ReplyProblem():
            return event.message
        case TurnFinished():
            return _TURN_ENDINGS.get(event.reason, "")
        case KernelStarted():
            again = "a new kernel" if event.restarted else "kernel"
            return f"{again}: Python {event.version}, {event.python}"
        case KernelDied():
            return f"the kernel died: {event.how}"
        case ExplorationEnded():
            return "; ".join(explored_words(event))
        case KernelRecovered():
            return "; ".join(recovered_words(event))
        case Rewound():
            return "; ".join(rewound_words(event))
        case Forked():
            return "; ".join(forked_words(event))
        case ModelChanged():
            return f"model: {event.model}"
        case VariablesRestored():
            return " ".join(restored_sentences(event))
        case PolicyChanged():
            return f"policy: {event.policy}"
        case _:
            assert_never(event)


def _marked(mark: str, text: str) -> str:
    """Put a mark before each line of a text: what follows it can't pass for a line of ours."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))
