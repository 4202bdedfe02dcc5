"""Where a provider's key comes from: a command, the environment, the keyring. Values are never logged."""

import asyncio
import logging
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.errors import ModelAuthFailed, ModelError
from codeact_tui.log import keep_out_of_log
from codeact_tui.model.in_keyring import KeyringUnusable, ask_for, wait_for
from codeact_tui.paths import kept_keys_path

__all__ = ["KeySource", "key_from_command"]

_log = logging.getLogger(__name__)

_COMMAND_S = 60.0
_PRINTED_BYTES = 100_000
_HIDDEN_CHARS_MIN = 6


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
        self._asked: dict[str, Future[str]] = {}

    async def get(self) -> str:
        """Give the key; empty where there is none.

        Raises:
            ModelAuthFailed: The command that should give it does not, or the keyring that has it.
        """
        async with self._looking:
            if self._key is None:
                self._key = await self._look()
                keep_out_of_log(self._key)
            return self._key

    async def elsewhere(self) -> str:
        """Give the key where it is not in the environment; empty where it is, or there is none.

        Raises:
            ModelAuthFailed: The command that should give it does not, or the keyring that has it.
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
        return self._in_environment() or await self._in_keyring()

    async def _in_keyring(self) -> str:
        """Give the first that is there. Where the keyring can't be asked, a key that was put there is missed."""
        try:
            for name in self._names:
                if key := await self._kept_as(name):
                    return key
        except KeyringUnusable as trouble:
            kept = await asyncio.to_thread(KeptKeys(kept_keys_path()).names)
            if missed := next((name for name in self._names if name in kept), ""):
                what = f"{missed} is in the keyring, which {trouble.reason}."
                raise ModelAuthFailed(what, remedy=trouble.remedy) from None
            _log.warning("no key is looked for in the keyring, which %s", trouble.reason)
        return ""

    async def _kept_as(self, name: str) -> str:
        """Ask the keyring. One that is still to be unlocked is waited for again, not asked a second time."""
        asked = self._asked.pop(name, None) or ask_for(name)
        try:
            return await wait_for(asked)
        finally:
            if not asked.done():
                self._asked[name] = asked

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
