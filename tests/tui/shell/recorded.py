"""A session that plays recorded events: the same at every run, to the millisecond."""

from collections.abc import Callable, Sequence

from codeact_tui.protocol.codec import is_stored
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Event,
    KernelStarted,
    KernelStateChanged,
    ModelReplied,
    PromptSubmitted,
    SessionOpened,
    StateChanged,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    VariablesChanged,
)
from codeact_tui.protocol.ids import ActionId, SessionId, code_sha256
from codeact_tui.protocol.ops import Op
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, Output, StreamOutput
from codeact_tui.protocol.turns import Usage
from codeact_tui.protocol.variables import Variable
from codeact_tui.session.base import Desk, Listener, ModelOffer, Session
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.tui.link import Connect

NOW = 1_790_000_000.0
FOLDER = "/home/ada/sales"
_WHY = {
    "openai/gpt-4.1": "OPENAI_API_KEY is set",
    "ollama_chat/qwen3": "Ollama is running",
    "demo": "scripted, offline: to learn codeact without a model",
}


class RecordedSession:
    """Plays events to whoever listens; keeps the Ops it is sent and does nothing about them."""

    def __init__(self, *, writable: bool = True) -> None:
        self.id = SessionId("0tg5abcdefgh12")
        self.writable = writable
        self.transcript = Transcript()
        self.ops: list[Op] = []
        self._listeners: list[Listener] = []

    def play(self, *events: Event) -> None:
        """Let these happen now."""
        envelopes: list[Envelope] = []
        for event in events:
            sequence = self.transcript.sequence + 1 if is_stored(event) else 0
            envelope = Envelope(event, sequence, NOW)
            self.transcript.apply(envelope)
            envelopes.append(envelope)
        for listener in self._listeners:
            listener(envelopes)

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def send(self, op: Op) -> None:
        self.ops.append(op)

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        return b""

    async def close(self) -> None:
        """Nothing to close."""


class RecordedDesk:
    """A desk with one session, and a list of some that are not there."""

    def __init__(self, session: RecordedSession, summaries: Sequence[SessionSummary] = ()) -> None:
        self._session = session
        self._summaries = list(summaries)

    async def open(self, session: SessionId | None = None) -> Session:
        return self._session

    async def sessions(self, *, everywhere: bool = False) -> list[SessionSummary]:
        return self._summaries

    async def search(self, query: str) -> list[SearchHit]:
        return []

    async def rename(self, session: SessionId, title: str) -> None:
        """Nothing to rename."""

    async def delete(self, session: SessionId) -> None:
        """Nothing to delete."""

    async def models(self) -> list[str]:
        return ["ollama_chat/qwen3", "openai/gpt-4.1", "demo"]

    async def offers(self, *, unasked: bool = False) -> list[ModelOffer]:
        return [] if unasked else [ModelOffer(name, _WHY[name]) for name in await self.models()]

    async def export(self, session: SessionId, words: str) -> tuple[str, ...]:
        """Write nothing; say what was asked for."""
        return (f"Written {words} of {session}.",)

    async def put_off(self) -> None:
        """Nothing was offered."""

    async def remember(self, setting: str, value: str) -> str:
        return "Kept nowhere."

    async def close(self) -> None:
        """Nothing to close."""


def connect_to(session: RecordedSession, summaries: Sequence[SessionSummary] = ()) -> Connect:
    """Give what the application connects by."""

    async def connect() -> tuple[Desk, Session | None]:
        return RecordedDesk(session, summaries), session

    return connect


def cell_events(number: int, code: str, *outputs: Output, status: str = "ok", seconds: float = 0.41) -> list[Event]:
    """Tell of a cell from its proposal to its end."""
    action, sha = ActionId(f"a{number}"), code_sha256(code)
    end = CellFinished(action, "error" if status == "error" else "ok", seconds, number)
    return [
        ActionProposed(action, code, sha),
        ApprovalRequested(action, 0, sha),
        ActionApproved(action, 0, sha, "user"),
        CellStarted(action, 0, sha),
        *(CellOutput(action, output) for output in outputs),
        end,
    ]


OPENING: tuple[Event, ...] = (
    SessionOpened(SessionId("0tg5abcdefgh12"), FOLDER, "gpt-4.1", "ask", "1.0.0"),
    KernelStarted("/home/ada/sales/.venv/bin/python", "3.12.1", ".venv", seconds=0.62, sandbox="bubblewrap"),
    KernelStateChanged("idle"),
)

_LOAD = 'import pandas as pd\n\ndf = pd.read_csv("sales.csv")\ndf.head(3)'
_HEAD = "   region  year  revenue\n0   North  2024      120\n1   North  2025      150\n2   South  2024      200"
_WRONG = 'df.groupby("regions").revenue.sum()'
THIRD = """growth = (
    df.pivot_table(index="region", columns="year", values="revenue", aggfunc="sum")
    .pct_change(axis=1)[2025]
    .nlargest(3)
)
print(growth.map("{:+.0%}".format))"""

STORY: tuple[Event, ...] = (
    *OPENING,
    PromptSubmitted("Which three regions grew most?"),
    TitleChanged("Which three regions grew most?"),
    TurnStarted(1),
    ModelReplied("I'll look at the file first.", code=_LOAD, usage=Usage(1200, 60, 0, 0.004), model="gpt-4.1"),
    *cell_events(1, _LOAD, ExecuteResult({"text/plain": _HEAD}, execution_count=1)),
    ModelReplied("Now the growth of each region.", code=_WRONG, usage=Usage(1500, 40, 0, 0.004), model="gpt-4.1"),
    *cell_events(
        2,
        _WRONG,
        ErrorOutput("KeyError", "'regions'", ("KeyError: 'regions'",)),
        status="error",
        seconds=0.03,
    ),
    ModelReplied(
        "The column is called `region`. I compare **2025 with 2024**:",
        code=THIRD,
        usage=Usage(9500, 120, 0, 0.022),
        model="gpt-4.1",
    ),
    VariablesChanged(
        ActionId("a1"),
        added=(
            Variable("df", "pandas.DataFrame", "table", (1200, 5), 47_000, "region, year, revenue, units, channel"),
            Variable("regions", "list", shape=(5,), size_bytes=120, summary="['North', 'South', 'East', 'West', …]"),
        ),
        total=2,
    ),
    ActionProposed(ActionId("a3"), THIRD, code_sha256(THIRD)),
    ApprovalRequested(ActionId("a3"), 0, code_sha256(THIRD)),
    StateChanged("waiting"),
)

ANSWER: tuple[Event, ...] = (
    ActionApproved(ActionId("a3"), 0, code_sha256(THIRD), "user"),
    CellStarted(ActionId("a3"), 0, code_sha256(THIRD)),
    CellOutput(ActionId("a3"), StreamOutput("stdout", "region\nEast      +75%\nCentre    +60%\nNorth     +25%\n")),
    CellOutput(ActionId("a3"), DisplayData({"text/plain": "<Figure size 640x480>"})),
    CellFinished(ActionId("a3"), "ok", 1.27, 3),
    ModelReplied(
        "The three that grew most:\n\n| region | growth |\n|---|---|\n| East | +75 % |\n| Centre | +60 % |\n"
        "| North | +25 % |\n\nSouth and West hardly moved.",
        usage=Usage(400, 60, 0, 0.002),
        model="gpt-4.1",
    ),
    TurnFinished(1, "answer", 3),
    StateChanged("idle"),
)
