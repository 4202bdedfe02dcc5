"""The session behind the screen, exchanged for another and back."""

import asyncio
from typing import Any, cast

from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.link import SessionLink

A, B = SessionId("a"), SessionId("b")


class SlowSession:
    """Takes its time to close, and is held until it has."""

    def __init__(self, session: SessionId, held: set[SessionId]) -> None:
        self.id, self.transcript = session, Transcript()
        self.writable = session not in held
        self.closing, self.may_close = asyncio.Event(), asyncio.Event()
        self._held = held
        held.add(session)

    def listen(self, _listener: object) -> Any:
        return lambda: None

    async def close(self) -> None:
        self.closing.set()
        await self.may_close.wait()
        self._held.discard(self.id)


class SlowDesk:
    """Opens such sessions."""

    def __init__(self) -> None:
        self.held: set[SessionId] = set()
        self.opened: list[SlowSession] = []

    async def open(self, session: SessionId) -> SlowSession:
        self.opened.append(SlowSession(session, self.held))
        return self.opened[-1]

    async def close(self) -> None:
        assert not self.held


async def test_going_back_to_a_session_that_is_still_being_closed_waits_for_that() -> None:
    desk = SlowDesk()

    async def connect() -> Any:
        return desk, await desk.open(A)

    link = SessionLink(connect, lambda _: None)
    await link.connect()
    await link.switch(B)
    first = desk.opened[0]
    await first.closing.wait()
    back = asyncio.create_task(link.switch(A))
    await asyncio.sleep(0)
    first.may_close.set()
    await back
    shown = cast("SlowSession", link.session)
    assert (shown.id, shown.writable) == (A, True)
    for each in desk.opened:
        each.may_close.set()
    await link.close()
