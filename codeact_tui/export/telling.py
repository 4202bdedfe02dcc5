"""Writes the events of a session that happened elsewhere. Pure."""

from collections.abc import Iterable, Iterator

from codeact_tui.protocol.cells import CellStatus
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ActionRejected,
    CellFinished,
    CellOutput,
    CellStarted,
    ModelReplied,
    PromptSubmitted,
    StoredEvent,
    TitleChanged,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId, action_id, code_sha256
from codeact_tui.protocol.outputs import ErrorOutput, Output, StreamOutput
from codeact_tui.protocol.terminal_text import strip_controls

__all__ = ["Teller", "printed"]

_FAILED = "Traceback (most recent call last)"
_STREAM_CHARS = 256_000


class Teller:
    """Tells turns, replies and cells one after the other; what came of a cell is told after it.

    Args:
        model: Who replied.
    """

    def __init__(self, model: str = "") -> None:
        self._model = model
        self._events: list[StoredEvent] = []
        self._actions = 0
        self._turn = 0
        self._turn_open = False
        self._cell: ActionId | None = None
        self._failed = False

    @property
    def running(self) -> bool:
        """A cell is open: what came of it may be told."""
        return self._cell is not None

    def called(self, title: str) -> None:
        """The session has a title."""
        self._events.append(TitleChanged(title))

    def prompt(self, text: str) -> None:
        """The user said something."""
        self._end_turn()
        if text.strip():
            self._turn, self._turn_open = self._turn + 1, True
            self._events += [PromptSubmitted(text.strip()), TurnStarted(self._turn)]

    def said(self, text: str) -> None:
        """The user wrote something that asks for nothing."""
        self._end_turn()
        if text.strip():
            self._events.append(PromptSubmitted(text.strip()))

    def reply(self, text: str, code: str | None = None, reasoning: str = "") -> None:
        """The model replied, with an action or without."""
        self._end_cell()
        words = text.strip()
        if code is None:
            if words or reasoning:
                reply = ModelReplied(words, raw=words, reasoning=reasoning, model=self._model)
                self._events.append(reply)
            return
        raw = f"{words}\n<execute>\n{code}\n</execute>".lstrip()
        self._events.append(ModelReplied(words, code=code, raw=raw, reasoning=reasoning, model=self._model))
        self._begin(code, user=False)

    def own(self, code: str, *, ran: bool = True) -> None:
        """The user has a cell, which ran, or did not."""
        self._end_turn()
        self._begin(code, user=True, ran=ran)

    def put_out(self, outputs: Iterable[Output]) -> None:
        """The cell that is open put this out."""
        if self._cell is None:
            return
        for output in outputs:
            self._failed = self._failed or isinstance(output, ErrorOutput) or _says_that_it_failed(output)
            self._events.append(CellOutput(self._cell, output))

    def end(self) -> list[StoredEvent]:
        """Give all that was told."""
        self._end_turn()
        return self._events

    def _begin(self, code: str, *, user: bool, ran: bool = True) -> None:
        self._end_cell()
        self._actions += 1
        action, sha256 = action_id(self._actions), code_sha256(code)
        self._events.append(ActionProposed(action, code, sha256, "user" if user else "model"))
        if not ran:
            self._events.append(ActionRejected(action, "It has not run where it was imported from."))
            return
        self._events += [ActionApproved(action, 0, sha256, "user" if user else "all"), CellStarted(action, 0, sha256)]
        self._cell, self._failed = action, False

    def _end_cell(self) -> None:
        if self._cell is not None:
            status: CellStatus = "error" if self._failed else "ok"
            self._events.append(CellFinished(self._cell, status))
            self._cell = None

    def _end_turn(self) -> None:
        self._end_cell()
        if self._turn_open:
            self._events.append(TurnFinished(self._turn, "answer"))
            self._turn_open = False


def printed(text: str, name: str = "stdout") -> Iterator[Output]:
    """Give text as a stream's output, without what a terminal would obey."""
    clean = strip_controls(text)
    if len(clean) > _STREAM_CHARS:
        clean = f"{clean[:_STREAM_CHARS]}\n[… {len(clean) - _STREAM_CHARS:,} characters were not imported …]\n"
    if clean:
        yield StreamOutput("stderr" if name == "stderr" else "stdout", clean if clean.endswith("\n") else f"{clean}\n")


def _says_that_it_failed(output: Output) -> bool:
    return isinstance(output, StreamOutput) and _FAILED in output.text
