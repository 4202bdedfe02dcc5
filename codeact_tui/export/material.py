"""What an export is made of: a session's events, joined and redacted, and their fold. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from codeact_tui.export.redaction import Redactor
from codeact_tui.protocol.events import CellOutput, Envelope, OutputTruncated
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript, replay

__all__ = ["Material", "gather"]

_CUT_WORD = 4_096
"""The longest piece of a word, at an output's cut, that goes with it."""
_LAST_WORD = re.compile(r"\S+\Z")
_FIRST_WORD = re.compile(r"\A\S+")


@dataclass(frozen=True)
class Material:
    """One session, ready to be written.

    Attributes:
        envelopes: Its stored events.
        transcript: Their fold.
        notes: What was replaced.
    """

    envelopes: Sequence[Envelope]
    transcript: Transcript
    notes: tuple[str, ...] = ()

    @property
    def ran(self) -> list[ActionRecord]:
        """The cells that ran, in order."""
        return [record for record in self.transcript.ran() if record.status is not None]


def gather(envelopes: Sequence[Envelope], redactor: Redactor | None) -> Material:
    """Join a session's events, redact them, fold them.

    A secret that came in two pieces of output is found once they are joined; what is left of one at the place where a
    long output was cut goes with the word that it stood in.
    """
    joined = _joined(envelopes)
    if redactor is None:
        return Material(joined, replay(joined))
    redacted = redactor.redact(_without_cut_words(joined))
    return Material(redacted, replay(redacted), redactor.notes)


@dataclass
class _Pieces:
    """Neighbouring pieces of one stream."""

    index: int
    output: StreamOutput
    texts: list[str] = field(default_factory=list[str])


def _joined(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Give each stretch of one cell's stream as a single event, at the place of its first."""
    out: list[Envelope] = []
    open_: dict[ActionId, _Pieces] = {}
    stretches: list[_Pieces] = []
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, CellOutput) and isinstance(event.output, StreamOutput):
            pieces = open_.get(event.action)
            if pieces is not None and pieces.output.name == event.output.name:
                pieces.texts.append(event.output.text)
                continue
            open_[event.action] = _Pieces(len(out), event.output, [event.output.text])
            stretches.append(open_[event.action])
        elif isinstance(event, CellOutput):
            open_.pop(event.action, None)
        out.append(envelope)
    for pieces in stretches:
        if len(pieces.texts) > 1:
            envelope = out[pieces.index]
            event = envelope.event
            assert isinstance(event, CellOutput)
            output = replace(pieces.output, text="".join(pieces.texts))
            out[pieces.index] = Envelope(replace(event, output=output), envelope.sequence, envelope.at)
    return out


def _without_cut_words(envelopes: list[Envelope]) -> list[Envelope]:
    out = list(envelopes)
    last: dict[ActionId, int] = {}
    for index, envelope in enumerate(out):
        event = envelope.event
        if isinstance(event, CellOutput) and isinstance(event.output, StreamOutput):
            last[event.action] = index
        elif isinstance(event, OutputTruncated):
            tail = _cut(_FIRST_WORD, event.tail)
            out[index] = Envelope(replace(event, tail=tail), envelope.sequence, envelope.at)
            if event.action in last:
                _cut_end(out, last[event.action])
    return out


def _cut_end(out: list[Envelope], index: int) -> None:
    envelope = out[index]
    event = envelope.event
    assert isinstance(event, CellOutput)
    assert isinstance(event.output, StreamOutput)
    output = replace(event.output, text=_cut(_LAST_WORD, event.output.text))
    out[index] = Envelope(replace(event, output=output), envelope.sequence, envelope.at)


def _cut(word: re.Pattern[str], text: str) -> str:
    found = word.search(text[-_CUT_WORD:] if word is _LAST_WORD else text[:_CUT_WORD])
    if found is None or len(found[0]) >= min(_CUT_WORD, len(text)):
        return text
    return text[: -len(found[0])] if word is _LAST_WORD else text[len(found[0]) :]
