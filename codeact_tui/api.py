"""codeact as a library: a session that a program talks to."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from codeact_tui.config.loading import load
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.sources import Flag
from codeact_tui.desk import ChatDesk, Fittings, open_desk
from codeact_tui.errors import CodeActError, OpRefused
from codeact_tui.headless.answers import AnswerForm, AnswerMisfit, form_of_schema, form_of_type
from codeact_tui.headless.deciding import Approval, settings_of
from codeact_tui.headless.turn import Limits, Turn
from codeact_tui.kernel.base import Kernel
from codeact_tui.model.base import Model
from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Continue, Interrupt, Op, RunUserCode, SubmitPrompt
from codeact_tui.protocol.turns import Usage
from codeact_tui.session import base
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript

__all__ = ["Session"]

_T = TypeVar("_T")


class Session:
    """A session without a screen: the same controller, Ops and Events as under `codeact chat`, and the same record.

    ::

        async with Session(model="demo", approve="all") as session:
            async for event in session.send("Which numbers below 100 are prime?"):
                print(event)

    Args:
        model: A model's name, or an object that keeps the port `codeact_tui.model.base.Model`; None: the settings'.
        approve: What runs. `never`, `safe`, `sandbox`, `all`: so much runs by itself, and the turn ends at the first
            action that needs a person; None: so much as the settings' policy says. `ask`: you send `Approve` and
            `Reject` while you hear the events. A function or coroutine function is asked about each action.
        folder: Where cells run, and whom the session belongs to; None: the current folder.
        resume: A part of the id, or the title, of the session to go on with; None makes a new one.
        keep: False leaves nothing on disk.
        max_turns: How often the model may reply to a prompt.
        python: Which Python runs the cells: a path, or a kernelspec's name.
        sandbox: What confines them: `auto`, `require`, `bubblewrap`, `landlock`, `off`.
        settings: Any other setting by its name: `{"session.cell_seconds": 30}`.
        kernel: Runs the cells in place of a Jupyter kernel; for tests.
    """

    def __init__(  # noqa: PLR0913 - each is optional and named
        self,
        *,
        model: str | Model | None = None,
        approve: Approval | None = None,
        folder: str | os.PathLike[str] | None = None,
        resume: str | None = None,
        keep: bool = True,
        max_turns: int | None = None,
        python: str | None = None,
        sandbox: str | None = None,
        settings: Mapping[str, object] | None = None,
        kernel: Kernel | None = None,
    ) -> None:
        named = {
            "model.name": model if isinstance(model, str) else None,
            "session.max_actions": max_turns,
            "kernel.python": python,
            "sandbox.mode": sandbox,
        }
        given = {name: value for name, value in named.items() if value is not None}
        wanted = settings_of(approve) | given | dict(settings or {})
        self._flags = [Flag(name, tuple(name.split(".")), value) for name, value in wanted.items()]
        self._folder = Path(folder) if folder is not None else None
        self._resume = resume or ""
        self._approve: Approval | None = approve
        self._fittings = Fittings(None if isinstance(model, str) else model, kernel, keep=keep)
        self._load: Callable[[], ChatOptions] = self._options
        self._desk: ChatDesk | None = None
        self._session: base.Session | None = None
        self._turn: Turn | None = None

    @classmethod
    def with_options(cls, options: ChatOptions, *, approve: Approval | None = None) -> Self:
        """Make a session of what the command line has read."""
        session = cls(approve=approve)
        session._load = lambda: options
        return session

    async def __aenter__(self) -> Self:
        """Open it; its kernel starts in the background.

        Raises:
            ConfigError: A setting can't be used.
            StoreError: The session is not there, or can't be read or written.
        """
        options = await asyncio.to_thread(self._load)
        self._desk, self._session = await open_desk(options, self._fittings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what runs, end the kernel, close the session."""
        session, desk = self._session, self._desk
        try:
            if session is not None:
                await session.close()
        finally:
            if desk is not None:
                await desk.close()

    # -- asking

    def send(
        self,
        prompt: str,
        *,
        answer: Any = None,
        max_cost: float | None = None,
        timeout_s: float | None = None,
        attempts: int = 3,
    ) -> Turn:
        """Ask for something. Iterate over what comes for the events, await it for the `Outcome`.

        Args:
            prompt: What to ask.
            answer: What the answer has to be: a type that `msgspec` knows, or a JSON Schema as a mapping. It is
                checked, and asked for again where it does not fit.
            max_cost: In dollars.
            timeout_s: Until it is interrupted.
            attempts: How often the answer is asked for.

        Raises:
            OpRefused: The prompt is empty, or another turn goes on.
            ConfigError: `answer` is no type that JSON can say, or no JSON Schema.
        """
        if not prompt.strip():
            raise OpRefused("The prompt is empty.")
        form = None if answer is None else _form(answer)
        return self._next(SubmitPrompt(prompt), Limits(max_cost, timeout_s, max(attempts, 1)), form)

    def go_on(self, *, max_cost: float | None = None, timeout_s: float | None = None) -> Turn:
        """Go on with a turn that stopped at its limit, was interrupted or failed."""
        return self._next(Continue(), Limits(max_cost, timeout_s))

    async def ask(self, prompt: str, answer: type[_T], **limits: Any) -> _T:
        """Ask for a value of a type; as `send`, awaited.

        Raises:
            AnswerMisfit: No answer fitted.
            CodeActError: It did not come to an answer; the message says why.
        """
        outcome = await self.send(prompt, answer=answer, **limits)
        if outcome.end != "answer":
            raise (AnswerMisfit if outcome.end == "misfit" else CodeActError)(outcome.message)
        return outcome.value

    async def run(self, code: str, *, hidden: bool = False, timeout_s: float | None = None) -> ActionRecord:
        """Run a cell of your own in the session's kernel; the model sees it, and what came of it, unless it is hidden.

        Raises:
            CodeActError: It could not be run.
        """
        turn = self._next(RunUserCode(code, hidden), Limits(seconds=timeout_s))
        outcome = await turn
        if turn.cell is None:
            raise CodeActError(outcome.message)
        return self.transcript.actions[turn.cell]

    def do(self, op: Op) -> None:
        """Send any Op of the protocol; what comes of it comes as events."""
        self.port.send(op)

    def interrupt(self) -> None:
        """Stop whatever goes on."""
        self.do(Interrupt())

    # -- what there is

    @property
    def port(self) -> base.Session:
        """The session as front ends see it.

        Raises:
            OpRefused: It is not open.
        """
        if self._session is None:
            raise OpRefused("The session is not open.", remedy="Use it inside `async with`.")
        return self._session

    @property
    def id(self) -> SessionId:
        """Its id: `codeact chat --resume` takes it."""
        return self.port.id

    @property
    def transcript(self) -> Transcript:
        """All that was said and done. Read it, never change it."""
        return self.port.transcript

    @property
    def usage(self) -> Usage:
        """What all its requests took together."""
        return self.transcript.usage

    async def history(self, *, after: int = 0) -> list[Envelope]:
        """Give the stored events so far, with their places and times.

        Args:
            after: The place after which to begin.

        Raises:
            StoreError: They can't be read.
        """
        name = self.id
        assert self._desk is not None
        journal = await self._desk.catalog.open(name, read_only=True)
        try:
            return [envelope async for envelope in journal.read(after=after)]
        finally:
            await journal.close()

    def _next(self, op: SubmitPrompt | Continue | RunUserCode, limits: Limits, form: AnswerForm | None = None) -> Turn:
        if self._turn is not None and self._turn.begun and not self._turn.done:
            raise OpRefused("What was asked before still goes on.", remedy="Await it, or interrupt it, first.")
        self._turn = Turn(self.port, op, self._approve, limits, form)
        return self._turn

    def _options(self) -> ChatOptions:
        try:
            folder = (self._folder or Path.cwd()).expanduser().resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise CodeActError(f"The folder {self._folder} is not there.") from error
        return ChatOptions(loaded=load(folder, flags=self._flags), folder=folder, part=self._resume)


def _form(answer: Any) -> AnswerForm:
    return form_of_schema(cast("Mapping[str, Any]", answer)) if isinstance(answer, Mapping) else form_of_type(answer)
