"""Where a provider's key comes from: a command, the environment, the system's keyring. Values are never logged."""

import asyncio
import contextlib
import logging
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from codeact_tui.errors import ConfigError, ModelAuthFailed, ModelError
from codeact_tui.log import keep_out_of_log

__all__ = ["KeySource", "forget_key", "key_from_command", "key_from_keyring", "store_key"]

_log = logging.getLogger(__name__)

_SERVICE = "codeact"
"""What keys are filed under in the system's keyring, each by the name of its environment variable."""
_COMMAND_S = 60.0
_PRINTED_BYTES = 100_000
_HIDDEN_CHARS_MIN = 6
_INSTALL = "Install it with codeact: pip install 'codeact-tui[keyring]'."


class _Keyring(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeySource:
    """Looks for a key when it is first needed, and keeps it in memory.

    Args:
        environment: Where it is looked for, unless a command gives it.
        names: The variables that may hold it; in the keyring it is filed under one of these names.
        command: Prints it, as its first line; asked before the environment.
    """

    def __init__(self, environment: Mapping[str, str], names: Sequence[str], command: Sequence[str] = ()) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._names = tuple(names)
        self._key: str | None = None
        self._looking = asyncio.Lock()

    async def get(self) -> str:
        """Give the key; empty where there is none.

        Raises:
            ModelAuthFailed: The command that should give it does not.
        """
        async with self._looking:
            if self._key is None:
                self._key = await self._look()
                keep_out_of_log(self._key)
            return self._key

    async def elsewhere(self) -> str:
        """Give the key where it is not in the environment; empty where it is, or there is none.

        Raises:
            ModelAuthFailed: The command that should give it does not.
        """
        key = await self.get()
        return "" if not self._command and self._in_environment() else key

    def hide(self, error: ModelError) -> ModelError:
        """Take the key out of what a provider says of it, which is kept with the session."""
        if self._key and len(self._key) >= _HIDDEN_CHARS_MIN:
            error.message = error.message.replace(self._key, "[masked]")
            error.args = (error.message,)
        return error

    async def _look(self) -> str:
        if self._command:
            return await key_from_command(self._command, self._environment)
        found = self._in_environment()
        return found or (await _aside(lambda: _first_in_keyring(self._names)) if self._names else "")

    def _in_environment(self) -> str:
        return next(filter(None, (self._environment.get(name, "").strip() for name in self._names)), "")


async def key_from_command(
    command: Sequence[str], environment: Mapping[str, str], *, seconds: float = _COMMAND_S
) -> str:
    """Run a program that prints a key, and give the first line of it. No shell is started.

    Raises:
        ModelAuthFailed: It can't be run, fails, takes too long or prints nothing. What it printed is not said.
    """
    what = f"model.api_key_command: {command[0]}"
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ModelAuthFailed(f"{what} can't be run: {reason}.", remedy="Correct it.") from None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            printed = await _all_of(process.stdout)
            code = await process.wait() if printed is not None else 0
    except TimeoutError:
        remedy = "Run it yourself once; it may want to be unlocked."
        raise ModelAuthFailed(f"{what} took longer than {seconds:g} s.", remedy=remedy) from None
    finally:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())
    if printed is None:
        raise ModelAuthFailed(f"{what} prints too much.", remedy="It has to print the key alone.")
    if code:
        raise ModelAuthFailed(f"{what} ended with {code}.", remedy="Run it yourself to see what is wrong.")
    key = printed.decode("utf-8", "replace").partition("\n")[0].strip()
    if not key or not key.isprintable() or "\ufffd" in key:
        raise ModelAuthFailed(f"{what} printed no key.", remedy="It has to be its first line.")
    return key


async def _all_of(stream: asyncio.StreamReader) -> bytes | None:
    """Read to the end; give None where there is more than a key could need."""
    found = b""
    while piece := await stream.read(_PRINTED_BYTES):
        found += piece
        if len(found) >= _PRINTED_BYTES:
            return None
    return found


def key_from_keyring(name: str) -> str:
    """Look a key up in the system's keyring; empty where there is none, or no keyring. Blocks."""
    try:
        return (_keyring().get_password(_SERVICE, name) or "").strip()
    except ConfigError:
        return ""
    except Exception as error:  # a keyring's backend may raise anything: its service may be gone, or locked
        _log.warning("the keyring can't be read: %s", type(error).__name__)
        return ""


def store_key(name: str, value: str) -> None:
    """Keep a key in the system's keyring. Blocks.

    Raises:
        ConfigError: There is no keyring, or it does not take it.
    """
    keyring = _keyring()
    try:
        keyring.set_password(_SERVICE, name, value)
    except Exception as error:  # as above
        raise ConfigError(f"The keyring does not take it: {type(error).__name__}.", remedy="Is it unlocked?") from None


def forget_key(name: str) -> bool:
    """Remove a key from the system's keyring; say whether it was there. Blocks.

    Raises:
        ConfigError: There is no keyring, or it can't be changed.
    """
    keyring = _keyring()
    try:
        if keyring.get_password(_SERVICE, name) is None:
            return False
        keyring.delete_password(_SERVICE, name)
    except Exception as error:  # as above
        raise ConfigError(f"The keyring can't be changed: {type(error).__name__}.", remedy="Is it unlocked?") from None
    return True


async def _aside(work: Callable[[], str]) -> str:
    """Do it in a thread that holds up nobody's end: a keyring may wait for the user to unlock it."""
    loop, found = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def settle(key: str) -> None:
        if not found.done():
            found.set_result(key)

    def run() -> None:
        key = work()
        with contextlib.suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(settle, key)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return await found


def _first_in_keyring(names: Sequence[str]) -> str:
    found = (key_from_keyring(name) for name in names)
    return next((key for key in found if key), "")


def _keyring() -> _Keyring:
    """Give the system's keyring.

    Raises:
        ConfigError: The package is not installed, or the system has none that is safe.
    """
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        raise ConfigError("The package keyring is not installed.", remedy=_INSTALL) from None
    found = cast("Any", keyring.get_keyring())
    if isinstance(found, (fail.Keyring, null.Keyring)):
        remedy = "Set the key in the environment instead, or use model.api_key_command."
        raise ConfigError("This system has no keyring that codeact can use.", remedy=remedy)
    return cast("_Keyring", found)
