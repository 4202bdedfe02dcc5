"""All that belongs to one open session on the screen."""

from collections.abc import Callable, Coroutine
from typing import Any

from codeact_tui.line.base import Ask, Surface
from codeact_tui.line.deciding import Questions
from codeact_tui.line.progress import Progress
from codeact_tui.line.suggesting import Suggester
from codeact_tui.line.telling import Teller
from codeact_tui.line.words import Palette, plural
from codeact_tui.protocol.events import Event
from codeact_tui.protocol.ops import Op
from codeact_tui.session.base import Desk, Listener, Session
from codeact_tui.session.entries import PromptEntry
from codeact_tui.session.recovery import rerunnable

__all__ = ["Room"]

_REPLAYED = 60
"""How many entries of an earlier time are drawn again."""
_REMEMBERED = 500


class Room:
    """One session: what is told, asked, followed and suggested.

    Args:
        surface: Where it is shown.
        desk: For suggestions.
        session: What is shown.
        send: Sends an Op.
        work: Runs something that takes its time.
        editor: The configured editor, or empty.
    """

    def __init__(
        self,
        surface: Surface,
        desk: Desk,
        session: Session,
        send: Callable[[Op], None],
        work: Callable[[Coroutine[Any, Any, None]], None],
        editor: str,
    ) -> None:
        self.session = session
        self.progress = Progress()
        self.suggester = Suggester(desk, session)
        self._surface = surface
        self._teller = Teller(surface, session.transcript)
        self.questions = Questions(surface, self._teller, session.transcript, send, work, editor)
        self._stop_listening: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Something goes on or is asked."""
        return self.progress.busy or self.questions.ask() is not None

    def enter(self, listener: Listener) -> None:
        """Draw what was said and done so far, and hear what comes."""
        transcript = self.session.transcript
        entries = transcript.entries
        if len(entries) > _REPLAYED:
            earlier = plural(len(entries) - _REPLAYED, "earlier entry").replace("entrys", "entries")
            self._surface.write(f"[… {earlier}: codeact sessions show {self.session.id} …]")
        for entry in entries[-_REPLAYED:]:
            self._teller.replay(entry)
        self._surface.remember([entry.text for entry in entries if isinstance(entry, PromptEntry)][-_REMEMBERED:])
        self._offer()
        self._stop_listening = self.session.listen(listener)

    def leave(self) -> None:
        """Hear no more."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def note(self, event: Event) -> None:
        """Draw an event and follow it."""
        self._teller.tell(event)
        self.questions.note(event)
        self.progress.note(event)
        self.suggester.note(event)

    def ask(self, *, working: bool) -> Ask:
        """Say what is wanted from the user now.

        Args:
            working: A command is being done.
        """
        if working:
            return Ask("busy", "one moment")
        question = self.questions.ask()
        if question is not None:
            return question
        if self.progress.busy:
            return Ask("busy", f"{self.progress.doing} · Ctrl+C stops")
        return Ask("prompt")

    def _offer(self) -> None:
        """Say what an earlier session lacks now."""
        if not self.session.writable:
            self._surface.write(
                "This session is open in another codeact: here it can only be looked at. /new starts one of your own."
            )
            return
        count = len(rerunnable(self.session.transcript))
        if count:
            palette = Palette(self._surface.colour)
            self._surface.write(
                palette.asking(
                    f"The variables of {plural(count, 'cell')} are gone: /restart rerun runs the approved cells again."
                )
            )
