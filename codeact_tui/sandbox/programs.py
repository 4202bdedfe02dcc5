"""Which programs cells have started: what the supervisor tells, kept until it is asked for."""

from codeact_tui.protocol.records import ProgramStart

__all__ = ["Programs"]

_KEPT = 500
_PATH_CHARS = 1000
_WORDS = 40
_WORD_CHARS = 400


class Programs:
    """Keeps the newest starts, some hundreds of them, and counts the rest."""

    def __init__(self) -> None:
        self._starts: list[ProgramStart] = []
        self._more = 0

    def add(self, start: ProgramStart, missed: int = 0) -> None:
        """Take in one.

        Args:
            start: From the sandbox, bounded here.
            missed: How many before it could not be told of.
        """
        self._more += max(0, missed)
        if len(self._starts) >= _KEPT:
            self._more += 1
            return
        words = tuple(word[:_WORD_CHARS] for word in start.words[:_WORDS])
        self._starts.append(ProgramStart(start.path[:_PATH_CHARS], words))

    def news(self) -> tuple[tuple[ProgramStart, ...], int]:
        """Give those since the last call, and how many more there were."""
        starts, more = tuple(self._starts), self._more
        self._starts, self._more = [], 0
        return starts, more
