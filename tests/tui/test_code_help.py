from collections.abc import Callable

from codeact_tui.protocol.events import CodeCompleted, CodeInspected
from codeact_tui.protocol.ops import CompleteCode, InspectCode, Op
from codeact_tui.tui.code_help import CodeHelp


class Timer:
    """Calls back when the test says so."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def ring(self) -> None:
        if not self.cancelled:
            self.callback()


class Desk:
    """Keeps what was asked, and the timers."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.timers: list[Timer] = []
        self.help = CodeHelp(self.ops.append, self.later, lambda _: None)

    def later(self, _seconds: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(callback))
        return self.timers[-1]


def test_only_the_newest_question_is_asked() -> None:
    desk, answers = Desk(), list[CodeCompleted]()
    for code in ("d", "df", "df."):
        desk.help.complete(code, len(code), answers.append)
    for timer in desk.timers:
        timer.ring()
    assert desk.ops == [CompleteCode(3, "df.", 3)]


def test_only_the_newest_answer_is_handed_on() -> None:
    desk, answers = Desk(), list[CodeCompleted]()
    desk.help.complete("d", 1, answers.append, now=True)
    desk.help.complete("df", 2, answers.append, now=True)
    late, right = CodeCompleted(1, ("d",), 0, 1), CodeCompleted(2, ("df",), 0, 2)
    desk.help.take(late)
    desk.help.take(right)
    assert answers == [right]


def test_questions_of_both_kinds_stand_beside_each_other() -> None:
    desk, told = Desk(), list[CodeInspected]()
    desk.help.inspect("f(", 2, told.append)
    desk.help.complete("f(", 2, lambda _: None, now=True)
    desk.timers[0].ring()
    assert desk.ops == [CompleteCode(2, "f(", 2), InspectCode(1, "f(", 2)]
    desk.help.take(CodeInspected(1, "f"))
    assert told == [CodeInspected(1, "f")]


def test_what_is_no_longer_wanted_is_neither_asked_nor_told() -> None:
    desk, answers = Desk(), list[CodeCompleted]()
    desk.help.complete("d", 1, answers.append, now=True)
    desk.help.complete("df", 2, answers.append)
    desk.help.forget()
    desk.timers[0].ring()
    desk.help.take(CodeCompleted(2, ("df",), 0, 2))
    assert desk.ops == [CompleteCode(1, "d", 1)]
    assert answers == []


def test_very_long_code_is_not_sent_for_every_key() -> None:
    desk = Desk()
    desk.help.complete("x" * 300_000, 3, lambda _: None, now=True)
    assert desk.ops == []
