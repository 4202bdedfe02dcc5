"""Tells of a cell what it would do, with what the cells before it have made known."""

import asyncio

from codeact_tui.effects.analysis import analyse, learn
from codeact_tui.effects.base import Analysis
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.transcript import ActionRecord, Transcript

__all__ = ["Foreteller"]

_QUICK_CHARS = 4000
"""What is longer is read in a thread."""


class Foreteller:
    """Reads cells before they run.

    Args:
        transcript: Grows as cells run; those of the kernel that runs now are learned from, each once.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._knowledge = Knowledge()
        self._learned: set[ActionId] = set()
        self._epoch = -1
        self.working = ""
        """Where the kernel's relative paths begin, when it was last asked; empty for the project's folder."""

    async def foretell(self, code: str) -> Analysis:
        """Tell what a cell would do."""
        new = self._new()
        if len(code) + sum(len(record.code) for record in new) <= _QUICK_CHARS:
            return self._read(code, new)
        return await asyncio.to_thread(self._read, code, new)

    def _new(self) -> list[ActionRecord]:
        """Give the cells that have run since the last time."""
        if self._epoch != self._transcript.epoch:
            self._epoch, self._knowledge = self._transcript.epoch, Knowledge()
            self._learned.clear()
        return [
            record
            for record in self._transcript.actions.values()
            if record.live and record.state == "finished" and record.action not in self._learned
        ]

    def _read(self, code: str, new: list[ActionRecord]) -> Analysis:
        for record in new:
            self._knowledge = learn(record.code, self._knowledge)
            self._learned.add(record.action)
        return analyse(code, self._knowledge)
