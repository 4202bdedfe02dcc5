"""Identifiers: of sessions, turns and actions."""

import time
from typing import NewType

__all__ = ["ActionId", "SessionId", "action_id", "action_number", "code_sha256", "new_session_id"]

SessionId = NewType("SessionId", str)
"""Sorts by time of creation: 8 characters of seconds, 6 of chance, of [0-9a-z]."""

ActionId = NewType("ActionId", str)
"""`a1`, `a2`, … in the order of proposal; the number is what the screen shows as `[1]`."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_session_id(now_s: float | None = None) -> SessionId:
    """Make an id that sorts after those made in earlier seconds.

    Args:
        now_s: Seconds since the epoch; None for now.
    """
    import secrets  # brings OpenSSL along, which nothing before the first paint needs

    seconds = int(time.time() if now_s is None else now_s)
    chance = "".join(secrets.choice(_DIGITS) for _ in range(6))
    return SessionId(_base36(seconds).rjust(8, "0") + chance)


def action_id(number: int) -> ActionId:
    """Name the action that is the session's `number`-th, counted from 1."""
    return ActionId(f"a{number}")


def action_number(action: ActionId) -> int:
    """Give the number that the screen shows in brackets."""
    return int(action[1:])


def code_sha256(code: str) -> str:
    """Hash the code that an approval is bound to, as 64 hex digits."""
    import hashlib

    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _base36(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits
