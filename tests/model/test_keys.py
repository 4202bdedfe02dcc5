"""A provider's key: where it is looked for, what goes wrong there, and that nothing says it."""

import asyncio
import functools
import logging
import os
import sys
import threading
from pathlib import Path

import pytest
from keyring.errors import InitError, KeyringLocked

from codeact_tui.config.kept_keys import KeptKeys
from codeact_tui.errors import ModelAuthFailed, ModelRefused
from codeact_tui.log import MaskingFormatter
from codeact_tui.model import in_keyring, keys
from codeact_tui.model.in_keyring import KeyringUnusable, forget_key, key_from_keyring, store_key, wait_for
from codeact_tui.model.keys import KeySource, key_from_command
from codeact_tui.paths import kept_keys_path
from tests.kernel.helpers import eventually

KEY = "planted-9f3a77c1"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))


class PromptDismissedException(Exception):
    """What Secret Service's client raises, which is not installed everywhere."""


class Keyring:
    """Stands in for the system's."""

    def __init__(self, kept: dict[str, str] | None = None, error: Exception | None = None) -> None:
        self.kept = kept or {}
        self.error = error
        self.asked: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append(username)
        if self.error is not None:
            raise self.error
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.error is not None:
            raise self.error
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


def printing(text: str) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stdout.write({text!r})"]


async def test_a_command_comes_before_the_environment_and_that_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring = Keyring({"B": "from-the-keyring"})
    monkeypatch.setattr(in_keyring, "_keyring", lambda: keyring)
    environment = {"A": " from-the-environment "}
    assert await KeySource(environment, ["A"], printing("from-a-command\nmore")).get() == "from-a-command"
    assert await KeySource(environment, ["B", "A"]).get() == "from-the-environment"
    assert keyring.asked == []
    source = KeySource(environment, ["C", "B"])
    assert [await source.get(), await source.get()] == ["from-the-keyring"] * 2
    assert keyring.asked == ["C", "B"]
    assert await KeySource(environment, []).get() == ""
    assert keyring.asked == ["C", "B"]


async def test_what_the_environment_holds_is_not_sent_along() -> None:
    environment = {"A": KEY}
    assert await KeySource(environment, ["A"]).elsewhere() == ""
    assert await KeySource(environment, ["A"], printing("other-key")).elsewhere() == "other-key"


class HangingKeyring(Keyring):
    """Waits to be unlocked by somebody."""

    def __init__(self, kept: dict[str, str]) -> None:
        super().__init__(kept)
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        self.unlocked.wait(60)
        return found


FAULTS = [
    (KeyringLocked(KEY), "is locked"),
    (PromptDismissedException(KEY), "is locked"),
    (InitError(KEY), "can't be used: InitError"),
    (RuntimeError(KEY), "can't be used: RuntimeError"),
]


@pytest.mark.parametrize(("error", "reason"), FAULTS)
async def test_a_keyring_that_fails_has_no_key_and_the_log_does_not_say_what_it_said(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(in_keyring, "_keyring", lambda: Keyring(error=error))
    assert await KeySource({}, ["A"]).get() == ""
    assert f"the keyring, which {reason}" in caplog.text
    assert KEY not in caplog.text
    for ask in (key_from_keyring, forget_key, functools.partial(store_key, value=KEY)):
        with pytest.raises(KeyringUnusable, match=f"^The keyring {reason}") as raised:
            ask("A")
        assert KEY not in raised.value.sentence


@pytest.mark.parametrize(("error", "reason"), FAULTS)
async def test_a_key_that_was_put_into_a_keyring_is_missed_until_that_opens(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = Keyring({"B": KEY}, error)
    monkeypatch.setattr(in_keyring, "_keyring", lambda: keyring)
    KeptKeys(kept_keys_path()).add("B")
    source = KeySource({}, ["A", "B"])
    with pytest.raises(ModelAuthFailed, match=f"^B is in the keyring, which {reason}") as raised:
        await source.get()
    assert KEY not in raised.value.sentence
    keyring.error = None
    assert await source.get() == KEY


async def test_a_keyring_that_hangs_is_given_up_and_waited_for_again_without_a_second_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring = HangingKeyring({"A": KEY})
    monkeypatch.setattr(in_keyring, "_keyring", lambda: keyring)
    KeptKeys(kept_keys_path()).add("A")
    source = KeySource({}, ["A"])
    monkeypatch.setattr(keys, "wait_for", functools.partial(wait_for, seconds=0.01))
    for _ in range(2):
        with pytest.raises(ModelAuthFailed, match=r"^A is in the keyring, which has not answered for 0\.01 s"):
            await source.get()
    monkeypatch.setattr(keys, "wait_for", wait_for)
    looking = asyncio.create_task(source.get())
    keyring.unlocked.set()
    assert await looking == KEY
    assert keyring.asked == ["A"]


def test_a_keyring_that_hangs_while_it_is_looked_for_does_not_hold_up_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlocked = threading.Event()
    monkeypatch.setattr(in_keyring, "_keyring", lambda: unlocked.wait(60) and Keyring())
    for ask in (key_from_keyring, forget_key):
        with pytest.raises(KeyringUnusable, match=r"has not answered for 0\.01 s"):
            ask("A", seconds=0.01)
    with pytest.raises(KeyringUnusable, match=r"has not answered for 0\.01 s"):
        store_key("A", KEY, seconds=0.01)
    unlocked.set()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nonexistent/program"], "can't be run: No such file or directory"),
        (["\0"], "can't be run"),
        ([sys.executable, "-c", f"print({KEY!r}); raise SystemExit(3)"], "ended with 3"),
        (printing(""), "printed no key"),
        (printing("\n" + KEY), "printed no key"),
        (printing("\x1b[31m" + KEY), "printed no key"),
        ([sys.executable, "-c", "import time; time.sleep(600)"], "took longer than 0.2 s"),
        ([sys.executable, "-c", "while True: print('x' * 9999, end='')"], "prints too much"),
    ],
)
async def test_a_command_that_gives_no_key_is_one_clear_line(command: list[str], said: str) -> None:
    with pytest.raises(ModelAuthFailed, match=said) as raised:
        await key_from_command(command, {}, seconds=0.2 if "longer" in said else 120)
    assert KEY not in raised.value.sentence


async def test_a_command_that_is_given_up_is_ended(tmp_path: Path) -> None:
    code = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    looking = asyncio.create_task(KeySource({}, [], [sys.executable, "-c", code]).get())
    await eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_provider_that_repeats_the_key_does_not_bring_it_into_the_session() -> None:
    source = KeySource({"A": KEY}, ["A"])
    await source.get()
    error = source.hide(ModelRefused(f"It said: Bearer {KEY} is wrong."))
    assert (error.message, str(error)) == ("It said: Bearer [masked] is wrong.",) * 2


async def test_what_looks_like_no_key_is_kept_out_of_the_log_all_the_same() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter())
    logging.getLogger().addHandler(handler)
    try:
        await KeySource({"A": KEY}, ["A"]).get()
        record = logging.LogRecord("x", logging.INFO, "", 0, "said %s", (KEY,), None)
        assert handler.format(record).endswith("said [masked]")
    finally:
        logging.getLogger().removeHandler(handler)
