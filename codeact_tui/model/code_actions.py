"""Finds the action in a reply while it streams: words, then one block of code.

The text is judged line by line, so that the result is the same however the stream is cut, and every line is looked
at once. What of an unfinished line can't turn out to be anything else is handed on at once, for the eye.

Source: CodeAct (arXiv:2402.01030): one action in a message, closed by `</execute>`, nothing after it is read.
"""

import re
from typing import Literal, NamedTuple

from msgspec import Struct

from codeact_tui.model.base import ActionFormat, ToolCallDelta
from codeact_tui.model.blocks import BlockCode, ExecuteWords, FencedWords, Words, tidy
from codeact_tui.model.reply_problems import (
    example_cut_off,
    not_run,
    reply_problem,
    thought_cut_off,
    words_cut_off,
)
from codeact_tui.model.tool_calls import ToolCallReader
from codeact_tui.protocol.events import ReplyProblem

__all__ = ["ParsedReply", "Piece", "ReplyParser", "stop_sequences"]

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other"]


PieceKind = Literal["text", "code", "reasoning"]


class Piece(NamedTuple):
    """A bit of the reply, for the eye."""

    kind: PieceKind
    text: str


_Part = tuple[PieceKind | None, str]
"""A part of a line: what it is, None for a tag or what is not read; and its text."""


class ParsedReply(Struct, frozen=True):
    """What a whole reply comes to."""

    words: str
    """What was said before the code; all of it when there is no code."""
    code: str | None
    """The code to run; None when there is none, or none that may be run."""
    raw: str
    """The reply up to the end of its first block, closing tag included: what the model is shown as its own words."""
    reasoning: str = ""
    tool_call: str | None = None
    """The id of the native call that carried the code."""
    problems: tuple[ReplyProblem, ...] = ()


def stop_sequences(action_format: ActionFormat) -> tuple[str, ...]:
    """Give the strings at which the provider should end a reply."""
    return ("</execute>",) if action_format == "execute" else ()


class ReplyParser:
    """Takes a reply as it streams.

    Args:
        action_format: How the model writes an action.
    """

    def __init__(self, action_format: ActionFormat) -> None:
        self._format: ActionFormat = action_format
        self._words: Words = FencedWords() if action_format == "fenced" else ExecuteWords()
        self._code: BlockCode | None = None
        self._later_words: Words | None = None
        self._more_blocks = False
        self._call = ToolCallReader()
        self._line: list[str] = []
        self._shown = 0
        self._tail = ""
        self._blocked = False
        self._reasoning: list[str] = []
        self._said: list[str] = []
        self._raw: list[str] = []
        self._thinking = False
        self._began = False

    def feed(self, text: str) -> list[Piece]:
        """Take more of the reply's text; give what can be shown of it."""
        pieces: list[Piece] = []
        lines = text.split("\n")
        for line in lines[:-1]:
            self._line.append(line + "\n")
            self._end_line(pieces)
        if lines[-1]:
            self._line.append(lines[-1])
            self._show_early(lines[-1], pieces)
        return pieces

    def feed_reasoning(self, text: str) -> list[Piece]:
        """Take what a reasoning model thinks aloud, where the provider keeps it apart."""
        self._reasoning.append(text)
        return [Piece("reasoning", text)]

    def feed_tool_call(self, delta: ToolCallDelta) -> list[Piece]:
        """Take more of a native tool call."""
        return [Piece("code", text) for text in (self._call.feed(delta),) if text]

    def finish(self, reason: FinishReason = "stop") -> ParsedReply:
        """Give the whole. Nothing may be fed afterwards."""
        if self._line:
            self._end_line([])
        words = "".join(self._said).strip()
        if self._call.begun:
            return self._finish_call(words, reason)
        raw, code, problems = "".join(self._raw).strip(), None, list[ReplyProblem]()
        if self._code is not None:
            code, raw, problems = self._finish_block(reason)
        elif not words:
            problems.append(_nothing_said(reason, thought=bool(self._reasoning)))
        elif reason == "length":
            problems.append(words_cut_off())
        elif self._words.open_example and reason == "stop" and self._format == "execute":
            problems.append(example_cut_off())
        return ParsedReply(words, code, raw, "".join(self._reasoning).strip(), problems=tuple(problems))

    # -- lines

    def _end_line(self, pieces: list[Piece]) -> None:
        line = "".join(self._line)
        shown, self._shown, self._tail, self._blocked = self._shown, 0, "", False
        self._line.clear()
        position = 0
        for kind, text in self._judge(line):
            rest = text[max(shown - position, 0) :]
            position += len(text)
            if rest and kind is not None:
                pieces.append(Piece(kind, rest))

    def _judge(self, line: str) -> list[_Part]:
        """Take a whole line in; say what each part of it is, None for tags and for what is not read."""
        if self._later_words is not None:
            self._more_blocks = self._more_blocks or self._later_words.opening(line) is not None
            return [(None, line)]
        if self._code is not None:
            return self._judge_code(line, "")
        if self._thinking or (not self._began and _THOUGHT.match(line.lstrip())):
            return self._judge_thought(line)
        return self._judge_words(line)

    def _judge_thought(self, line: str) -> list[_Part]:
        parts: list[_Part] = []
        if not self._thinking:
            self._thinking = self._began = True
            start = line.index(">") + 1
            parts.append((None, line[:start]))
            line = line[start:]
        end = _THOUGHT_END.search(line)
        before, after = (line[: end.start()], line[end.end() :]) if end else (line, "")
        self._reasoning.append(before)
        parts.append(("reasoning", before))
        if end:
            self._thinking = False
            parts.append((None, end[0]))
            parts += self._judge_words(after) if after.strip() else [(None, after)]
        return parts

    def _judge_words(self, line: str) -> list[_Part]:
        self._began = self._began or bool(line.strip())
        end = _THOUGHT_END.search(line)
        if end is not None and not self._reasoning and self._words.plain(line, end.start()):
            self._reasoning += [*self._said, line[: end.start()]]
            self._said.clear()
            self._raw.clear()
            return [("text", line[: end.start()]), (None, end[0]), *self._judge_words(line[end.end() :])]
        opening = self._words.opening(line)
        if opening is None:
            self._said.append(line)
            self._raw.append(line)
            return [("text", line)]
        start, end_of_tag, block = opening
        self._said.append(line[:start])
        self._raw.append(line[:start])
        self._code = block
        parts: list[_Part] = [("text", line[:start]), (None, line[start:end_of_tag])]
        return parts + self._judge_code(line[end_of_tag:], line[start:end_of_tag])

    def _judge_code(self, text: str, opening: str) -> list[_Part]:
        assert self._code is not None
        if opening:
            self._raw.append(opening)
        if opening and not text.strip():
            self._raw.append(text)
            return [(None, text)]
        closing = self._code.closing(text)
        if closing is None:
            return [("code", text)]
        start, end = closing
        self._later_words = self._words.afresh()
        self._more_blocks = self._later_words.opening(text[end:]) is not None
        return [("code", text[:start]), (None, text[start:])]

    def _show_early(self, text: str, pieces: list[Piece]) -> None:
        """Show of an unfinished line what can be nothing else, whatever follows."""
        if self._blocked or self._later_words is not None:
            return
        self._tail += text
        safe = self._safe_length()
        if safe:
            kind: PieceKind = "reasoning" if self._thinking else "text" if self._code is None else "code"
            pieces.append(Piece(kind, self._tail[:safe]))
            self._tail = self._tail[safe:]
            self._shown += safe

    def _safe_length(self) -> int:
        tail = self._tail
        if self._shown == 0:
            if len(tail) <= _INDENTATION and not tail.strip():
                return 0
            mark = _MARK.match(tail)
            if mark is not None and (len(mark[1]) >= _FENCE_LENGTH or mark.end() == len(tail)):
                self._blocked = len(mark[1]) >= _FENCE_LENGTH
                return 0
        found = _MAYBE_TAG.search(tail)
        if found is None:
            return len(tail)
        self._blocked = _WHOLE_TAG.match(tail, found.start()) is not None
        return found.start()

    # -- the end

    def _finish_block(self, reason: FinishReason) -> tuple[str | None, str, list[ReplyProblem]]:
        assert self._code is not None
        block, closed = self._code, self._later_words is not None
        if not closed:
            closed = block.close_late()
        raw = "".join(self._raw) + block.source + block.end_tag
        code = block.code
        if not closed and reason == "length":
            return None, raw, [reply_problem("cut_off")]
        if not closed and reason in {"content_filter", "other"}:
            return None, raw, [not_run("unclosed_block", reason.replace("_", " "))]
        if not code:
            return None, raw, [reply_problem("empty_block")]
        if not closed and self._format == "execute" and block.ends_in_string:
            return None, raw, [reply_problem("tag_in_string")]
        problems = [reply_problem("several_blocks")] if self._more_blocks else []
        if not closed and self._format == "fenced":
            problems.append(reply_problem("unclosed_block"))
        return code, raw, problems

    def _finish_call(self, words: str, reason: FinishReason) -> ParsedReply:
        call, problems = self._call, list[ReplyProblem]()
        code = call.code
        if reason == "length":
            code, problems = None, [reply_problem("cut_off")]
        elif code is None:
            problems = [reply_problem("bad_tool_call")]
        elif not code.strip():
            code, problems = None, [reply_problem("empty_block")]
        elif call.several:
            problems = [reply_problem("several_blocks")]
        raw = "".join(self._raw).strip()
        reasoning = "".join(self._reasoning).strip()
        return ParsedReply(words, code and tidy(code), raw, reasoning, call.id, tuple(problems))


def _nothing_said(reason: FinishReason, *, thought: bool) -> ReplyProblem:
    if reason == "length":
        return thought_cut_off() if thought else reply_problem("cut_off")
    return reply_problem("empty_reply")


_INDENTATION = 16
"""The most white space before a fence."""
_FENCE_LENGTH = 3
_MARK = re.compile(r"[ \t]*(`+|~+)")
_THOUGHT = re.compile(r"<think(?:ing)?>")
_THOUGHT_END = re.compile(r"</think(?:ing)?>")
_MAYBE_TAG = re.compile(
    r"<[ \t]{0,4}(?:/[ \t]{0,4})?(?:[a-z]{0,8}[ \t]{0,4}$|execute[ \t]{0,4}>|think(?:ing)?>)", re.IGNORECASE
)
_WHOLE_TAG = re.compile(r"<[ \t]{0,4}(?:/[ \t]{0,4})?(?:execute[ \t]{0,4}|think(?:ing)?)>", re.IGNORECASE)
