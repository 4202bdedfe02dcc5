"""Candidates for what is being typed: slash commands from the registry, variables, files of the session's folder."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from codeact_tui.protocol.events import CodeCompleted
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.actions import slash_matches
from codeact_tui.tui.prompting.completion import Candidate, Wanted, quoted_path
from codeact_tui.tui.prompting.files import list_files
from codeact_tui.tui.prompting.fuzzy import best
from codeact_tui.tui.widgets.variable_columns import in_short

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Suggestions"]

_SHOWN = 50
_NEWEST = 5
_FRESH_S = 10.0
_DEBOUNCE_S = 0.03


class Suggestions:
    """Finds candidates and offers them to the prompt.

    Args:
        screen: The screen that it serves.
    """

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._files: list[str] = []
        self._files_at = float("-inf")
        self._folder: Path | None = None

    def look(self, asked: Wanted) -> None:
        """Find candidates; for files in a thread, the newest question only."""
        if asked.kind == "command":
            self._screen.prompt.offer(asked, self._commands(asked.query))
        elif asked.kind == "python":
            self._screen.code_help.complete(asked.query, len(asked.query), partial(self._offer_python, asked))
        else:
            self._screen.run_worker(self._look_for_files(asked), group="files", exclusive=True)

    def _offer_python(self, asked: Wanted, event: CodeCompleted) -> None:
        kinds = event.kinds or ("",) * len(event.matches)
        self._screen.prompt.offer(
            asked,
            [
                Candidate(match, match, kind, replaces=len(asked.query) - event.start)
                for match, kind in zip(event.matches, kinds, strict=True)
            ],
        )
        if event.problem and not event.matches:
            self._screen.chrome.say(event.problem, "warning")

    def _commands(self, query: str) -> list[Candidate]:
        matches = slash_matches(self._screen.registry.actions, self._screen.situation())
        found = best(query, matches, lambda match: match[0], _SHOWN)
        return [
            Candidate(f"/{name}", f"/{name} {action.argument}".strip(), action.title, action.argument)
            for name, action in found
        ]

    async def _look_for_files(self, asked: Wanted) -> None:
        await asyncio.sleep(_DEBOUNCE_S)
        folder = Path(self._screen.transcript.folder or ".")
        if folder != self._folder or time.monotonic() - self._files_at > _FRESH_S:
            self._files = await asyncio.to_thread(list_files, folder)
            self._folder, self._files_at = folder, time.monotonic()
        found = await asyncio.to_thread(
            _named, asked.query.strip('"'), self._screen.variables.list.variables, self._files
        )
        self._screen.prompt.offer(asked, found)


def _named(query: str, variables: Sequence[Variable], files: Sequence[str]) -> list[Candidate]:
    """Find what `@` may name, the variables first; before anything is typed only the newest of them."""
    named = [each for each in variables if each.name.isidentifier()]
    items: list[Variable | str] = [*(named if query else named[:_NEWEST]), *files]
    found = best(query, items, lambda item: item if isinstance(item, str) else item.name, _SHOWN)
    return [
        Candidate(quoted_path(each), each)
        if isinstance(each, str)
        else Candidate(f"@{each.name}", each.name, in_short(each))
        for each in found
    ]
