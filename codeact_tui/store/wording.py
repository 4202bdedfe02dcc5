"""The store's errors in words, the same for every adapter."""

from codeact_tui.errors import SessionLocked, SessionNotFound, StoreError

__all__ = ["no_such_session", "session_closed", "session_gone", "session_locked", "store_closed"]

_SHOWN_CHARS_MAX = 60


def no_such_session(part: str) -> SessionNotFound:
    """Say that nothing has this id or title."""
    return SessionNotFound(
        f"There is no session {part[:_SHOWN_CHARS_MAX]!r}.", remedy="`codeact sessions list --all` shows them all."
    )


def session_locked(holder: int | None) -> SessionLocked:
    """Say that a session can't be written, and which process holds it, where that is known."""
    where = "elsewhere, or only to look at" if holder is None else f"in another codeact (process {holder})"
    return SessionLocked(f"The session is open {where}.", remedy="Close it there, then open it here again.")


def session_gone() -> StoreError:
    """Say that a session was deleted under its journal."""
    return StoreError(
        "This session is no longer in the store.", remedy="It was deleted or moved away; start a new session."
    )


def session_closed() -> StoreError:
    """Say that a journal is closed."""
    return StoreError("The session is closed.", remedy="Open it again.")


def store_closed() -> StoreError:
    """Say that the catalog is closed."""
    return StoreError("The session store is closed.", remedy="Start codeact again.")
