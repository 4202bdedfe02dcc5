"""The questions that are open: about an action, from a cell, about going on. Lines and keys become their answers."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from codeact_tui.line.answers import (
    APPROVAL_KEYS,
    HOST_KEYS,
    Answer,
    looks_like_answer,
    parse_answer,
    parse_entry,
    parse_host_answer,
    parse_yes_no,
)
from codeact_tui.line.base import Ask, Surface
from codeact_tui.line.editor import edit
from codeact_tui.line.ruling import Ruling
from codeact_tui.line.telling import Teller
from codeact_tui.line.trying import TrialQuestions
from codeact_tui.line.words import label_of, plural
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    Event,
    Failed,
    HostAnswered,
    HostAsked,
    InputAnswered,
    InputRequested,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId, action_number, code_sha256
from codeact_tui.protocol.ops import (
    AnswerHost,
    AnswerInput,
    Approve,
    Continue,
    DryRun,
    EditAction,
    Interrupt,
    Op,
    Reject,
)
from codeact_tui.protocol.permissions import HostAnswer
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.session.host_questions import host_entry
from codeact_tui.session.permission_words import asked_words
from codeact_tui.session.transcript import Transcript

__all__ = ["Questions"]

_OFFER = {
    "run": "run",
    "dry": "dry run",
    "edit": "edit",
    "reject": "reject",
    "why": "say why",
    "rule": "always",
    "turn": "turn",
    "careful": "careful",
}
_HOST_OFFER: dict[HostAnswer, str] = {
    "once": "once",
    "session": "this session",
    "project": "this project",
    "refuse": "no",
    "never": "never",
}
_ENDED = "the input ended before there was an answer"


@dataclass(frozen=True)
class _Shown:
    """Code as it was drawn."""

    action: ActionId
    revision: int
    code: str

    @property
    def number(self) -> int:
        return action_number(self.action)


class Questions:
    """Knows what is asked, and answers it.

    Args:
        surface: Where words go.
        teller: Draws code that was not drawn yet.
        transcript: The fold of the events.
        send: Sends an Op.
        work: Runs something that takes its time.
        editor: The configured editor, or empty.
    """

    def __init__(
        self,
        surface: Surface,
        teller: Teller,
        transcript: Transcript,
        send: Callable[[Op], None],
        work: Callable[[Coroutine[Any, Any, None]], None],
        editor: str,
    ) -> None:
        self._surface = surface
        self._teller = teller
        self._transcript = transcript
        self._send = send
        self._work = work
        self._editor = editor
        self._shown: _Shown | None = None
        self._approval: _Shown | None = None
        self._wants_reason = False
        self._input: InputRequested | None = None
        self._inputs = 0
        self._limit: TurnFinished | None = None
        self._host: HostAsked | None = None
        self._ruling = Ruling(surface, transcript, send)
        self._trials = TrialQuestions(surface, transcript, send)

    def note(self, event: Event) -> None:
        """Take in what happened; the teller has drawn it already."""
        self._trials.note(event)
        match event:
            case ActionProposed():
                self._shown = _Shown(event.action, 0, event.code)
            case ActionEdited():
                self._shown = _Shown(event.action, event.revision, event.code)
            case ApprovalRequested():
                self._open(event.action, event.revision)
            case ActionApproved() | ActionRejected():
                self._close(event.action)
            case Failed() if event.error == "OpRefused":
                self._trials.reopen()
                self._reopen()
            case InputRequested():
                self._input = event
                self._inputs += 1
            case InputAnswered() | CellFinished():
                if self._input is not None and self._input.action == event.action:
                    self._input = None
            case HostAsked() | HostAnswered():
                self._note_host(event)
            case TurnFinished():
                self._limit = event if event.reason == "limit" else None
            case TurnStarted():
                self._limit = None
            case _:
                pass

    def sent(self, op: Op) -> None:
        """Take in what was asked of the session."""
        self._trials.sent(op)

    def ask(self) -> Ask | None:
        """Say what is asked now; None when nothing is."""
        if self._input is not None:
            label = label_of(self._input.prompt)
            return Ask("input", label, secret=self._input.password, topic=f"{self._input.action} {self._inputs}")
        if self._host is not None:
            return _host_question(self._host)
        if (trial := self._trials.ask()) is not None:
            return trial
        if self._approval is not None and not self._trials.busy:
            return self._ruling.ask() or self._ask_approval(self._approval)
        if self._limit is not None:
            label = f"Go on for up to {plural(self._limit.actions, 'action')} more? y yes · n no"
            return Ask("limit", label, keys=frozenset("yn"), topic=f"turn {self._limit.turn}")
        return None

    # -- answers

    def take_key(self, key: str) -> None:
        """Answer by one key."""
        self.take_line(key, ahead=False)

    def take_line(self, line: str, *, ahead: bool) -> bool:
        """Answer by a line; False when it is not for the question.

        Args:
            line: What was entered.
            ahead: It was typed before the question could be read: it decides nothing.
        """
        if self._input is not None:
            self._answer_input(self._input, line)
            return True
        if self._wants_reason and self._approval is not None:
            self._reject(self._approval, line.strip())
            return True
        if self._approval is None and self._limit is None and self._host is None:
            return False
        if ahead:
            return self._typed_ahead(line)
        if self._host is not None:
            return self._answer_host(self._host, line)
        if self._trials.ask() is not None:
            return self._trials.take(line)
        if self._trials.busy:
            return False
        if self._ruling.ask() is not None:
            self._ruling.take(line)
            return True
        if self._approval is not None:
            return self._answer_approval(self._approval, line)
        return self._answer_limit(line)

    def end(self) -> bool:
        """Nothing more will be answered: say what becomes of the question; False when there is none."""
        if self._input is not None:
            asked = f"[{action_number(self._input.action)}] asked “{label_of(self._input.prompt).strip()}”"
            self._surface.write(f"{asked} and was stopped: {_ENDED}.")
            self._send(Interrupt())
            return True
        if self._approval is not None:
            self._surface.write(f"[{self._approval.number}] was rejected: {_ENDED}.")
            self._reject(self._approval, _ENDED)
            return True
        return self._limit is not None

    def _typed_ahead(self, line: str) -> bool:
        answers = looks_like_answer(line) or (self._host is not None and parse_host_answer(line) is not None)
        if not answers and self._ruling.ask() is None:
            return False
        if line.strip():
            self._surface.write("That was typed before the question could be read. Please answer again.")
        return True

    def _note_host(self, event: HostAsked | HostAnswered) -> None:
        """Ask about a host; a script is not asked, as its lines are not meant for that."""
        if isinstance(event, HostAnswered):
            self._host = None
        elif self._surface.scripted:
            grant = Refusal("", "network", host_entry(event.host, event.port)).grant
            self._surface.write(f"Nobody can be asked about hosts here; `{grant}` in your config.toml opens it.")
            self._send(AnswerHost(event.host, event.port, "refuse"))
        else:
            self._host = event

    def _answer_host(self, question: HostAsked, line: str) -> bool:
        answer = parse_host_answer(line)
        if answer is None:
            return not line.strip()
        self._host = None
        self._send(AnswerHost(question.host, question.port, answer))
        return True

    def _answer_input(self, question: InputRequested, line: str) -> None:
        self._input = None
        self._send(AnswerInput(question.action, line))

    def _answer_limit(self, line: str) -> bool:
        answer = parse_yes_no(line)
        if answer is None:
            return not line.strip()
        self._limit = None
        if answer:
            self._send(Continue())
        return True

    def _answer_approval(self, shown: _Shown, line: str) -> bool:
        answer = parse_answer(line)
        if answer is not None:
            self._decide(shown, answer)
            return True
        entry = parse_entry(line)
        if entry is None:
            return True
        if entry.kind == "prompt" and self._surface.scripted:
            keys = ", ".join(APPROVAL_KEYS)
            self._surface.write(f"That is no answer about [{shown.number}]: {keys}, or n and a reason.")
            return True
        return False

    def _decide(self, shown: _Shown, answer: Answer) -> None:
        match answer.verb:
            case "run" | "turn" | "careful":
                self._approval = None
                scope = "once" if answer.verb == "run" else answer.verb
                self._send(Approve(shown.action, shown.revision, code_sha256(shown.code), scope))
            case "dry":
                op = DryRun(shown.action, shown.revision, code_sha256(shown.code))
                self._trials.sent(op)
                self._send(op)
            case "rule":
                self._work(self._ruling.offer(shown.action, shown.revision, code_sha256(shown.code)))
            case "edit":
                self._work(self._edit(shown))
            case "reject":
                self._reject(shown, answer.reason)
            case "why":
                self._wants_reason = True

    def _reject(self, shown: _Shown, reason: str) -> None:
        self._approval, self._wants_reason = None, False
        self._send(Reject(shown.action, reason))

    async def _edit(self, shown: _Shown) -> None:
        code = await edit(self._surface, shown.code, setting=self._editor, name=f"cell-{shown.number}.py")
        if code is None:
            self._surface.write("Nothing was changed.")
        elif self._approval is not None and self._approval.action == shown.action:
            self._approval = None
            self._send(EditAction(shown.action, shown.revision, code))

    # -- what is open

    def _ask_approval(self, shown: _Shown) -> Ask:
        topic = f"{shown.action} {shown.revision}"
        if self._wants_reason:
            return Ask("reason", f"Why not [{shown.number}]? An empty line gives no reason.", topic=topic)
        offers = " · ".join(f"{key} {_OFFER[verb]}" for key, verb in APPROVAL_KEYS.items())
        keys = frozenset(APPROVAL_KEYS)
        return Ask("approval", f"Run [{shown.number}]? {offers}", keys=keys, enter_key="y", topic=topic)

    def _open(self, action: ActionId, revision: int) -> None:
        record = self._transcript.actions.get(action)
        if record is None or not 0 <= revision < len(record.revisions):
            return
        shown = _Shown(action, revision, record.revisions[revision].code)
        if shown != self._shown:
            self._teller.cells.show_code(shown.number, shown.code, says="waits for your answer:")
            self._shown = shown
        self._approval, self._wants_reason = shown, False
        self._ruling.drop()

    def _close(self, action: ActionId) -> None:
        if self._approval is not None and self._approval.action == action:
            self._approval, self._wants_reason = None, False
            self._ruling.drop()

    def _reopen(self) -> None:
        """Ask again after an answer was refused."""
        waiting = [record for record in self._transcript.actions.values() if record.state == "waiting"]
        if waiting and self._approval is None:
            self._open(waiting[-1].action, waiting[-1].revision)


def _host_question(question: HostAsked) -> Ask:
    offers = " · ".join(f"{key} {_HOST_OFFER[answer]}" for key, answer in HOST_KEYS.items())
    topic = f"{question.action} {question.host}:{question.port}"
    return Ask("host", f"{asked_words(question)}. May it? {offers}", keys=frozenset(HOST_KEYS), topic=topic)
