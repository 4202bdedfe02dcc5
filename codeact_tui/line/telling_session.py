"""The session, its turns and its kernel, told in lines."""

from typing import assert_never

from codeact_tui.line.base import Surface
from codeact_tui.line.words import Palette, one_line, plural
from codeact_tui.protocol.amounts import human_seconds
from codeact_tui.protocol.dry_run_words import explored_words
from codeact_tui.protocol.events import (
    ExplorationEnded,
    Failed,
    Forked,
    KernelDied,
    KernelRecovered,
    KernelStarted,
    ModelChanged,
    Noted,
    PolicyChanged,
    ReplyProblem,
    RetryScheduled,
    Rewound,
    SessionOpened,
    StateChanged,
    TitleChanged,
    TurnFinished,
    VariablesRestored,
)
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.travel_words import forked_words, recovered_words, rewound_words
from codeact_tui.session.resuming import restored_sentences
from codeact_tui.session.transcript import Transcript

__all__ = ["SessionEvent", "SessionTeller", "TurnEvent"]

SessionEvent = (
    SessionOpened
    | TitleChanged
    | PolicyChanged
    | ModelChanged
    | KernelStarted
    | KernelDied
    | KernelRecovered
    | Rewound
    | VariablesRestored
    | Forked
)
"""What the session is now."""

TurnEvent = Noted | Failed | StateChanged | RetryScheduled | ReplyProblem | TurnFinished | ExplorationEnded
"""How it goes."""

_POLICIES: dict[Policy, str] = {
    "ask": "you decide about each action",
    "safe": "what only computes, and reads in this folder, runs by itself",
    "sandbox": "what the sandbox confines runs by itself",
    "turn": "a turn's actions run by themselves",
    "all": "every action runs by itself",
}
_NO_SANDBOX = (
    "There is no sandbox: cells have all your rights.",
    "There is no sandbox, only limits and no network: cells can read, change and delete all your files.",
)
_CONTINUE = "Type /continue to go on with it."


class SessionTeller:
    """Draws what concerns the whole session.

    Args:
        surface: Where to.
        transcript: The fold of the same events, already taken in.
    """

    def __init__(self, surface: Surface, transcript: Transcript) -> None:
        self._surface = surface
        self._transcript = transcript
        self._palette = Palette(surface.colour)
        self._titled = bool(transcript.title)

    def changed(self, event: SessionEvent) -> None:
        """Draw what the session is now."""
        match event:
            case SessionOpened():
                how = "opened again" if event.resumed else "opened"
                moved = f", no more in {one_line(event.moved_from)}" if event.moved_from else ""
                self._dim(f"Session {event.session} {how} in {one_line(event.folder)}{moved}.")
                self._dim(f"Model: {one_line(event.model)}. Policy: {event.policy}; {_POLICIES[event.policy]}.")
            case TitleChanged():
                if self._titled or not self._transcript.turn_open:
                    self._dim(f"Title: {one_line(event.title)}")
                self._titled = True
            case PolicyChanged():
                self._dim(f"Policy: {event.policy}; {_POLICIES[event.policy]}.")
            case ModelChanged():
                self._dim(f"Model: {one_line(event.model)}.")
            case KernelStarted():
                self._kernel_started(event)
            case KernelDied():
                died = f"The kernel died: {one_line(event.how)}. All variables are gone."
                self._surface.write(self._palette.bad(died))
                self._surface.write(
                    "Type /restart for a fresh one, or /restart rerun to run the approved cells again as well."
                )
            case KernelRecovered():
                lost, back = recovered_words(event)
                self._surface.write(self._palette.bad(f"T{one_line(lost)[1:]}; {one_line(back)}."))
            case Rewound() | Forked():
                where, what = forked_words(event) if isinstance(event, Forked) else rewound_words(event)
                self._surface.write(one_line(f"{where.capitalize()}: {what}.", 400))
            case VariablesRestored():
                for sentence in restored_sentences(event):
                    self._dim(one_line(sentence, 4000))
            case _:
                assert_never(event)

    def went(self, event: TurnEvent) -> None:
        """Draw how it goes."""
        match event:
            case Noted():
                self._dim(one_line(event.text, 2000))
            case Failed():
                line = one_line(f"{event.message} {event.remedy}", 4000)
                self._surface.write(self._palette.bad(f"Error: {line}"))
            case RetryScheduled():
                when = f"Trying again in {event.delay_s:.3g} s: attempt {event.attempt} of {event.attempts} failed."
                self._surface.write(self._palette.bad(f"{one_line(event.reason, 1000)} {when}"))
            case ReplyProblem():
                self._dim(one_line(event.message, 2000))
            case TurnFinished():
                self._turn_finished(event)
            case ExplorationEnded():
                what, came = explored_words(event)
                self._dim(f"{what.capitalize()}: {one_line(came, 600)}.")
            case StateChanged():
                if event.state == "thinking" and self._transcript.turn_open:
                    self.thinking()
            case _:
                assert_never(event)

    def thinking(self) -> None:
        """Say that the model is asked, where it is not shown otherwise."""
        if self._surface.spoken:
            self._surface.write("Thinking.")

    def _turn_finished(self, event: TurnFinished) -> None:
        match event.reason:
            case "interrupted":
                self._surface.write(f"The turn was interrupted. {_CONTINUE}")
            case "failed":
                self._surface.write(f"The turn could not be finished. {_CONTINUE}")
            case "empty":
                self._surface.write("The turn ended without an answer: the model's replies held nothing to act on.")
            case "limit":
                self._surface.write(f"The turn has reached its limit of {plural(event.actions, 'action')}.")
            case "answer":
                pass

    def _kernel_started(self, event: KernelStarted) -> None:
        fresh = "A fresh kernel is ready; its variables are gone" if event.restarted else "The kernel is ready"
        where = f" ({one_line(event.source)})" if event.source else ""
        python = f"Python {one_line(event.version)}{where}, {one_line(event.python)}"
        confined = ", in a sandbox" if event.confined else ""
        self._dim(f"{fresh}: {python}, after {human_seconds(event.seconds)}{confined}.")
        if not event.confined:
            self._surface.write(self._palette.bad(_NO_SANDBOX[event.sandbox == "limits"]))

    def _dim(self, text: str) -> None:
        self._surface.write(self._palette.dim(text))
