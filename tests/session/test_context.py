"""The transcript as messages."""

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.model.base import ToolCall
from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Event,
    KernelStarted,
    ModelReplied,
    PromptSubmitted,
    ReplyProblem,
    SessionOpened,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId, SessionId, action_id
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, Output, StreamOutput
from codeact_tui.session.context import ContextBuilder, estimate_tokens
from codeact_tui.session.observations import cut_middle
from codeact_tui.session.transcript import Transcript, replay

OPENED = SessionOpened(SessionId("s"), "/project", "m", "ask", "1")


def told(*events: Event) -> Transcript:
    return replay(Envelope(event, place, 0.0) for place, event in enumerate(events, 1))


def cell(
    number: int, *outputs: Output, status: CellStatus = "ok", raw: str = "<execute>\nx\n</execute>"
) -> list[Event]:
    action = action_id(number)
    events: list[Event] = [
        ModelReplied("", code="x", raw=raw, tool_call=f"c{number}"),
        ActionProposed(action, "x", "0"),
        ActionApproved(action, 0, "0", "user"),
        CellStarted(action, 0, "0"),
        *(CellOutput(action, output) for output in outputs),
        CellFinished(action, status),
    ]
    return events


def shown(*events: Event, budget: int = 100_000) -> list[tuple[str, str]]:
    messages = ContextBuilder("execute", 1000).build(told(OPENED, *events), budget)
    return [(message.role, message.content) for message in messages[1:]]


def test_a_conversation_alternates() -> None:
    events = [
        PromptSubmitted("go"),
        TurnStarted(1),
        *cell(1, StreamOutput("stdout", "hi\n")),
        ModelReplied("Done.", raw="Done."),
    ]
    assert shown(*events, PromptSubmitted("more")) == [
        ("user", "go"),
        ("assistant", "<execute>\nx\n</execute>"),
        ("user", "Execution Output:\nhi"),
        ("assistant", "Done."),
        ("user", "more"),
    ]


def test_output_is_plain_text() -> None:
    outputs = [
        StreamOutput("stdout", "\x1b[31mred\x1b[0m\n 10%\r 20%\r100%\n"),
        DisplayData({"text/plain": "<Figure>", "image/png": "AAAA"}),
        ExecuteResult({"text/plain": "42"}),
        ErrorOutput("ValueError", "no", ("\x1b[31mTraceback\x1b[0m", "ValueError: no")),
    ]
    [*_, (_, text)] = shown(PromptSubmitted("go"), *cell(1, *outputs, status="error"))
    assert text == (
        "Execution Output:\nred\n100%\n<Figure>\n[image/png shown to the user]\n42\nTraceback\nValueError: no"
    )


def test_native_calls_keep_their_ids() -> None:
    events = [
        OPENED,
        PromptSubmitted("go"),
        *cell(1, StreamOutput("stdout", "hi")),
        PromptSubmitted("more", steering=True),
    ]
    messages = ContextBuilder("tool", 1000).build(told(*events), 100_000)
    assert [(m.role, m.content, m.tool_call, m.tool_call_id) for m in messages[2:]] == [
        ("assistant", "", ToolCall("c1", "x"), None),
        ("tool", "Execution Output:\nhi", None, "c1"),
        ("user", "more", None, None),
    ]


def test_a_call_that_could_not_be_read_is_answered_too() -> None:
    reply = ModelReplied("", tool_call="c1", finish="tool_calls")
    problem = ReplyProblem("bad_tool_call", "…", "[Call it again.]")
    messages = ContextBuilder("tool", 1000).build(told(OPENED, PromptSubmitted("go"), reply, problem), 100_000)
    assert [(m.role, m.tool_call_id) for m in messages[1:]] == [("user", None), ("assistant", None), ("tool", "c1")]


def test_a_fresh_kernel_is_told_of_once() -> None:
    again = SessionOpened(SessionId("s"), "/project", "m", "ask", "1", resumed=True)
    messages = shown(
        PromptSubmitted("go"), *cell(1), TurnFinished(1, "answer"), again, KernelStarted("/p", "3.12", "own")
    )
    assert sum("fresh one" in text for _, text in messages) == 1
    assert sum("fresh one" in text for _, text in shown(PromptSubmitted("go"), again)) == 0


def test_what_does_not_fit_is_left_out_from_the_start() -> None:
    events: list[Event] = []
    for number in range(1, 40):
        events += [PromptSubmitted(f"prompt {number} " + "x" * 300), *cell(number, StreamOutput("stdout", "y" * 300))]
    messages = ContextBuilder("execute", 1000).build(told(OPENED, *events), 3000)
    assert sum(map(estimate_tokens, messages)) < 3200
    assert messages[0].role == "system"
    assert messages[1].content.startswith("[An earlier part")
    assert messages[-1].content.endswith("y" * 300)
    assert "prompt 39" in messages[-3].content


def test_the_newest_message_is_never_left_out() -> None:
    messages = ContextBuilder("execute", 1000).build(told(OPENED, PromptSubmitted("x" * 9000)), 10)
    assert messages[-1].content == "x" * 9000


def test_a_second_look_is_the_same_as_the_first() -> None:
    builder, transcript = ContextBuilder("execute", 1000), told(OPENED)
    for place, event in enumerate(
        [PromptSubmitted("go"), *cell(1, StreamOutput("stdout", "hi")), PromptSubmitted("on")], 2
    ):
        transcript.apply(Envelope(event, place, 0.0))
        assert builder.build(transcript, 9999) == ContextBuilder("execute", 1000).build(transcript, 9999)


@given(st.text(max_size=300), st.integers(2, 100))
def test_a_cut_keeps_head_and_tail(text: str, limit: int) -> None:
    cut = cut_middle(text, limit)
    if len(text) <= limit:
        assert cut == text
    else:
        assert cut.startswith(text[: limit * 2 // 3])
        assert cut.endswith(text[-(limit - limit * 2 // 3) :])


def test_hidden_cells_stay_hidden() -> None:
    action = ActionId("a1")
    events = [
        ActionProposed(action, "!env", "0", "user", hidden=True),
        CellStarted(action, 0, "0"),
        CellOutput(action, StreamOutput("stdout", "SECRET")),
        CellFinished(action, "ok"),
        PromptSubmitted("go"),
    ]
    assert shown(*events) == [("user", "go")]
