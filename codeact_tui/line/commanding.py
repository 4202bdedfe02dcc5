"""What the slash commands do."""

import codecs
from collections.abc import Awaitable, Callable
from typing import Protocol, cast, get_args

from codeact_tui.errors import CodeActError, SessionAmbiguous, SessionNotFound
from codeact_tui.line.base import Surface
from codeact_tui.line.commands import find_command, help_text
from codeact_tui.line.drawing import draw_sessions
from codeact_tui.line.editor import edit
from codeact_tui.line.permitting import PermittingCommands
from codeact_tui.line.streaming import CellPrinter, draw_log
from codeact_tui.line.travelling import travel_wish
from codeact_tui.line.trying import dry_run_wish, explore_wish
from codeact_tui.line.words import one_line, plural
from codeact_tui.protocol.ids import SessionId, action_id
from codeact_tui.protocol.ops import (
    Continue,
    Fork,
    InspectVariable,
    ListVariables,
    Op,
    Policy,
    PreviewRewind,
    Redo,
    RenameSession,
    Rerun,
    RerunCells,
    RestartKernel,
    Rewind,
    SetModel,
    SetPolicy,
    Undo,
)
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.base import Desk, Session
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import OutputLog
from codeact_tui.session.points import before_cell
from codeact_tui.store.base import SessionSummary

__all__ = ["Commands", "House"]

_BLOB_BYTES = 1 << 18


class House(Protocol):
    """What commands are given: everything that a front end may touch."""

    @property
    def surface(self) -> Surface:
        """Where words go."""
        ...

    @property
    def session(self) -> Session:
        """The session that is open."""
        ...

    @property
    def desk(self) -> Desk:
        """Opens others."""
        ...

    @property
    def editor(self) -> str:
        """The configured editor, or empty."""
        ...

    @property
    def busy(self) -> bool:
        """Something goes on in the session, or is asked."""
        ...

    def send(self, op: Op) -> None:
        """Send an Op."""
        ...

    def summary(self) -> str:
        """Say how things stand, in lines."""
        ...

    async def switch(self, session: SessionId | None) -> None:
        """Open another session, or a new one, and close this one."""
        ...

    def leave(self) -> None:
        """End."""
        ...


class Commands:
    """Runs commands.

    Args:
        house: What they work on.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._permitting = PermittingCommands(house)
        self._table: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "vars": self._vars,
            "var": self._var,
            "rerun": self._rerun,
            "output": self._output,
            "restart": self._restart,
            "rerun-missing": self._rerun_missing,
            "rerun-stale": self._rerun_stale,
            "run-all": self._run_all,
            "dry-run": self._dry_run,
            "explore": self._explore,
            "continue": self._continue,
            "undo": self._undo,
            "redo": self._redo,
            "rewind": self._rewind,
            "fork": self._fork,
            "policy": self._policy,
            "rules": self._permitting.rules,
            "allow": self._permitting.allow,
            "model": self._model,
            "status": self._status,
            "new": self._new,
            "sessions": self._sessions,
            "resume": self._resume,
            "rename": self._rename,
            "export": self._export,
            "exit": self._exit,
        }

    async def run(self, name: str, rest: str) -> None:
        """Do what a command says.

        Raises:
            CodeActError: There is none with this name, or it could not be done.
        """
        command = find_command(name)
        if command is None:
            raise CodeActError(f"There is no command /{one_line(name, 40)}.", remedy="/help lists them.")
        await self._table[command.name](rest)

    async def _help(self, _: str) -> None:
        surface = self._house.surface
        surface.write(help_text(width=surface.width, editing=not surface.echoes and not surface.scripted))

    async def _vars(self, rest: str) -> None:
        self._house.send(ListVariables(all=rest == "all"))

    async def _var(self, rest: str) -> None:
        name, _, start = rest.partition(" ")
        if not name:
            raise CodeActError("Which variable?", remedy="Type /var and its name; /vars lists them.")
        self._house.send(InspectVariable(name, start=int(start) if start.strip().isdecimal() else 0))

    async def _rerun(self, rest: str) -> None:
        number, _, how = rest.partition(" ")
        record = self._action(number, "/rerun 3")
        if how.strip() != "edit":
            self._house.send(Rerun(record.action))
            return
        code = await edit(
            self._house.surface, record.code, setting=self._house.editor, name=f"cell-{record.number}-again.py"
        )
        if code is None:
            self._house.surface.write(f"Nothing was changed; /rerun {record.number} runs it as it is.")
        else:
            self._house.send(Rerun(record.action, code))

    async def _output(self, rest: str) -> None:
        outputs = self._action(rest, "/output 3").outputs
        if outputs.blob is not None:
            await self._write_blob(outputs.blob)
            return
        text = draw_log(outputs, self._house.surface.colour)
        self._house.surface.write(text or "It has put nothing out.")

    async def _write_blob(self, name: str) -> None:
        """Write a cell's whole stream text, a piece at a time."""
        printer = CellPrinter(self._house.surface, self._house.session.transcript.veil)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        start = 0
        while data := await self._house.session.read_blob(name, start=start, length=_BLOB_BYTES):
            printer.output(StreamOutput("stdout", decoder.decode(data)))
            start += len(data)
        printer.finish(OutputLog())

    async def _rerun_missing(self, _: str) -> None:
        self._house.send(RerunCells("missing"))

    async def _rerun_stale(self, _: str) -> None:
        self._house.send(RerunCells("stale"))

    async def _run_all(self, rest: str) -> None:
        number = rest.strip("[]")
        if number and not (number.isascii() and number.isdigit() and len(number) < 7):
            self._house.surface.write("Say from which cell: /run-all 3")
            return
        self._house.send(RerunCells("all", action_id(int(number)) if number else None))

    async def _restart(self, rest: str) -> None:
        self._house.send(RestartKernel(rerun=rest == "rerun", cold=rest in {"cold", "--cold"}))

    async def _dry_run(self, rest: str) -> None:
        self._house.send(dry_run_wish(self._house.session.transcript, rest))

    async def _explore(self, rest: str) -> None:
        self._house.send(explore_wish(rest))

    async def _continue(self, _: str) -> None:
        self._house.send(Continue())

    async def _undo(self, rest: str) -> None:
        wish = travel_wish(rest)
        self._house.send(Undo(wish.conflicts, way=wish.way))

    async def _redo(self, rest: str) -> None:
        self._house.send(Redo(travel_wish(rest).conflicts))

    async def _rewind(self, rest: str) -> None:
        number, _, what = rest.partition(" ")
        record = self._action(number, "/rewind 3")
        point = before_cell(self._house.session.transcript, record.number)
        wish = travel_wish(what)
        if wish.preview:
            self._house.send(PreviewRewind(point.sequence))
        else:
            self._house.send(Rewind(point.sequence, wish.what, wish.conflicts, way=wish.way))

    async def _fork(self, rest: str) -> None:
        point = None
        if rest:
            point = before_cell(self._house.session.transcript, self._action(rest, "/fork 3").number).sequence
        self._house.send(Fork(point))

    async def _policy(self, rest: str) -> None:
        if not rest:
            self._house.surface.write(f"Policy: {self._house.session.transcript.policy}.")
            return
        if rest not in get_args(Policy):
            raise CodeActError(
                f"There is no policy {one_line(rest, 40)}.", remedy="Say ask, safe, sandbox, turn or all."
            )
        self._house.send(SetPolicy(cast("Policy", rest)))

    async def _model(self, rest: str) -> None:
        current = self._house.session.transcript.model
        if rest:
            if rest != current:
                self._house.send(SetModel(rest))
            return
        names = await self._house.desk.models()
        lines = [f"{'*' if name == current else ' '} {one_line(name)}" for name in names]
        self._house.surface.write("\n".join([f"Model: {one_line(current)}. What can be used now:", *lines]))

    async def _status(self, _: str) -> None:
        self._house.surface.write(self._house.summary())

    async def _new(self, _: str) -> None:
        await self._switch(None)

    async def _sessions(self, rest: str) -> None:
        desk, surface = self._house.desk, self._house.surface
        if rest and rest != "all":
            hits = await desk.search(rest)
            found = {hit.session.id: hit.session for hit in hits}
            sessions = list(found.values())
        else:
            sessions = await desk.sessions(everywhere=rest == "all")
        current = self._house.session.id
        surface.write(draw_sessions(sessions, current=current, colour=surface.colour, width=surface.width))
        if sessions:
            surface.write("Type /resume and a part of an id or title to open one.")

    async def _resume(self, rest: str) -> None:
        if not rest:
            await self._sessions("")
            return
        chosen = _choose(rest, await self._house.desk.sessions(everywhere=True))
        if chosen == self._house.session.id:
            self._house.surface.write("That session is open already.")
        else:
            await self._switch(chosen)

    async def _export(self, rest: str) -> None:
        for sentence in await self._house.desk.export(self._house.session.id, rest):
            self._house.surface.write(one_line(sentence, 4000))

    async def _rename(self, rest: str) -> None:
        if not rest:
            raise CodeActError("Which title?", remedy="Type /rename and the title.")
        self._house.send(RenameSession(rest))

    async def _exit(self, _: str) -> None:
        self._house.leave()

    async def _switch(self, session: SessionId | None) -> None:
        if self._house.busy:
            raise CodeActError("This session is still at work.", remedy="Stop it first, with Ctrl+C.")
        await self._house.switch(session)

    def _action(self, number: str, example: str) -> ActionRecord:
        actions = self._house.session.transcript.actions
        digits = number.strip().strip("[]")
        if not digits.isdecimal():
            raise CodeActError("Which cell?", remedy=f"Give its number: {example}.")
        record = actions.get(action_id(int(digits))) if len(digits) < 10 else None
        if record is None:
            raise CodeActError(f"There is no cell [{digits[:10]}].", remedy=f"So far: {plural(len(actions), 'cell')}.")
        return record


def _choose(part: str, sessions: list[SessionSummary]) -> SessionId:
    """Find the one session whose id begins or ends with the part, or whose title has it."""
    wanted = part.casefold()
    by_id = [session for session in sessions if session.id.startswith(wanted) or session.id.endswith(wanted)]
    found = by_id or [session for session in sessions if wanted in session.title.casefold()]
    exact = [session for session in found if wanted in {session.id, session.title.casefold()}]
    found = exact if len(exact) == 1 else found
    if not found:
        raise SessionNotFound(
            f"No session has {one_line(part, 40)} in its id or title.", remedy="/sessions all lists them."
        )
    if len(found) > 1:
        named = ", ".join(f"{session.id} ({one_line(session.title, 30)})" for session in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise SessionAmbiguous(f"That may be {named}{more}.", remedy="Give more of the id.")
    return found[0].id
