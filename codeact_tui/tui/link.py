"""The session behind the screen: connected after the first paint, exchanged for another, closed at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Op
from codeact_tui.session.base import Desk, Session
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.live import Live, catch_up

__all__ = ["Connect", "SessionLink"]

Connect = Callable[[], Awaitable[tuple[Desk, Session | None]]]
"""Opens desk and session. No session: the user is to pick one."""

_KEPT_OPS = 100


class SessionLink:
    """Holds desk and session, and keeps what is sent before they are there.

    Args:
        connect: Opens them; awaited once.
        on_events: Takes every event of the session that is shown.
    """

    def __init__(self, connect: Connect, on_events: Callable[[Sequence[Envelope]], None]) -> None:
        self.desk: Desk | None = None
        self.session: Session | None = None
        self.live = Live()
        self._connect = connect
        self._on_events = on_events
        self._kept: list[Op] = []
        self._unlisten: Callable[[], None] | None = None
        self._closing: dict[asyncio.Task[None], SessionId] = {}
        self._nothing = Transcript()

    @property
    def transcript(self) -> Transcript:
        """All that was said and done; empty while there is no session."""
        return self.session.transcript if self.session else self._nothing

    @property
    def writable(self) -> bool:
        """The session may be written to."""
        return self.session is None or self.session.writable

    def send(self, op: Op) -> None:
        """Ask the session for something, or keep it until there is one."""
        if self.session is not None:
            self.session.send(op)
        elif len(self._kept) < _KEPT_OPS:
            self._kept.append(op)

    async def read_blob(self, name: str, start: int, length: int) -> bytes:
        """Give a part of what the session has put aside; nothing while there is none."""
        return b"" if self.session is None else await self.session.read_blob(name, start=start, length=length)

    async def connect(self) -> bool:
        """Open desk and session; say whether there is a session.

        Raises:
            CodeActError: They can't be opened.
        """
        desk, session = await self._connect()
        self.desk = desk
        if session is not None:
            self._show(session)
        return session is not None

    async def switch(self, session: SessionId | None) -> None:
        """Open another session, or a new one, in the place of this one, which is closed in the background.

        Raises:
            CodeActError: It can't be opened; this one stays.
        """
        if self.desk is None or (self.session is not None and session == self.session.id):
            return
        if still := [task for task, closed in self._closing.items() if closed == session]:
            await asyncio.wait(still)  # it holds the session until then: there would be no more than a look at it
        opened = await self.desk.open(session)
        before = self.session
        self._show(opened)
        if before is not None:
            task = asyncio.create_task(before.close(), name="close the session before")
            self._closing[task] = before.id
            task.add_done_callback(self._closing.pop)

    def deliver_kept(self) -> None:
        """Send what was kept, now that the screen shows the session."""
        kept, self._kept = self._kept, []
        for op in kept:
            self.send(op)

    async def close(self) -> None:
        """Close session and desk. May be called twice."""
        session, desk = self.session, self.desk
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if session is not None:
            await session.close()
        if self._closing:
            await asyncio.gather(*self._closing, return_exceptions=True)
        if desk is not None:
            await desk.close()

    def _show(self, session: Session) -> None:
        if self._unlisten is not None:
            self._unlisten()
        self.session = session
        self.live = catch_up(session.transcript)
        self._unlisten = session.listen(self._on_events)
