"""The turns of a session, one after the other, and what the user says while one goes on."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from codeact_tui.config.schema import Config
from codeact_tui.errors import OpRefused
from codeact_tui.model.base import ActionFormat
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.protocol.events import PromptQueued, PromptSubmitted, StoredEvent, TitleChanged
from codeact_tui.protocol.ops import SubmitPrompt
from codeact_tui.session.asking import Asker
from codeact_tui.session.cells import CellRunner
from codeact_tui.session.context import ContextBuilder
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.mentions import Mentions
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.permitting import Permissions
from codeact_tui.session.titles import title_from
from codeact_tui.session.turn import Turn

__all__ = ["Turns"]


@dataclass
class Turns:
    """Begins turns; one goes on at a time.

    Attributes:
        ledger: Where events go.
        config: How often is retried, how much is shown, how many actions a turn may have.
        seat: The model that is asked.
        cells: How actions are run.
        foreteller: Tells what they would do.
        mentions: Looks up the variables that a prompt names.
        permissions: The rules by which they run unasked.
        spawn: Runs something in the background.
        send: Takes the next prompt, when a turn has ended before it was heard.
        on_change: Called when a turn begins, enters another phase, or ends.
    """

    ledger: Ledger
    config: Config
    seat: ModelSeat
    cells: CellRunner
    foreteller: Foreteller
    mentions: Mentions
    permissions: Permissions
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    send: Callable[[SubmitPrompt], None]
    on_change: Callable[[], None]
    _newest: Turn | None = None
    _queued: list[str] = field(default_factory=list[str])
    _contexts: dict[ActionFormat, ContextBuilder] = field(default_factory=dict[ActionFormat, ContextBuilder])

    @property
    def current(self) -> Turn | None:
        """The turn that goes on."""
        turn = self._newest
        return None if turn is None or turn.over else turn

    def submit(self, op: SubmitPrompt) -> None:
        """Begin a turn with a prompt; while one goes on, let it steer that one, or wait for its end.

        Raises:
            OpRefused: It is empty.
        """
        text = op.text.strip()
        if not text:
            raise OpRefused("The prompt is empty.")
        turn = self.current
        if turn is None:
            self.begin(PromptSubmitted(text))
            return
        waiting = turn.steering if op.when == "steer" else self._queued
        waiting.append(text)
        self.ledger.tell(PromptQueued(text))

    def go_on(self) -> None:
        """Begin a turn without a prompt.

        Raises:
            OpRefused: One goes on, or there was none yet.
        """
        if self.current is not None:
            raise OpRefused("The turn is still going on.")
        if self.ledger.transcript.turn == 0:
            raise OpRefused("There is nothing to go on with yet.", remedy="Ask for something first.")
        self.begin()

    def begin(self, *opening: PromptSubmitted, explore: Callable[[ActionRecord], None] | None = None) -> None:
        """Begin a turn.

        Args:
            opening: What the user said.
            explore: Called when its first action waits, where several ways to take that step are wanted.
        """
        session = self.config.session
        turn = self._newest = Turn(
            self.ledger,
            self.seat,
            self.asker(),
            self.context,
            self.cells,
            self.foreteller,
            self.mentions,
            self.permissions,
            session.max_actions,
            session.warm_up,
            self.on_change,
            explore=explore,
        )
        self.on_change()
        events: list[StoredEvent] = list(opening)
        transcript = self.ledger.transcript
        if opening and (not transcript.title or transcript.borrowed_title):
            events.append(TitleChanged(title_from(opening[0].text)))
        self.spawn(self._run(turn, events), "turn")

    def stop(self) -> None:
        """End the turn that goes on, if one does."""
        turn = self.current
        if turn is not None:
            turn.stop()

    def asker(self, *, quiet: bool = False) -> Asker:
        """Give what asks the model; quiet: nothing is told while a reply comes."""
        model = self.config.model
        return Asker(
            self.ledger,
            RetryPolicy(attempts=model.retries + 1),
            model.stall_seconds,
            model.temperature,
            model.max_tokens,
            quiet,
        )

    def context(self, action_format: ActionFormat) -> ContextBuilder:
        """Give what writes the messages for a model of this kind."""
        if action_format not in self._contexts:
            limit = self.config.session.observation_chars
            self._contexts[action_format] = ContextBuilder(action_format, limit, self.ledger.transcript.veil)
        return self._contexts[action_format]

    async def _run(self, turn: Turn, opening: list[StoredEvent]) -> None:
        try:
            await turn.run(*opening)
        finally:
            turn.over, left = True, turn.steering
            self.on_change()
        queued, self._queued = [*left, *self._queued], []
        if queued and not turn.stopped:
            self.send(SubmitPrompt("\n\n".join(queued)))
