"""Sessions as training data: CodeActInstruct's lines, ShareGPT's, and preference pairs from edits and rejections. Pure.

Source: CodeAct (arXiv:2402.01030), the published dataset's lines, for `id` and `conversations`.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from codeact_tui.export.material import Material
from codeact_tui.export.wish import ExportWish
from codeact_tui.protocol.events import TurnFinished
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.mentions import with_mentions
from codeact_tui.session.observations import observation
from codeact_tui.session.system_prompt import system_prompt
from codeact_tui.session.transcript import Transcript

__all__ = ["conversation", "instruct_line", "passes", "preference_lines", "sharegpt_line"]

_OBSERVATION_CHARS = 12_000
_SHAREGPT = {"system": "system", "user": "human", "assistant": "gpt"}


class Message(NamedTuple):
    """One message."""

    role: str
    content: str


class _Proposal(NamedTuple):
    """A model's action with what it said before, and the messages that led to it."""

    turn: int
    words: str
    record: ActionRecord
    before: list[Message]


def passes(material: Material, wish: ExportWish) -> bool:
    """Say whether a session is wanted as an example."""
    entries = material.transcript.entries
    replies = sum(isinstance(entry, ReplyEntry) for entry in entries)
    if replies < max(wish.min_turns, 1):
        return False
    if wish.mended_only and not _mended(entries):
        return False
    return not wish.success_only or _succeeded(entries)


def instruct_line(material: Material) -> dict[str, Any]:
    """Write a session as a line of CodeActInstruct: actions in `<execute>` tags, as they ran."""
    messages = conversation(material.transcript)
    return {"id": material.transcript.session, "conversations": [message._asdict() for message in messages]}


def sharegpt_line(material: Material) -> dict[str, Any]:
    """Write a session as a line of ShareGPT."""
    messages = conversation(material.transcript)
    lines = [{"from": _SHAREGPT[message.role], "value": message.content} for message in messages]
    return {"id": material.transcript.session, "conversations": lines}


def preference_lines(material: Material) -> Iterator[dict[str, Any]]:
    """Write pairs: code as the user made it over code as it was proposed; what was done over what was rejected."""
    proposals = list(_proposals(material.transcript))
    for index, proposal in enumerate(proposals):
        record = proposal.record
        if record.edited and record.status == "ok":
            chosen, rejected = record.code, record.revisions[0].code
            yield _pair(material, proposal, "edit", _acting(proposal.words, chosen), _acting(proposal.words, rejected))
        elif record.state == "rejected" and record.rejected_by == "user":
            better = _instead(proposals[index + 1 :], proposal.turn)
            if better is not None:
                chosen = _acting(better.words, better.record.code)
                yield _pair(material, proposal, "rejection", chosen, _acting(proposal.words, record.code))


def conversation(transcript: Transcript) -> list[Message]:
    """Give a session's messages, roles in turn: what was edited as it ran, what was rejected not at all."""
    return _in_turns([_system(transcript), *_messages(transcript.entries)])


def _system(transcript: Transcript) -> Message:
    version = transcript.kernel.version if transcript.kernel else ""
    return Message("system", system_prompt("execute", folder=transcript.folder, python=version))


def _messages(entries: list[Entry]) -> Iterator[Message]:
    words: str | None = None
    for entry in entries:
        match entry:
            case PromptEntry():
                yield Message("user", with_mentions(entry.text, entry.mentions))
            case ReplyEntry() if entry.reply.code is not None:
                words = entry.reply.text
            case ReplyEntry() if entry.reply.text.strip() and entry.reply.finish != "interrupted":
                yield Message("assistant", entry.reply.text.strip())
            case ActionEntry() if entry.record.origin == "model":
                if words is not None and entry.record.state == "finished":
                    yield Message("assistant", _acting(words, entry.record.code))
                    yield Message("user", _observed(entry.record))
                words = None
            case ActionEntry() if not entry.record.hidden and entry.record.state == "finished":
                yield Message("user", observation(entry.record, _OBSERVATION_CHARS))
            case _:
                pass


def _observed(record: ActionRecord) -> str:
    """Write what came of an action; that the user edited it is not said, as what is shown is what ran."""
    text = observation(record, _OBSERVATION_CHARS)
    return text[text.index("Execution Output:") :] if record.edited and "Execution Output:" in text else text


def _acting(words: str, code: str) -> str:
    return f"{words.strip()}\n<execute>\n{code.strip()}\n</execute>".lstrip()


def _proposals(transcript: Transcript) -> Iterator[_Proposal]:
    words, turn = "", 0
    for index, entry in enumerate(transcript.entries):
        match entry:
            case PromptEntry(steering=False):
                turn += 1
            case ReplyEntry():
                words = entry.reply.text
            case ActionEntry() if entry.record.origin == "model":
                before = [_system(transcript), *_messages(transcript.entries[:index])]
                yield _Proposal(turn, words, entry.record, _in_turns(before))
            case _:
                pass


def _in_turns(messages: list[Message]) -> list[Message]:
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            joined[-1] = Message(message.role, f"{joined[-1].content}\n\n{message.content}")
        else:
            joined.append(message)
    return joined


def _instead(later: list[_Proposal], turn: int) -> _Proposal | None:
    for proposal in later:
        if proposal.turn != turn:
            return None
        if proposal.record.status == "ok":
            return proposal
    return None


def _pair(material: Material, proposal: _Proposal, kind: str, chosen: str, rejected: str) -> dict[str, Any]:
    return {
        "id": f"{material.transcript.session}-{proposal.record.action}",
        "kind": kind,
        "reason": proposal.record.reason,
        "prompt": [message._asdict() for message in proposal.before],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
    }


def _mended(entries: list[Entry]) -> bool:
    """Say whether a cell of the model's failed and a later one of the same turn ran to its end."""
    failed = False
    for entry in entries:
        match entry:
            case PromptEntry(steering=False):
                failed = False
            case ActionEntry() if entry.record.origin == "model":
                if failed and entry.record.status == "ok":
                    return True
                failed = failed or entry.record.status == "error"
            case _:
                pass
    return False


def _succeeded(entries: list[Entry]) -> bool:
    ends = [each.event for each in entries if isinstance(each, EventEntry) and isinstance(each.event, TurnFinished)]
    ran = [
        each.record.status
        for each in entries
        if isinstance(each, ActionEntry) and each.record.origin == "model" and each.record.status is not None
    ]
    return bool(ends) and ends[-1].reason == "answer" and ran[-1:] in ([], ["ok"])
