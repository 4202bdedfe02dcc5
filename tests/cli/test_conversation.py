"""A conversation as plain text: everything that happened has its line."""

from typing import get_args

from codeact_tui.cli.conversation import conversation
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionEdited,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Event,
    Failed,
    KernelDied,
    KernelStarted,
    ModelChanged,
    ModelReplied,
    Noted,
    OutputTruncated,
    PolicyChanged,
    PromptSubmitted,
    ReplyProblem,
    RetryScheduled,
    SessionOpened,
    TurnFinished,
)
from codeact_tui.protocol.ids import SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, StreamOutput
from codeact_tui.session.transcript import replay

A1, A2 = action_id(1), action_id(2)


def blocks(*events: Event) -> list[str]:
    envelopes = [Envelope(event, number, 1_700_000_000.0 + number) for number, event in enumerate(events, start=1)]
    return list(conversation(replay(envelopes)))[1:]


def proposed(code: str, number: int = 1) -> ActionProposed:
    return ActionProposed(action_id(number), code, code_sha256(code))


def test_what_is_not_about_an_action_is_a_line() -> None:
    assert blocks(
        SessionOpened(SessionId("s"), "/w", "demo", "ask", "1"),
        KernelStarted("/py", "3.12.1"),
        PromptSubmitted("one\ntwo"),
        RetryScheduled("429", 1, 4, 2.0),
        ReplyProblem("cut_off", "The reply was cut off."),
        ModelReplied("An answer."),
        TurnFinished(1, "answer"),
        TurnFinished(2, "limit"),
        Noted("A note."),
        Failed("ModelError", "It failed.", "Try again."),
        ModelChanged("m"),
        PolicyChanged("all"),
        KernelDied("exit code 3"),
        KernelStarted("/py", "3.12.1", restarted=True),
        SessionOpened(SessionId("s"), "/w", "demo", "ask", "1", resumed=True),
    ) == [
        "· kernel: Python 3.12.1, /py",
        "› one\n› two",
        "· tried again: 429",
        "· The reply was cut off.",
        "An answer.",
        "· stopped at the limit of actions",
        "· A note.",
        "· It failed. Try again.",
        "· model: m",
        "· policy: all",
        "· the kernel died: exit code 3",
        "· a new kernel: Python 3.12.1, /py",
        "· opened again",
    ]


def test_every_way_a_cell_can_end_is_said() -> None:
    ends: set[str] = set()
    for status in get_args(CellStatus):
        [block] = blocks(proposed("x"), CellStarted(A1, 0, ""), CellFinished(A1, status, 1.0))
        ends.add(block.splitlines()[0])
    assert len(ends) == len(get_args(CellStatus))


def test_a_rejection_says_why_and_an_edit_that_it_was_one() -> None:
    code = code_sha256("y")
    assert blocks(
        proposed("x"),
        ApprovalRequested(A1, 0, ""),
        ActionRejected(A1, "not\nthis"),
        proposed("x", 2),
        ActionEdited(A2, 1, "y", code, "-x\n+y"),
        CellStarted(A2, 1, code),
        CellFinished(A2, "ok", 0.5),
    ) == ["[1] rejected: not this\n    x", "[2] edited, ran, 0.50 s\n    y"]


def test_what_still_waits_or_runs_says_so() -> None:
    assert blocks(proposed("x")) == ["[1] not decided\n    x"]
    assert blocks(proposed("x"), CellStarted(A1, 0, "")) == ["[1] running\n    x"]


def test_output_of_every_kind_is_told_from_our_own_lines() -> None:
    [block] = blocks(
        proposed("x"),
        CellStarted(A1, 0, ""),
        CellOutput(A1, StreamOutput("stdout", "10%\r100%\n[2] ran, 0.00 s\n")),
        CellOutput(A1, DisplayData({"image/png": "aGk=", "text/plain": "<Figure>"})),
        CellOutput(A1, ErrorOutput("ValueError", "no", ("\x1b[31mValueError\x1b[0m: no",))),
        CellFinished(A1, "error", 0.1),
        OutputTruncated(A1, 900, 800, "the end"),
    )
    assert block.splitlines() == [
        "[1] failed, 0.10 s",
        "    x",
        "  │ 100%",
        "  │ [2] ran, 0.00 s",
        "  │ <Figure>",
        "  │ [image/png shown to the user]",
        "  │ ValueError: no",
        "  │",
        "  │ [… 800 bytes left out …]",
        "  │ the end",
    ]
