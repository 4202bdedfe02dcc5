"""What a search looks through: the words of an event, and the words of a query. Pure."""

import re
from collections.abc import Iterable

from msgspec import Struct

from codeact_tui.protocol.events import (
    ActionEdited,
    ActionProposed,
    ActionRejected,
    CellOutput,
    Event,
    InputAnswered,
    ModelReplied,
    OutputTruncated,
    PromptSubmitted,
    TitleChanged,
)
from codeact_tui.protocol.outputs import (
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    MimeBundle,
    Output,
    StreamOutput,
    UpdateDisplay,
)

__all__ = ["MATCH_END", "MATCH_START", "SEARCHABLE_KINDS", "Phrase", "parse_query", "plain_line", "searchable_text"]

MATCH_START, MATCH_END = "\x02", "\x03"

SEARCHABLE_KINDS = frozenset(
    {
        "prompt_submitted",
        "model_replied",
        "action_proposed",
        "action_edited",
        "action_rejected",
        "cell_output",
        "output_truncated",
        "input_answered",
        "title_changed",
    }
)
"""The tags of the events that `searchable_text` finds words in."""

_HEAD_CHARS, _TAIL_CHARS = 12_000, 4_000
_QUERY_CHARS_MAX = 1_000
_PHRASES_MAX = 32
_ESCAPES = re.compile(
    r"""
      (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]?                      # CSI: colours, cursor
      # OSC, DCS and their like, with what they hold
    | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] ) [^\x07\x1b\x9c]{0,4096} (?: \x07 | \x1b\\ | \x9c )?
    | \x1b [ -/]* [0-~]?
    """,
    re.VERBOSE,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
# Han and kana are written without spaces: each character is a word of its own, a query's are a phrase.
_CJK = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_UNSPACED = re.compile(rf"(?<={_CJK})(?=\w)|(?<=\w)(?={_CJK})")
_SEPARATOR = "\u200b"
_QUERY_PART = re.compile(r'"([^"]*)"|([^\s"]+)')
_WORDS = re.compile(r"[^\W_]")


class Phrase(Struct, frozen=True):
    """Words that have to stand side by side."""

    text: str
    open: bool = False
    """The last word may go on: it is still being typed."""


def searchable_text(event: Event) -> str:
    """Give the words of an event that a search should find: plain, bounded, empty where there are none."""
    return _plain(_words_of(event))


def parse_query(query: str) -> tuple[Phrase, ...]:
    """Read what a user typed: words and "phrases in quotes". Never fails; what is no word is left out."""
    found = list(_QUERY_PART.finditer(query[:_QUERY_CHARS_MAX]))[:_PHRASES_MAX]
    phrases = [
        Phrase(_plain(part[1] or part[2] or ""), open=part[2] is not None and part is found[-1]) for part in found
    ]
    return tuple(phrase for phrase in phrases if _WORDS.search(phrase.text))


def plain_line(snippet: str) -> str:
    """Bring a piece of searchable text into one line, as it was written."""
    return " ".join(snippet.replace(_SEPARATOR, "").split())


def _words_of(event: Event) -> str:
    match event:
        case PromptSubmitted() | ModelReplied():
            return event.text
        case ActionProposed() | ActionEdited():
            return event.code
        case ActionRejected():
            return event.reason
        case CellOutput():
            return _words_of_output(event.output)
        case OutputTruncated():
            return event.tail
        case InputAnswered():
            return event.text or ""
        case TitleChanged():
            return event.title
        case _:
            return ""


def _words_of_output(output: Output) -> str:
    match output:
        case StreamOutput():
            return output.text
        case DisplayData() | ExecuteResult() | UpdateDisplay():
            return _words_of_bundle(output.data)
        case ErrorOutput():
            return _joined((f"{output.ename}: {output.evalue}", *output.traceback))
        case _:
            return ""


def _words_of_bundle(data: MimeBundle) -> str:
    for mime in ("text/plain", "text/markdown", "text/latex"):
        if mime in data:
            return data[mime]
    return ""


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _plain(text: str) -> str:
    # Cut first, with a margin for the escapes that go: the text may be as long as a cell liked to make it.
    text = _cut(text, 2 * _HEAD_CHARS, 2 * _TAIL_CHARS)
    text = _CONTROLS.sub(" ", _ESCAPES.sub("", text))
    text = _cut(text, _HEAD_CHARS, _TAIL_CHARS).encode("utf-8", "replace").decode()
    return _UNSPACED.sub(_SEPARATOR, text)


def _cut(text: str, head: int, tail: int) -> str:
    return text if len(text) <= head + tail else f"{text[:head]} … {text[-tail:]}"
