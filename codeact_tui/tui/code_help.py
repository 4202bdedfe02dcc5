"""Asks the kernel what may stand at the cursor, and how a call goes on; hands the newest answer to who asked."""

from collections.abc import Callable

from codeact_tui.protocol.events import CodeCompleted, CodeInspected
from codeact_tui.protocol.ops import CompleteCode, InspectCode, Op
from codeact_tui.tui.later import Later

__all__ = ["CodeHelp"]

_COMPLETE_AFTER_S = 0.06
_INSPECT_AFTER_S = 0.15
_CODE_CHARS = 200_000
"""Longer code is not sent for every key."""


class CodeHelp:
    """Asks one question of each kind at a time: the newest, once the typing pauses.

    Args:
        send: Takes what is asked.
        later: Calls a function after so many seconds, unless it is called off.
        say: Shows the user a sentence.
    """

    def __init__(
        self,
        send: Callable[[Op], None],
        later: Callable[[float, Callable[[], None]], Later],
        say: Callable[[str], None],
    ) -> None:
        self.say = say
        self._send = send
        self._later = later
        self._requests = 0
        self._completing: tuple[int, Callable[[CodeCompleted], None]] | None = None
        self._inspecting: tuple[int, Callable[[CodeInspected], None]] | None = None
        self._timers: dict[str, Later] = {}

    def complete(self, code: str, cursor: int, answer: Callable[[CodeCompleted], None], *, now: bool = False) -> None:
        """Ask for what may stand at the cursor.

        Args:
            code: All of it.
            cursor: In characters.
            answer: Takes the answer, unless something else has been asked since.
            now: Do not wait for the typing to pause.
        """
        request = self._next()
        self._completing = request, answer
        self._ask("complete", CompleteCode(request, code, cursor), 0.0 if now else _COMPLETE_AFTER_S)

    def inspect(self, code: str, cursor: int, answer: Callable[[CodeInspected], None]) -> None:
        """Ask about the call that the cursor is in."""
        request = self._next()
        self._inspecting = request, answer
        self._ask("inspect", InspectCode(request, code, cursor), _INSPECT_AFTER_S)

    def forget(self) -> None:
        """Want no more answers."""
        self._completing = self._inspecting = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def take(self, event: CodeCompleted | CodeInspected) -> None:
        """Hand an answer on."""
        match event:
            case CodeCompleted():
                if self._completing is not None and self._completing[0] == event.request:
                    self._completing[1](event)
            case CodeInspected():
                if self._inspecting is not None and self._inspecting[0] == event.request:
                    self._inspecting[1](event)

    def _next(self) -> int:
        self._requests += 1
        return self._requests

    def _ask(self, kind: str, op: CompleteCode | InspectCode, after_s: float) -> None:
        timer = self._timers.pop(kind, None)
        if timer is not None:
            timer.cancel()
        if len(op.code) > _CODE_CHARS:
            return
        if after_s:
            self._timers[kind] = self._later(after_s, lambda: self._send(op))
        else:
            self._send(op)
