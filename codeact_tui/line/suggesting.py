"""What could stand at the prompt: commands and their arguments, Python names, files."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from codeact_tui.line.base import Suggestion
from codeact_tui.line.commands import COMMANDS, Command, find_command
from codeact_tui.line.words import first_line, one_line
from codeact_tui.protocol.events import CodeCompleted, Event, VariablesChanged, VariablesListed
from codeact_tui.protocol.ops import CompleteCode, Policy
from codeact_tui.session.base import Desk, Session

__all__ = ["Suggester"]

_ANSWER_S = 1.0
"""How long the kernel may take to complete a name."""
_MOST = 100
"""More suggestions help nobody."""
_FOLDER_ENTRIES = 5_000


@dataclass
class Suggester:
    """Completes lines.

    Attributes:
        desk: Knows models and sessions.
        session: Knows actions, and asks the kernel.
    """

    desk: Desk
    session: Session
    _names: dict[str, str] = field(default_factory=dict[str, str])
    _models: list[str] | None = None
    _asked: dict[int, "asyncio.Future[CodeCompleted]"] = field(
        default_factory=dict[int, "asyncio.Future[CodeCompleted]"]
    )
    _requests: int = 0

    def note(self, event: Event) -> None:
        """Learn the variables' names, and hear the kernel's answers."""
        match event:
            case VariablesListed() if not event.all:
                self._names = {variable.name: variable.type_name for variable in event.variables}
            case VariablesChanged():
                self._names.update({variable.name: variable.type_name for variable in (*event.added, *event.changed)})
                for name in event.removed:
                    self._names.pop(name, None)
            case CodeCompleted():
                future = self._asked.pop(event.request, None)
                if future is not None and not future.done():
                    future.set_result(event)
            case _:
                pass

    async def suggest(self, before: str) -> Sequence[Suggestion]:
        """Complete what stands before the cursor."""
        if before.startswith("!!"):
            return await self._files(before.rpartition(" ")[2].rpartition("!")[2])
        if before.startswith("!"):
            return await self._python(before[1:])
        if before.startswith("/"):
            return await self._command(before[1:])
        word = before.replace("\n", " ").rpartition(" ")[2]
        return await self._files(word[1:]) if word.startswith("@") else ()

    async def _command(self, before: str) -> Sequence[Suggestion]:
        name, space, rest = before.partition(" ")
        if not space:
            names = {command.name: command.says for command in COMMANDS}
            return _matching(name, names.items())
        command = find_command(name)
        return _matching(rest, await self._choices(command)) if command is not None else ()

    async def _choices(self, command: Command) -> Iterable[tuple[str, str]]:
        words = [(word, "") for word in command.words]
        match command.choice:
            case "policy":
                return [(policy, "") for policy in get_args(Policy)]
            case "model":
                if self._models is None:
                    self._models = await self.desk.models()
                return [(one_line(name), "") for name in self._models]
            case "session":
                return [(summary.id, one_line(summary.title, 60)) for summary in await self.desk.sessions()]
            case "variable":
                return [(one_line(name), one_line(kind, 40)) for name, kind in self._names.items()]
            case "action":
                records = self.session.transcript.actions.values()
                return [(str(record.number), first_line(record.code)) for record in records] + words
            case _:
                return words

    async def _python(self, code: str) -> Sequence[Suggestion]:
        self._requests += 1
        future = self._asked[self._requests] = asyncio.get_running_loop().create_future()
        self.session.send(CompleteCode(self._requests, code, len(code)))
        try:
            answer = await asyncio.wait_for(future, _ANSWER_S)
        except TimeoutError:
            return ()
        finally:
            self._asked.pop(self._requests, None)
        return [Suggestion(one_line(match), len(code) - answer.start) for match in answer.matches[:_MOST]]

    async def _files(self, typed: str) -> Sequence[Suggestion]:
        folder = Path(self.session.transcript.folder or ".")
        names = await asyncio.to_thread(_file_names, folder, typed)
        last = typed.rpartition("/")[2]
        return [Suggestion(name, len(last)) for name in names]


def _file_names(folder: Path, typed: str) -> list[str]:
    """List what is in the folder that was typed so far and begins like the rest, folders with a slash behind."""
    parent, _, last = typed.rpartition("/")
    start = Path("/") if typed.startswith("/") and not parent else folder / Path(parent).expanduser()
    found: list[str] = []
    try:
        with os.scandir(start) as entries:
            for _, entry in zip(range(_FOLDER_ENTRIES), entries, strict=False):
                hidden = entry.name.startswith(".") and not last.startswith(".")
                if entry.name.startswith(last) and not hidden and entry.name.isprintable():
                    found.append(f"{entry.name}/" if entry.is_dir() else entry.name)
    except OSError:
        return []
    return sorted(found)[:_MOST]


def _matching(typed: str, choices: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Keep the choices in which the typed characters stand in this order, those that begin with them first."""
    wanted = typed.lower()
    found = [(text, says) for text, says in choices if _stand_in(wanted, text.lower())]
    found.sort(key=lambda choice: not choice[0].lower().startswith(wanted))
    return [Suggestion(text, len(typed), says) for text, says in found[:_MOST]]


def _stand_in(wanted: str, text: str) -> bool:
    characters: Iterable[str] = iter(text)
    return all(character in characters for character in wanted)
