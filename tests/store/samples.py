from hypothesis import strategies as st

from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Failed,
    KernelStarted,
    ModelReplied,
    PromptSubmitted,
    SessionOpened,
    StoredEvent,
    TitleChanged,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, StreamOutput
from codeact_tui.protocol.turns import Usage
from codeact_tui.store.base import Journal


def a_turn(number: int, *, prompt: str = "Add one and one", code: str = "print(1 + 1)") -> list[StoredEvent]:
    action = action_id(number)
    sha256 = code_sha256(code)
    return [
        PromptSubmitted(prompt),
        TurnStarted(number),
        ModelReplied("I'll try this.", code=code, raw=f"<execute>{code}</execute>", usage=Usage(12, 30)),
        ActionProposed(action, code, sha256),
        ActionApproved(action, 0, sha256, "user"),
        CellStarted(action, 0, sha256),
        CellOutput(action, StreamOutput("stdout", "2\n")),
        CellFinished(action, "ok", 0.01, number),
        TurnFinished(number, "answer", 1),
    ]


async def read_all(journal: Journal, *, after: int = 0) -> list[Envelope]:
    return [envelope async for envelope in journal.read(after=after)]


def events_of(envelopes: list[Envelope]) -> list[object]:
    return [envelope.event for envelope in envelopes]


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_action = st.integers(1, 30).map(action_id)

stored_events: st.SearchStrategy[StoredEvent] = st.one_of(
    st.builds(PromptSubmitted, text=_text, steering=st.booleans()),
    st.builds(
        SessionOpened,
        session=st.just(SessionId("0a")),
        folder=_text,
        model=_text,
        policy=st.sampled_from(["ask", "turn", "all"]),
        version=st.just("1"),
    ),
    st.builds(TitleChanged, title=_text),
    st.builds(TurnStarted, turn=st.integers(1, 99)),
    st.builds(ModelReplied, text=_text, code=st.none() | _text, usage=st.builds(Usage, st.none() | st.integers(0, 9))),
    st.builds(ActionProposed, action=_action, code=_text, sha256=_text),
    st.builds(CellStarted, action=_action, revision=st.integers(0, 3), sha256=_text),
    st.builds(
        CellOutput,
        action=_action,
        output=st.one_of(
            st.builds(StreamOutput, name=st.just("stdout"), text=_text),
            st.builds(DisplayData, data=st.dictionaries(st.sampled_from(["text/plain", "image/png"]), _text)),
            st.builds(ErrorOutput, ename=_text, evalue=_text, traceback=st.lists(_text, max_size=3).map(tuple)),
        ),
    ),
    st.builds(CellFinished, action=_action, status=st.sampled_from(["ok", "error", "died"])),
    st.builds(KernelStarted, python=_text, version=_text),
    st.builds(Failed, error=_text, message=_text),
)
