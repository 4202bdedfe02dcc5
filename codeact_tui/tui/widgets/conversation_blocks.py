"""What was said and what happened, as blocks: prompts, replies, events. Actions have a file of their own."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import assert_never

from rich.style import Style

from codeact_tui.protocol.amounts import human_seconds
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
from codeact_tui.protocol.turns import TurnEnd
from codeact_tui.session.entries import EntryEvent, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.resuming import restored_sentences
from codeact_tui.tui.rendering.lines import Line, Piece, flow, indented
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, count_lines, one_line
from codeact_tui.tui.widgets.variable_columns import in_short

__all__ = ["MARGIN", "EventBlock", "PromptBlock", "ReplyBlock"]

_FOLDED_LINES = 12
_MAX_PROMPT_LINES = 2000
_MAX_CHARS = 128 * 1024
_MAX_EVENT_CHARS = 4000
_MAX_MENTION_CHARS = 1000
MARGIN = ((" ", Style.null()),)
"""Left of a reply."""


def _rough_height(text: str, width: int) -> int:
    return text.count("\n") + len(text) // max(1, width) + 2


class PromptBlock:
    """What the user said."""

    def __init__(self, entry: PromptEntry, *, spaced: bool) -> None:
        self._entry = entry
        self._spaced = spaced
        self.unfolded = False
        """All of a long one is shown, as far as it can be."""

    @property
    def text(self) -> str:
        """The words, as they were written."""
        return self._entry.text.strip("\n")

    @property
    def long(self) -> bool:
        """It is folded until it is asked for."""
        return self.text.count("\n") >= _FOLDED_LINES or len(self.text) > _FOLDED_LINES * 120

    def find_text(self) -> str:
        """Give all of its words."""
        return self.text

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        most = _MAX_PROMPT_LINES if self.unfolded else _FOLDED_LINES
        return min(_rough_height(self._entry.text, width), most + 2)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it; of a long one the beginning, until it is unfolded."""
        whole, most = self.text, _MAX_PROMPT_LINES if self.unfolded else _FOLDED_LINES
        text = clean(whole[: most * 200], tab=4)
        sign = "» " if self._entry.steering else "› "
        lines = flow([(text, paint.prompt)], width, [(f" {sign}", paint.accent)])
        if len(lines) > most + 1 or len(whole) > most * 200:
            count = count_lines(whole)
            size = f"{count:,} lines" if count > 1 else f"{len(whole):,} characters"
            told = f"   … {size} in all" + ("" if self.unfolded else ", a click or ctrl+o unfolds")
            lines = [*lines[:most], *flow([(told.strip(), paint.muted)], width, [("   ", paint.text)])]
        if self._entry.mentions:
            # What the model is told of besides the words.
            told = " · ".join(f"@{each.variable.name}: {in_short(each.variable)}" for each in self._entry.mentions)
            lines += flow([(one_line(told, _MAX_MENTION_CHARS), paint.muted)], width, [("   ", paint.text)])
        lines = [line._replace(fill=paint.block) for line in lines]
        return [Line(), *lines] if self._spaced else lines


class ReplyBlock:
    """What the model said."""

    def __init__(self, entry: ReplyEntry, *, spaced: bool) -> None:
        self._reply = entry.reply
        self._spaced = spaced
        self.unfolded = False
        """Its reasoning is shown."""

    @property
    def text(self) -> str:
        """The words, as they were written."""
        return self._reply.text

    def find_text(self) -> str:
        """Give its words, and its thoughts where they are shown."""
        thoughts = self._reply.reasoning[:_MAX_CHARS]
        return f"{thoughts}\n{self._reply.text[:_MAX_CHARS]}" if thoughts and self.unfolded else self._reply.text

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        words = self._reply.text.strip()
        return (_rough_height(words, width) if words else 0) + bool(self._reply.reasoning)

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it; a reply that is nothing but a cell takes no room."""
        words = markdown_lines(self._reply.text[:_MAX_CHARS].strip(), width - 1, paint)
        if len(self._reply.text) > _MAX_CHARS:
            words.append(Line((("… the reply goes on; what is copied is the whole", paint.muted),)))
        lines = [*self._thoughts(width, paint), *indented(words, MARGIN)]
        return [Line(), *lines] if self._spaced and lines else lines

    def _thoughts(self, width: int, paint: Paint) -> list[Line]:
        reasoning = clean(self._reply.reasoning[:_MAX_CHARS], tab=4).strip()
        if not reasoning:
            return []
        count = count_lines(reasoning)
        title = Line(((f" · thought, {count:,} line{'s' * (count != 1)}", paint.muted),), 3)
        if not self.unfolded:
            return [title]
        return [title, *indented(flow([(reasoning, paint.quote)], width - 3), [(" │ ", paint.faint)]), Line()]


class TakenBackBlock:
    """Something that was taken back: it shows nothing, and keeps the place of what it was."""

    unfolded = False

    def find_text(self) -> str:
        """Give nothing."""
        return ""

    def estimate(self, width: int) -> int:
        """Take no room."""
        del width
        return 0

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw nothing."""
        del width, paint
        return []


class EventBlock:
    """Something worth a quiet line."""

    def __init__(self, entry: EventEntry, *, spaced: bool) -> None:
        self._event = entry.event
        self._spaced = spaced

    @property
    def silent(self) -> bool:
        """It has nothing to show."""
        return not _words(self._event, Paint())

    def find_text(self) -> str:
        """Give its words."""
        return "".join(text for text, _ in _words(self._event, Paint())[1:])

    def estimate(self, width: int) -> int:
        """Give the height, roughly."""
        pieces = _words(self._event, Paint())
        length = sum(len(text) for text, _ in pieces)
        return self._spaced + 1 + length // max(1, width) if pieces else 0

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        pieces = _words(self._event, paint)
        if not pieces:
            return []
        sign, *words = [(clean(text[:_MAX_EVENT_CHARS]), style) for text, style in pieces]
        lines = flow(words, width, [(f" {sign[0]} ", sign[1])])
        return [Line(), *lines] if self._spaced else lines


_ENDS: dict[TurnEnd, str] = {
    "interrupted": "stopped by you",
    "limit": "stopped to ask: it has taken as many actions as a turn may",
}


def _words(event: EntryEvent, paint: Paint) -> list[Piece]:  # noqa: C901 - an arm for each
    """Give a sign and words for an event; nothing for what shows itself otherwise."""
    match event:
        case SessionOpened():
            return _opened_words(event, paint)
        case Noted():
            return [("·", paint.muted), (event.text, paint.muted)]
        case Failed() | ReplyProblem():
            return _trouble_words(event, paint)
        case RetryScheduled():
            again = f"again in {human_seconds(event.delay_s)}, attempt {event.attempt + 1} of {event.attempts}"
            return [("↻", paint.warn), (event.reason.rstrip(". "), paint.text), (f": {again}", paint.muted)]
        case TurnFinished():
            return [("■", paint.warn), (_ENDS[event.reason], paint.muted)] if event.reason in _ENDS else []
        case KernelStarted():
            return _kernel_words(event, paint)
        case KernelDied():
            told = ": its variables are gone"
            return [("†", paint.bad), (f"the kernel died, {event.how}", paint.text), (told, paint.muted)]
        case KernelRecovered():
            lost, back = recovered_words(event)
            return [("†", paint.bad), (lost, paint.text), (f"; {back}", paint.muted)]
        case Rewound():
            where, what = rewound_words(event)
            return [("↶" if not event.undoes else "↷", paint.warn), (where, paint.text), (f": {what}", paint.muted)]
        case ExplorationEnded():
            what, came = explored_words(event)
            return [("◇", paint.accent), (what, paint.text), (f": {came}", paint.muted)]
        case Forked():
            where, what = forked_words(event)
            return [("↳", paint.accent), (where, paint.text), (f": {what}", paint.muted)]
        case ModelChanged():
            return [("·", paint.muted), (f"model: {event.model}", paint.muted)]
        case VariablesRestored():
            return _restored_words(event, paint)
        case PolicyChanged():
            return [("·", paint.muted), (f"approval: {event.policy}", paint.muted)]
        case _:
            assert_never(event)


def _opened_words(event: SessionOpened, paint: Paint) -> list[Piece]:
    folder, before = (PurePath(path).name or path for path in (event.folder, event.moved_from))
    if event.resumed:
        folder, before = (folder, before) if folder != before else (event.folder, event.moved_from)
        where = f" in {folder}, no more in {before}" if event.moved_from else ""
        return [("·", paint.muted), (f"opened again{where}", paint.text), (", with a fresh Python", paint.muted)]
    return [("·", paint.muted), (f"codeact {event.version}, {event.model}, in {folder}", paint.muted)]


def _restored_words(event: VariablesRestored, paint: Paint) -> list[Piece]:
    first, *rest = restored_sentences(event) or [""]
    if not first:
        return []
    sign = ("✓", paint.good) if event.back and not event.missing else ("·", paint.warn)
    return [sign, (first, paint.text), *((f" {sentence}", paint.muted) for sentence in rest)]


def _trouble_words(event: Failed | ReplyProblem, paint: Paint) -> list[Piece]:
    if isinstance(event, ReplyProblem):
        return [("!", paint.warn), (event.message, paint.muted)]
    words: list[Piece] = [("✗", paint.bad), (event.message, paint.text)]
    return [*words, (f" {event.remedy}", paint.muted)] if event.remedy else words


def _kernel_words(event: KernelStarted, paint: Paint) -> list[Piece]:
    source = f", {event.source}" if event.source else ""
    kernel = f"Python {event.version}{source}"
    confined = (", in a sandbox", paint.muted) if event.confined else (", no sandbox", paint.warn)
    if event.restarted:
        return [
            ("·", paint.muted),
            (kernel, paint.muted),
            confined,
            (", restarted: its variables are gone", paint.muted),
        ]
    return [("·", paint.muted), (f"{kernel}, ready in {human_seconds(event.seconds)}", paint.muted), confined]
