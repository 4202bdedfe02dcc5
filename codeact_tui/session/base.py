"""The ports that a front end is given: a session, and the desk that opens sessions."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Op
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import SearchHit, SessionSummary

__all__ = ["Desk", "Listener", "ModelOffer", "Session"]

Listener = Callable[[Sequence[Envelope]], None]
"""Takes events in order, on the event loop, a few at a time. Must not block."""


class ModelOffer(Struct, frozen=True):
    """A model that can be chosen now."""

    name: str
    why: str = ""
    """What makes it usable, in a few words."""


class Session(Protocol):
    """One conversation with its kernel."""

    @property
    def id(self) -> SessionId:
        """The session's id."""
        ...

    @property
    def writable(self) -> bool:
        """False where the session is open in another process: Ops that would change it are refused."""
        ...

    @property
    def transcript(self) -> Transcript:
        """All that was said and done so far; grows as events come. Read it, never change it."""
        ...

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on.

        Returns:
            A function that ends it.
        """
        ...

    def send(self, op: Op) -> None:
        """Ask for something. Returns at once; what comes of it comes as events, `Failed` included."""
        ...

    async def read_blob(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Give a part of what was put aside: see `OutputTruncated.blob`."""
        ...

    async def close(self) -> None:
        """As `Shutdown`, and wait for its end. May be called twice."""
        ...


class Desk(Protocol):
    """Opens sessions, lists them, knows which models there are."""

    async def open(self, session: SessionId | None = None) -> Session:
        """Open a session, or make one; its kernel starts in the background.

        Raises:
            StoreError: It is not there, or can't be read or written.
        """
        ...

    async def sessions(self, *, everywhere: bool = False) -> list[SessionSummary]:
        """List the sessions of this folder, or all."""
        ...

    async def search(self, query: str) -> list[SearchHit]:
        """Search in all sessions."""
        ...

    async def rename(self, session: SessionId, title: str) -> None:
        """Give a session a title."""
        ...

    async def delete(self, session: SessionId) -> None:
        """Remove a session for good."""
        ...

    async def models(self) -> list[str]:
        """Name the models that can be used now."""
        ...

    async def offers(self, *, unasked: bool = False) -> list[ModelOffer]:
        """Say which models can be used now, and why, the demo last.

        Args:
            unasked: Only if the user has not decided yet: none where the settings name a model, where there is nothing
                but the demo, or where nothing is new since the user put the choice off.
        """
        ...

    async def put_off(self) -> None:
        """Offer nothing unasked until another model is found than now."""
        ...

    async def remember(self, setting: str, value: str) -> str:
        """Keep a choice in the user's own settings.

        Args:
            setting: Section and name: `interface.theme`.
            value: What was chosen.

        Returns:
            A sentence that says where it is kept, and what overrules it here.

        Raises:
            ConfigError: It can't be kept.
        """
        ...

    async def export(self, session: SessionId, words: str) -> tuple[str, ...]:
        """Write a session in another form.

        Args:
            session: Which.
            words: What follows `/export`: a format, a file, flags.

        Returns:
            Sentences: where it is written, what was replaced.

        Raises:
            CodeActError: The words can't be read, or the file can't be written.
        """
        ...

    async def close(self) -> None:
        """Close what the desk holds open."""
        ...
