"""Where the focus goes when something is asked, and whether a letter is an answer. The rules stand in `guard`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import events
from textual.widget import Widget

from codeact_tui.protocol.events import (
    ApprovalRequested,
    CellOutput,
    CellStarted,
    DryRunFinished,
    DryRunStarted,
    Envelope,
    Failed,
    InputRequested,
    ReplyDelta,
)
from codeact_tui.tui.applying import open_dry_run
from codeact_tui.tui.later import Later, later
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Attention"]

_AFTER_S = 0.005
"""Added to a timer, so that it never fires a moment too early."""


class _Held(Struct, frozen=True):
    """A letter that may be an answer, if no other follows."""

    character: str
    action: str
    question: object
    timer: Later


class Attention:
    """Brings questions to the user without taking a keystroke that was meant for the prompt.

    Args:
        screen: The screen that it serves.
    """

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._question: object = None
        """What is asked now, by its identity."""
        self._answered: object = None
        """The question that an answer is under way for."""
        self._timer: Later | None = None
        self._lent = False
        """The focus was taken from the prompt, and goes back there."""
        self._held: _Held | None = None

    # -- following the session

    def follow(self, batch: Sequence[Envelope]) -> None:
        """Turn to what a batch of events is about."""
        screen = self._screen
        for envelope in batch:
            match envelope.event:
                case ApprovalRequested() | CellStarted():
                    screen.pinned = None
                    screen.chrome.choose_tab("cell")
                case ReplyDelta(kind="code"):
                    screen.chrome.choose_tab("cell")
                case DryRunStarted() | DryRunFinished():
                    self._answered = None  # the action goes on waiting for an answer
                    screen.chrome.choose_tab("cell")
                case CellOutput(action=shown) if shown.startswith("d"):
                    pass  # of a dry run: what it shows stands with the cell
                case CellOutput() | InputRequested():
                    screen.chrome.choose_tab("output")
                case Failed():
                    self._answered = None
                case _:
                    pass

    def settle(self) -> None:
        """Look again at what is asked, and who has the focus."""
        question = self._asked()
        self._screen.summons.refresh(question)
        if question != self._question:
            self._question = question
            self._drop_held()
            self._screen.guard.question_gone()
            if question is None:
                if self._screen.cell.editor is None and self._screen.cell.reason is None:
                    self._give_back()
            else:
                self._screen.call_after_refresh(self._painted, question)
        elif question is not None:
            self._arm()

    def answered(self) -> None:
        """An answer is under way: no other key answers the same question."""
        self._answered = self._question
        self._screen.guard.question_gone()
        self._give_back()

    def touched(self) -> None:
        """The keyboard was used elsewhere: begin to wait anew."""
        self._screen.guard.typed()
        self._arm()

    def window_focus(self) -> None:
        """The window was left, or is looked at again: the next keys are not meant for a question that came unseen."""
        self._screen.summons.refresh(self._question)
        if app_of(self._screen).app_focus:
            self.touched()

    def _asked(self) -> object:
        screen, now = self._screen, self._screen.situation()
        shown = screen.cell.shown
        if now.answering:
            return ("input", id(screen.answer.request))
        if now.editing or now.reasoning:
            return None
        if now.host:
            return ("host", screen.host.question)
        tried = open_dry_run(screen.record()) if now.tried else None
        if tried is not None:
            return ("tried", tried.started.dry_run)
        if now.question and shown is not None:
            return ("approve", shown.action, shown.revision, shown.sha256)
        if screen.live.ended == "limit" and now.can_continue and now.writable:
            return ("limit", screen.transcript.turn)
        return None

    def _painted(self, question: object) -> None:
        if question == self._question and question != self._answered:
            self._screen.guard.question_shown(question)
            self._arm()

    def _arm(self) -> None:
        """Give the question the focus when the keyboard has been quiet, or look again when it may have been."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        screen = self._screen
        wait_s = screen.guard.wait_s()
        if wait_s is None:
            return
        if wait_s > 0:
            self._timer = later(screen, wait_s + _AFTER_S, self._arm)
            return
        if self._free and screen.is_current:
            self._lent = True
            self._target().focus()
        screen.chrome.refresh()

    @property
    def _free(self) -> bool:
        """The focus may be taken: nothing stands in the prompt, or it was lent to an earlier question."""
        screen = self._screen
        if not app_of(screen).app_focus:
            return False  # nobody looks: the focus goes back to where it was
        if screen.focused is screen.prompt:
            return screen.prompt.empty
        return screen.focused is None or (self._lent and screen.focused in self._targets)

    def _target(self) -> Widget:
        screen = self._screen
        if screen.answer.display:
            return screen.answer.field
        return screen.host if screen.host.display else screen.cell.body

    @property
    def _targets(self) -> tuple[Widget, ...]:
        """Give what the focus may have been lent to."""
        return self._screen.cell.body, self._screen.answer.field, self._screen.host

    def _give_back(self) -> None:
        screen = self._screen
        taken = screen.focused is None or screen.focused in self._targets
        if self._lent and taken:
            screen.prompt.focus()
        self._lent = False

    # -- letters that no field took

    def key(self, event: events.Key) -> None:
        """Take a printable key: hold it as an answer, put it into the prompt, or leave it to a pane that wants it."""
        screen = self._screen
        assert event.character is not None
        if self._held is not None:
            event.stop()
            self._type(self._held.character + event.character)
            return
        found = screen.active_bindings.get(event.key)
        if found is None or not found.enabled:
            event.stop()
            self._type(event.character)
            return
        name = found.binding.id or ""
        if found.node is not screen or name not in screen.registry.by_id or not screen.registry.by_id[name].answer:
            return
        event.stop()
        self._hold(event.character, name)

    def drop(self) -> None:
        """Forget a letter that is held."""
        self._drop_held()

    def _hold(self, character: str, action: str) -> None:
        screen = self._screen
        wait_s = screen.guard.lone_key_s
        if wait_s <= 0:
            screen.action_do(action)
        else:
            timer = later(screen, wait_s, self._release)
            self._held = _Held(character, action, self._identity(), timer)

    def _release(self) -> None:
        """Nothing followed: it was an answer, if it is still the same that is shown."""
        held, self._held = self._held, None
        if held is not None and held.question == self._identity():
            applies = self._screen.registry.by_id[held.action].applies(self._screen.situation())
            if applies:
                self._screen.action_do(held.action)

    def _identity(self) -> object:
        return (self._question, self._screen.cell.shown)

    def _drop_held(self) -> None:
        if self._held is not None:
            self._held.timer.cancel()
            self._held = None

    def _type(self, text: str) -> None:
        self._drop_held()
        screen = self._screen
        if screen.prompt.disabled:
            return
        self._lent = False
        screen.guard.typed()
        screen.prompt.focus()
        screen.prompt.type_text(text)
