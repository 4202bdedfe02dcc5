"""Going back, in words: what is typed behind /undo, /redo and /rewind, and how a question about it is put."""

from typing import cast

from msgspec import Struct

from codeact_tui.errors import CodeActError
from codeact_tui.line.words import one_line
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.travel import EVERYTHING, TravelPart
from codeact_tui.protocol.travel_files import ConflictAnswer, TravelAsked, VariableWay
from codeact_tui.protocol.travel_words import asked_text
from codeact_tui.session.points import last_cell, point_at
from codeact_tui.session.transcript import Transcript

__all__ = ["TravelWish", "question", "travel_wish"]

_ANSWERS: dict[str, ConflictAnswer] = {"keep": "keep", "back": "overwrite"}
_WAYS = frozenset({"disk", "replay", "leave"})


class TravelWish(Struct, frozen=True):
    """What was typed behind a command."""

    what: tuple[TravelPart, ...] = EVERYTHING
    conflicts: ConflictAnswer = "ask"
    way: VariableWay | None = None
    preview: bool = False


def travel_wish(text: str) -> TravelWish:
    """Read what is to go back, and the answers to what may be asked.

    Raises:
        CodeActError: A word means nothing here.
    """
    parts: list[TravelPart] = []
    conflicts: ConflictAnswer = "ask"
    way: VariableWay | None = None
    preview = False
    for word in text.replace(",", " ").split():
        if word in EVERYTHING:
            parts.append(word)
        elif word in _ANSWERS:
            conflicts = _ANSWERS[word]
        elif word in _WAYS:
            way = cast("VariableWay", word)
        elif word == "preview":
            preview = True
        elif word not in {"all", "and"}:
            raise CodeActError(
                f"“{one_line(word, 40)}” can't go back.",
                remedy="Say variables, files, conversation or all, then keep or back.",
            )
    what: list[TravelPart] = [part for part in EVERYTHING if part in parts or not parts]
    return TravelWish(tuple(what), conflicts, way, preview)


def question(transcript: Transcript, asked: TravelAsked) -> str:
    """Put the question, and say what to type."""
    command = _command(transcript, asked)
    say: list[str] = []
    if asked.conflicts:
        say.append(f"{command} keep leaves them as they are, {command} back takes them back as well")
    if asked.ways:
        ways = " or ".join(f"{command} {way}" for way in asked.ways)
        say.append(f"{ways} says what becomes of the variables")
    answer = "; ".join(say)
    return f"{one_line(asked_text(asked), 4000)} Nothing was done yet: {answer}."


def _command(transcript: Transcript, asked: TravelAsked) -> str:
    if asked.undoes:
        return "/redo"
    last = last_cell(transcript)
    if last is not None and last.sequence == asked.point and asked.what == EVERYTHING:
        return "/undo"
    point = point_at(transcript, asked.point)
    number = action_number(point.action) if point is not None and point.action is not None else 0
    parts = "" if asked.what == EVERYTHING else f" {' '.join(asked.what)}"
    return f"/rewind {number}{parts}"
