"""`codeact run`: a task without a screen. What comes goes to stdout, what goes on to stderr."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from codeact_tui.api import Session
from codeact_tui.cli.chat import ChatFlags, chat_options
from codeact_tui.cli.printing import clean, clean_line, styled
from codeact_tui.cli.running import Progress
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.sources import Flag
from codeact_tui.errors import CodeActError, ConfigError
from codeact_tui.headless.deciding import Approval, settings_of
from codeact_tui.headless.outcome import End, Outcome, Result
from codeact_tui.headless.turn import Turn
from codeact_tui.log import set_up_logging
from codeact_tui.paths import log_dir
from codeact_tui.protocol.codec import encode
from codeact_tui.protocol.events import Envelope, SessionOpened

__all__ = ["EXIT_CODES", "RunFlags", "start_run"]

EXIT_CODES: dict[End, int] = {
    "answer": 0,
    "failed": 1,
    "refused": 3,
    "turns": 4,
    "cost": 5,
    "timeout": 6,
    "misfit": 7,
    "empty": 8,
    "interrupted": 130,
}
_TERMINATED = 143
_BROKEN_PIPE = 141
_FLAGS = {"session.policy": "approve", "session.warm_up": "approve", "session.max_actions": "max-turns"}
_TASK_CHARS_MAX = 4_000_000


class RunFlags(Struct, frozen=True):
    """What was typed after `codeact run`; None where a flag was not given."""

    task: str = ""
    file: Path | None = None
    latest: bool = False
    part: str | None = None
    model: str | None = None
    python: str | None = None
    approve: str | None = None
    sandbox: str | None = None
    folder: Path | None = None
    as_json: bool = False
    output_schema: Path | None = None
    max_turns: int | None = None
    max_cost: float | None = None
    timeout_s: float | None = None
    read_only: bool = False


def start_run(flags: RunFlags) -> int:
    """Do a task and give the exit code.

    Raises:
        CodeActError: The task, the settings, the folder, the schema or the session can't be used.
    """
    task = _task(flags)
    schema = _schema(flags.output_schema)
    approve = cast("Approval | None", flags.approve)
    wanted = settings_of(approve) | ({"session.max_actions": flags.max_turns} if flags.max_turns else {})
    further = [Flag(f"--{_FLAGS[name]}", tuple(name.split(".")), value) for name, value in wanted.items()]
    chat = ChatFlags(
        latest=flags.latest,
        part=flags.part,
        model=flags.model,
        python=flags.python,
        sandbox=flags.sandbox,
        folder=flags.folder,
        read_only=flags.read_only,
    )
    options = chat_options(chat, screen=False, interactive=False, further=further)
    undo = set_up_logging(log_dir())
    try:
        return asyncio.run(_Run(flags, options, task, schema).go(approve))
    except BrokenPipeError:
        raise SystemExit(_BROKEN_PIPE) from None  # the parser would make it an error without a word
    finally:
        undo()


class _Run:
    """One task from its session's opening to its exit code."""

    def __init__(self, flags: RunFlags, options: ChatOptions, task: str, schema: dict[str, Any] | None) -> None:
        self._flags = flags
        self._options = options
        self._task = task
        self._schema = schema
        self._signalled = 0
        self._progress = Progress(sys.stderr) if sys.stderr.isatty() else None

    async def go(self, approve: Approval | None) -> int:
        for notice in self._options.notices:
            _tell(notice)
        async with Session.with_options(self._options, approve=approve) as session:
            turn = session.send(
                self._task, answer=self._schema, max_cost=self._flags.max_cost, timeout_s=self._flags.timeout_s
            )
            async with self._signals(turn):
                await self._follow(session, turn)
        return await self._report(turn.outcome)

    async def _follow(self, session: Session, turn: Turn) -> None:
        lines = _with_opening(session, turn) if self._flags.as_json else turn.envelopes()
        async for envelope in lines:
            if self._flags.as_json:
                await asyncio.to_thread(_print_line, _as_builtins(envelope))
            if self._progress is not None:
                self._progress.tell(envelope.event, session.transcript)

    async def _report(self, outcome: Outcome) -> int:
        code = _TERMINATED if self._signalled == signal.SIGTERM else EXIT_CODES[outcome.end]
        if self._flags.as_json:
            await asyncio.to_thread(_print_line, msgspec.to_builtins(Result(outcome, code)))
        elif outcome.end == "answer":
            text = clean(outcome.answer) if self._schema is None else json.dumps(outcome.value)
            await asyncio.to_thread(print, text, flush=True)
        if outcome.message:
            _tell(outcome.message, "red")
        if outcome.end == "refused":
            _tell(f"codeact chat --resume {outcome.session} opens the session; --approve says what runs unasked.")
        elif self._progress is not None:
            _tell(f"The session is kept: codeact chat --resume {outcome.session}", "dim")
        return code

    @asynccontextmanager
    async def _signals(self, turn: Turn) -> AsyncGenerator[None]:
        """Take SIGINT and SIGTERM as an interrupt; a second one ends a kernel that does not heed the first."""
        loop = asyncio.get_running_loop()
        taken: list[signal.Signals] = []

        def stop(number: signal.Signals) -> None:
            self._signalled = number
            turn.interrupt()

        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                if number is not None:
                    loop.add_signal_handler(number, stop, number)
                    taken.append(number)
        try:
            yield
        finally:
            for number in taken:
                loop.remove_signal_handler(number)


def _task(flags: RunFlags) -> str:
    """Read what is to be done: the argument, a file, or standard input."""
    if flags.file is not None:
        text = _read(flags.file)
    elif flags.task and flags.task != "-":
        text = flags.task
    elif sys.stdin.isatty() and not flags.task:
        raise CodeActError("There is no task.", remedy='Say what to do: codeact run "…", or -f FILE, or by a pipe.')
    else:
        text = sys.stdin.read(_TASK_CHARS_MAX + 1)
    if not text.strip():
        raise CodeActError("The task is empty.", remedy='Say what to do: codeact run "…".')
    if len(text) > _TASK_CHARS_MAX:
        raise CodeActError("The task is longer than four million characters.", remedy="Put it into a file to read.")
    return text


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(_TASK_CHARS_MAX + 1)
    except UnicodeDecodeError as error:
        raise CodeActError(f"{file} is no text in UTF-8.") from error


def _schema(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    from codeact_tui.headless.answers import form_of_schema

    try:
        schema = json.loads(_read(file))
    except ValueError as error:
        raise ConfigError(f"{file} is no JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise ConfigError(f"{file} is no JSON Schema: it has to be an object.")
    form_of_schema(cast("dict[str, Any]", schema))
    return cast("dict[str, Any]", schema)


async def _with_opening(session: Session, turn: Turn) -> AsyncIterator[Envelope]:
    """Give a turn's envelopes, and before them what was stored since the session was opened."""
    held: list[Envelope] | None = []
    async for envelope in turn.envelopes():
        if held is None:
            yield envelope
            continue
        held.append(envelope)
        if envelope.sequence:
            before = [each for each in await session.history() if each.sequence < envelope.sequence]
            opened = [index for index, each in enumerate(before) if isinstance(each.event, SessionOpened)]
            for each in (*before[opened[-1] if opened else 0 :], *held):
                yield each
            held = None
    for envelope in held or ():
        yield envelope


def _as_builtins(envelope: Envelope) -> dict[str, Any]:
    return {"event": json.loads(encode(envelope.event)), "sequence": envelope.sequence, "at": envelope.at}


def _print_line(value: Any) -> None:
    """Print JSON on a line, in plain ASCII: no character in it means anything to a terminal."""
    print(json.dumps(value), flush=True)


def _tell(sentence: str, style: str = "") -> None:
    text = clean_line(sentence)
    print(styled(text, style, sys.stderr) if style else text, file=sys.stderr, flush=True)
