"""Sessions to export, written as events."""

from collections.abc import Iterable

from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionProposed,
    ActionRejected,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
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
from codeact_tui.protocol.outputs import ErrorOutput, Output, StreamOutput
from codeact_tui.session.diffs import unified


class Story:
    """Writes a session's events one after the other."""

    def __init__(self, title: str = "A story", folder: str = "/work") -> None:
        self.events: list[StoredEvent] = [
            SessionOpened(SessionId("00aaaaaaaaaaaa"), folder, "demo", "ask", "0.1.0"),
            KernelStarted("/usr/bin/python3", "3.11.7", sandbox="bubblewrap"),
            TitleChanged(title),
        ]
        self.actions = 0
        self.turn = 0

    @property
    def envelopes(self) -> list[Envelope]:
        return [Envelope(event, place, 1_700_000_000.0 + place) for place, event in enumerate(self.events, 1)]

    def add(self, *events: StoredEvent) -> "Story":
        self.events += events
        return self

    def prompt(self, text: str) -> "Story":
        self.turn += 1
        return self.add(PromptSubmitted(text), TurnStarted(self.turn))

    def answer(self, text: str) -> "Story":
        return self.add(ModelReplied(text, raw=text, model="demo"), TurnFinished(self.turn, "answer"))

    def acts(self, code: str, words: str = "I act.") -> str:
        """The model proposes; gives the action's id."""
        self.actions += 1
        raw = f"{words}\n<execute>\n{code}\n</execute>"
        proposal = ActionProposed(action_id(self.actions), code, code_sha256(code))
        self.add(ModelReplied(words, code=code, raw=raw, model="demo"), proposal)
        return proposal.action

    def own(self, code: str, *outputs: Output, rerun_of: int = 0, hidden: bool = False) -> "Story":
        """The user runs a cell of their own, or one again."""
        self.actions += 1
        origin = "rerun" if rerun_of else "user"
        before = action_id(rerun_of) if rerun_of else None
        self.add(ActionProposed(action_id(self.actions), code, code_sha256(code), origin, before, hidden))
        return self.runs(code, *outputs)

    def runs(
        self, code: str, *outputs: Output, revision: int = 0, status: CellStatus = "ok", count: int | None = None
    ) -> "Story":
        """The newest action is approved and runs."""
        action, sha256 = action_id(self.actions), code_sha256(code)
        self.add(ActionApproved(action, revision, sha256, "user"), CellStarted(action, revision, sha256))
        self.add(*(CellOutput(action, output) for output in outputs))
        return self.add(CellFinished(action, status, 0.25, count or self.actions))

    def does(self, code: str, *outputs: Output, status: CellStatus = "ok", words: str = "I act.") -> "Story":
        """The model proposes, and it runs."""
        self.acts(code, words)
        return self.runs(code, *outputs, status=status)

    def fails(self, code: str, error: str = "ZeroDivisionError: division by zero") -> "Story":
        name, _, value = error.partition(": ")
        return self.does(code, ErrorOutput(name, value, (f"Traceback: {error}",)), status="error")

    def edited(self, code: str, better: str, *outputs: Output) -> "Story":
        """The model proposes, the user changes it, and that runs."""
        action = action_id(int(self.acts(code)[1:]))
        self.add(ActionEdited(action, 1, better, code_sha256(better), unified(code, better)))
        return self.runs(better, *outputs, revision=1)

    def rejected(self, code: str, reason: str = "") -> "Story":
        action = action_id(int(self.acts(code)[1:]))
        return self.add(ActionRejected(action, reason))


def printed(text: str) -> StreamOutput:
    return StreamOutput("stdout", text)


def folded(envelopes: Iterable[Envelope]) -> list[StoredEvent]:
    return [envelope.event for envelope in envelopes]  # pyright: ignore[reportReturnType] - all are stored
