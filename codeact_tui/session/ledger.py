"""Where events become true: committed, folded into the transcript, then told to whoever listens."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable

from codeact_tui.protocol.events import Envelope, Event, StoredEvent, TransientEvent
from codeact_tui.protocol.ids import ActionId, action_id
from codeact_tui.session.base import Listener
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import Journal

__all__ = ["Ledger"]

_log = logging.getLogger(__name__)


class Ledger:
    """A journal, the transcript that is its fold, and the listeners.

    Args:
        journal: Where events are committed.
        transcript: The fold of what the journal holds already.
        clock: Gives seconds since the epoch.
    """

    def __init__(self, journal: Journal, transcript: Transcript, clock: Callable[[], float] = time.time) -> None:
        self.journal = journal
        self.transcript = transcript
        self._clock = clock
        self._listeners: list[Listener] = []
        self._order = asyncio.Lock()
        self._actions = len(transcript.actions)

    def new_action(self) -> ActionId:
        """Give the next action its id; ids are given once, also to proposals that are still being committed."""
        self._actions += 1
        return action_id(self._actions)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the function returned ends it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def record(self, *events: StoredEvent) -> None:
        """Commit events, all or none; then fold them and tell of them, in the order of the calls.

        A commit that has begun is seen to its end even if the caller is cancelled meanwhile, so that the transcript
        never lags behind the journal.

        Raises:
            StoreError: Nothing was committed and nobody was told.
        """
        if events:
            await _see_through(self._record(events))

    def tell(self, *events: TransientEvent) -> None:
        """Tell of events that are not kept."""
        now = self._clock()
        self._publish([Envelope(event, 0, now) for event in events])

    def tell_uncommitted(self, *events: Event) -> None:
        """Tell of events that could not be kept, such as the failure to keep any."""
        now = self._clock()
        self._publish([Envelope(event, 0, now) for event in events])

    async def _record(self, events: Iterable[StoredEvent]) -> None:
        async with self._order:
            envelopes = await self.journal.append(list(events))
            for envelope in envelopes:
                self.transcript.apply(envelope)
            self._publish(envelopes)

    def _publish(self, envelopes: list[Envelope]) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(envelopes)
            except Exception:
                _log.exception("a listener failed; the session goes on")


async def _see_through(work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work, name="commit")
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        raise
