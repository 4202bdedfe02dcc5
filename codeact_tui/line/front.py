"""The line front end: lines and keys become Ops, Events become lines."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.errors import CodeActError
from codeact_tui.line.answers import Entry, parse_entry
from codeact_tui.line.base import Ask, Suggestion, Surface
from codeact_tui.line.commanding import Commands
from codeact_tui.line.drawing import warm_up
from codeact_tui.line.editor import edit
from codeact_tui.line.room import Room
from codeact_tui.line.words import Palette, one_line
from codeact_tui.protocol.events import Envelope, ForkMade
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Interrupt, Op, RunUserCode, SubmitPrompt
from codeact_tui.session.base import Desk, Session

__all__ = ["Connect", "LineFront"]

_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[tuple[Desk, Session]]]

_TWICE_S = 1.5
"""Two interrupts within it mean: leave."""
_AWAY_S = 10.0
"""After so long without a key, a question rings."""


class LineFront:
    """Stands between a surface and a session. Implements `Hands` and `House`.

    Args:
        surface: Shows lines and takes lines.
        interface: The settings.
        clock: Gives seconds.
    """

    def __init__(
        self, surface: Surface, interface: InterfaceConfig, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.surface = surface
        self.editor = interface.editor
        self.exit_code = 0
        self._clock = clock
        self._desk: Desk | None = None
        self._room: Room | None = None
        self._early: list[tuple[str, bool]] = []
        self._commands = Commands(self)
        self._working: asyncio.Task[None] | None = None
        self._leaving = False
        self._interrupted_at = float("-inf")
        self._acted_at = clock()

    # -- opening and closing

    async def open(self, connect: Connect, first_prompt: str | None) -> None:
        """Connect behind the prompt; then take what was entered meanwhile."""
        self.surface.ask(Ask("opening", "opening the session"))
        await self.surface.shown()
        warming = asyncio.create_task(asyncio.to_thread(warm_up)) if self.surface.colour else None
        try:
            self._desk, session = await connect()
        except CodeActError as error:
            self._fail(error)
            self.leave(1)
            return
        except Exception:
            _log.exception("the session could not be opened")
            self._fail(CodeActError("The session could not be opened.", remedy="The log says more."))
            self.leave(1)
            return
        self._enter_room(session)  # at once: what it tells meanwhile is told but once
        if warming is not None:
            await warming
        if first_prompt:
            self.send(SubmitPrompt(first_prompt))
        early, self._early = self._early, []
        for line, queue in early:
            self._take(line, queue=queue)
        self._reconsider()

    async def close(self) -> None:
        """Close the session and the desk."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        room, self._room = self._room, None
        if room is not None:
            room.leave()
            await room.session.close()
        if self._desk is not None:
            await self._desk.close()

    async def switch(self, session: SessionId | None) -> None:
        """Open another session, or a new one, and close this one."""
        opened = await self.desk.open(session)
        before = self._room
        if before is not None:
            before.leave()
        self._enter_room(opened)
        if before is not None:
            await before.session.close()

    def leave(self, exit_code: int | None = None) -> None:
        """End; the surface's `run` returns."""
        if self._leaving:
            return
        self._leaving = True
        if exit_code is not None:
            self.exit_code = exit_code
        if self._room is not None and self._room.session.transcript.title:
            self.surface.write(f"The session is kept: codeact chat --resume {self._room.session.id}")
        self.surface.stop()

    # -- what commands are given

    @property
    def session(self) -> Session:
        """The session that is open."""
        assert self._room is not None
        return self._room.session

    @property
    def desk(self) -> Desk:
        """Opens others."""
        assert self._desk is not None
        return self._desk

    def send(self, op: Op) -> None:
        """Send an Op; a script goes on only when it is done."""
        if self._room is not None:
            if self.surface.scripted:
                self._room.progress.expect(op)
            self._room.questions.sent(op)
            self._room.session.send(op)

    @property
    def busy(self) -> bool:
        """Something goes on in the session, or is asked."""
        return self._room is not None and self._room.busy

    def summary(self) -> str:
        """Say how things stand."""
        assert self._room is not None
        return self._room.progress.summary(self.session.transcript)

    # -- what the user does

    def on_line(self, text: str, *, ahead: bool, queue: bool) -> None:
        """Take a line: an answer, a command, code or a prompt."""
        self._acted_at = self._clock()
        if self._leaving:
            return
        if self._room is None:
            if text.strip():
                self._early.append((text, queue))
                self.surface.write(f"Kept until the session is open: {one_line(text)}")
        elif not self._room.questions.take_line(text, ahead=ahead):
            self._take(text, queue=queue)
        self._reconsider()

    def on_key(self, key: str) -> None:
        """Take a key that answers the question."""
        self._acted_at = self._clock()
        if self._room is not None and not self._leaving:
            self._room.questions.take_key(key)
            self._reconsider()

    def on_interrupt(self) -> None:
        """Stop what goes on; at the second time within a moment, leave."""
        if self.surface.lent:
            return
        now, before = self._clock(), self._interrupted_at
        self._interrupted_at = self._acted_at = now
        if self._room is None or now - before < _TWICE_S:
            self.leave(1 if self.surface.scripted else None)
        elif self._working is not None:
            self._working.cancel()
        elif self._room.busy:
            self.surface.write("Stopping. Ctrl+C again leaves.")
            self._room.session.send(Interrupt())
        else:
            self.surface.write("Ctrl+C again leaves; so does Ctrl+D.")

    def on_end(self) -> None:
        """Leave: nothing more will come."""
        if self._leaving:
            return
        failed = False
        if self.surface.scripted and self._room is not None:
            failed = self._room.questions.end() or self._room.busy or self._room.progress.failed
        elif self.surface.scripted:
            failed = self._room is None
        self.leave(1 if failed else None)

    def on_compose(self, text: str) -> None:
        """Let the user write the prompt in their editor."""
        if self._room is not None and not self._leaving:
            self._work(self._compose(text))
            self._reconsider()

    async def _compose(self, text: str) -> None:
        written = await edit(self.surface, text, setting=self.editor, name="prompt.md")
        if written is not None:
            self.surface.fill(written)

    async def suggest(self, before: str) -> Sequence[Suggestion]:
        """Complete what stands before the cursor."""
        question = self._room.questions.ask() if self._room is not None else None
        if self._room is None or (question is not None and not question.decides):
            return ()
        with contextlib.suppress(CodeActError):
            return await self._room.suggester.suggest(before)
        return ()

    def _take(self, line: str, *, queue: bool) -> None:
        entry = parse_entry(line)
        if entry is None:
            return
        match entry.kind:
            case "command":
                self._work(self._commands.run(entry.name, entry.text))
            case "code" | "shell":
                self.send(_own_cell(entry))
            case "prompt":
                self.send(SubmitPrompt(entry.text, "queue" if queue else "steer"))

    # -- what happened

    def _enter_room(self, session: Session) -> None:
        self._room = Room(self.surface, self.desk, session, self.send, self._work, self.editor)
        self._room.enter(self._on_events)

    def _on_events(self, envelopes: Sequence[Envelope]) -> None:
        room = self._room
        if room is None or self._leaving:
            return
        for envelope in envelopes:
            room.note(envelope.event)
            if isinstance(envelope.event, ForkMade):
                self._work(self.switch(envelope.event.session))
        self._reconsider()

    def _reconsider(self) -> None:
        """Say what is wanted from the user now."""
        if self._leaving or self._room is None:
            return
        question = self._room.ask(working=self._working is not None)
        if question.decides and self._clock() - self._acted_at > _AWAY_S:
            self._acted_at = self._clock()
            self.surface.bell()
        self.surface.status(self._room.progress.status(self.session.transcript))
        self.surface.ask(question)

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that takes its time; one at a time."""
        if self._working is not None:
            work.close()
            self.surface.write("One thing at a time, please.")
            return
        self._working = asyncio.create_task(self._guarded(work), name="line command")

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except CodeActError as error:
            self._fail(error)
        except Exception:
            _log.exception("a command failed")
            self._fail(CodeActError("That failed inside codeact.", remedy="The log says more."))
        finally:
            self._working = None
            self._reconsider()

    def _fail(self, error: CodeActError) -> None:
        self.surface.write(Palette(self.surface.colour).bad(f"Error: {one_line(error.sentence, 4000)}"))


def _own_cell(entry: Entry) -> RunUserCode:
    if entry.kind == "code":
        return RunUserCode(entry.text)
    shell = f"%%sh\n{entry.text}" if "\n" in entry.text else f"!{entry.text}"
    return RunUserCode(shell, hidden=True)
