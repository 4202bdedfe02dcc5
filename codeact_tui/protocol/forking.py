"""Sessions that go on from a point of another one: what a front end asks for, and what is told."""

from msgspec import Struct

from codeact_tui.protocol.ids import SessionId

__all__ = ["Fork", "ForkMade", "Forked"]


class Fork(Struct, frozen=True, tag="fork"):
    """Go on from a point in a new session with a kernel of its own. This one stays as it is."""

    point: int | None = None
    """The sequence of the last event that is shared, see `session.points`; None for all of them."""


class Forked(Struct, frozen=True, tag="forked"):
    """Stored in the fork, as the first event of its own: what is before it was said and done in another session."""

    parent: SessionId
    title: str = ""
    """The other session's."""
    point: int = 0
    """The sequence of the last event that is shared."""
    later: bool = False
    """More had happened there by then, and the files are as that left them."""
    problem: str = ""
    """Why no variables are brought over: a sentence for the user; empty where some are, or there were none."""


class ForkMade(Struct, frozen=True, tag="fork_made"):
    """Answers `Fork`: the new session is there, and can be opened. Transient."""

    session: SessionId
