"""Providers' keys in the system's keyring: asked in a thread of its own and for so long, as it may wait or hang.

A keyring is a service of the desktop: it may be locked and show a window, whose password nobody types; it may be gone,
in a session without D-Bus; it may not answer at all. None of these may hold up what codeact does, nor its end.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar, cast

from codeact_tui.errors import ConfigError

__all__ = ["KeyringUnusable", "ask_for", "forget_key", "key_from_keyring", "store_key", "wait_for"]

_SERVICE = "codeact"
"""What keys are filed under in the system's keyring, each by the name of its environment variable."""
_ANSWER_S = 60.0
"""Time enough to type the password of a keyring that is locked."""
_ELSEWHERE = "Set the key in the environment instead, or use model.api_key_command."
_Found = TypeVar("_Found")


class KeyringUnusable(ConfigError):
    """The keyring can't be asked now, so that nobody knows what it holds.

    Args:
        reason: What is the matter with it, as it goes on after "The keyring …" and "the keyring, which …".
        remedy: What to do.
        sentence: What is said instead, where the reason alone would be less clear.
    """

    def __init__(self, reason: str, *, remedy: str, sentence: str = "") -> None:
        super().__init__(sentence or f"The keyring {reason}.", remedy=remedy)
        self.reason = reason


class _Keyring(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def key_from_keyring(name: str, *, seconds: float = _ANSWER_S) -> str:
    """Look a key up; empty where the keyring has none. Blocks.

    Raises:
        KeyringUnusable: There is no keyring, it is locked, fails or does not answer.
    """
    return _within(seconds, lambda: _look_up(name))


def store_key(name: str, value: str, *, seconds: float = _ANSWER_S) -> None:
    """Keep a key in the system's keyring. Blocks.

    Raises:
        KeyringUnusable: There is no keyring, or it does not take it.
    """
    _within(seconds, lambda: _keyring().set_password(_SERVICE, name, value))


def forget_key(name: str, *, seconds: float = _ANSWER_S) -> bool:
    """Remove a key from the system's keyring; say whether it was there. Blocks.

    Raises:
        KeyringUnusable: There is no keyring, or it can't be changed.
    """

    def forget() -> bool:
        keyring = _keyring()
        if keyring.get_password(_SERVICE, name) is None:
            return False
        keyring.delete_password(_SERVICE, name)
        return True

    return _within(seconds, forget)


def ask_for(name: str) -> Future[str]:
    """Begin to look a key up; `wait_for` gives what came of it."""
    return _begin(lambda: _look_up(name))


async def wait_for(asked: Future[str], *, seconds: float = _ANSWER_S) -> str:
    """Give what was looked up; one that has not come in time may be waited for again.

    Raises:
        KeyringUnusable: There is no keyring, it is locked, fails or does not answer.
    """
    try:
        return await asyncio.wait_for(asyncio.wrap_future(asked), seconds)
    except TimeoutError:
        raise _silent(seconds) from None


def _look_up(name: str) -> str:
    return (_keyring().get_password(_SERVICE, name) or "").strip()


def _within(seconds: float, work: Callable[[], _Found]) -> _Found:
    try:
        return _begin(work).result(seconds)
    except TimeoutError:
        raise _silent(seconds) from None


def _begin(work: Callable[[], _Found]) -> Future[_Found]:
    """Do it in a thread that holds up nobody's end; its errors are ours."""
    done: Future[_Found] = Future()
    done.set_running_or_notify_cancel()  # who stops waiting does not stop the keyring

    def run() -> None:
        try:
            found = work()
        except Exception as error:  # the thread's root; a keyring's backend may raise anything
            done.set_exception(_translated(error))
        else:
            done.set_result(found)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return done


def _translated(error: Exception) -> KeyringUnusable:
    """Say what is the matter, without a word of the backend's: it may repeat the key."""
    if isinstance(error, KeyringUnusable):
        return error
    kind = type(error).__name__
    if "Locked" in kind or "Dismissed" in kind:
        return KeyringUnusable("is locked", remedy="Unlock it and try again, or set the key in the environment.")
    return KeyringUnusable(f"can't be used: {kind}", remedy=_ELSEWHERE)


def _silent(seconds: float) -> KeyringUnusable:
    remedy = "It may wait in a window of its own to be unlocked; or set the key in the environment."
    return KeyringUnusable(f"has not answered for {seconds:g} s", remedy=remedy)


def _keyring() -> _Keyring:
    """Give the system's keyring.

    Raises:
        KeyringUnusable: The package is not installed, or the system has none that is safe.
    """
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        raise KeyringUnusable(
            "needs the package keyring",
            remedy="Install it with codeact: pip install 'codeact-tui[keyring]'.",
            sentence="The package keyring is not installed.",
        ) from None
    found = cast("Any", keyring.get_keyring())
    if isinstance(found, (fail.Keyring, null.Keyring)):
        raise KeyringUnusable(
            "can't be reached from here",
            remedy=_ELSEWHERE,
            sentence="This system has no keyring that codeact can use.",
        )
    return cast("_Keyring", found)
