"""A session that ended badly is brought to a good end, whatever was going on."""

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    InputRequested,
    KernelStarted,
    ModelReplied,
    PromptSubmitted,
    StoredEvent,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.recovery import any_rerunnable, closing_events, rerunnable
from codeact_tui.session.transcript import Transcript, replay

A1, A2, A3 = ActionId("a1"), ActionId("a2"), ActionId("a3")
STORY: list[StoredEvent] = [
    PromptSubmitted("go"),
    TurnStarted(1),
    KernelStarted("/p", "3.12", "own"),
    ModelReplied("", code="x"),
    ActionProposed(A1, "x", "0"),
    ApprovalRequested(A1, 0, "0"),
    ActionApproved(A1, 0, "0", "user"),
    CellStarted(A1, 0, "0"),
    CellOutput(A1, StreamOutput("stdout", "1")),
    InputRequested(A1, "? "),
    CellFinished(A1, "ok"),
    ModelReplied("", code="y"),
    ActionProposed(A2, "y", "1"),
    ActionRejected(A2, "no"),
    ModelReplied("Done."),
    TurnFinished(1, "answer", 2),
]


def told(events: list[StoredEvent]) -> Transcript:
    return replay(Envelope(event, place, 0.0) for place, event in enumerate(events, 1))


@given(st.integers(0, len(STORY)))
def test_wherever_it_broke_off_nothing_is_left_open(length: int) -> None:
    transcript = told(STORY[:length])
    ending = closing_events(transcript)
    closed = told([*STORY[:length], *ending])
    assert closed.unfinished() == []
    assert not closed.turn_open
    assert closing_events(closed) == []


def test_a_cell_that_was_running_is_lost_and_not_rerun() -> None:
    ending = closing_events(told(STORY[:9]))
    assert CellFinished(A1, "lost") in ending
    assert rerunnable(told([*STORY[:9], *ending])) == []


def test_a_question_nobody_answered_is_rejected() -> None:
    assert closing_events(told(STORY[:6])) == [ActionRejected(A1, by="interrupt"), TurnFinished(1, "interrupted", 1)]


def test_cells_of_a_kernel_that_is_gone_can_be_rerun() -> None:
    transcript = told([*STORY, KernelStarted("/p", "3.12", "own")])
    assert [record.action for record in rerunnable(transcript)] == [A1]
    assert any_rerunnable(transcript)
    assert rerunnable(told(STORY)) == []
    assert not any_rerunnable(told(STORY))


def test_cells_that_have_run_again_need_not_be_rerun() -> None:
    again = [
        KernelStarted("/p", "3.12", "own"),
        ActionProposed(A3, "x", "0", "rerun", rerun_of=A1),
        ActionApproved(A3, 0, "0", "user"),
        CellStarted(A3, 0, "0"),
        CellFinished(A3, "ok"),
    ]
    transcript = told([*STORY, *again])
    assert rerunnable(transcript) == []
    assert not any_rerunnable(transcript)
    transcript = told([*STORY, *again, KernelStarted("/p", "3.12", "own")])
    assert [record.action for record in rerunnable(transcript)] == [A3]
    assert any_rerunnable(transcript)
