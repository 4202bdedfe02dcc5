"""A provider's key: where it is looked for, what goes wrong there, and that nothing says it."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import pytest

from codeact_tui.errors import ModelAuthFailed, ModelRefused
from codeact_tui.log import MaskingFormatter
from codeact_tui.model import keys
from codeact_tui.model.keys import KeySource, key_from_command
from tests.kernel.helpers import eventually

KEY = "planted-9f3a77c1"


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


def printing(text: str) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stdout.write({text!r})"]


async def test_a_command_comes_before_the_environment_and_that_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring = Keyring({"B": "from-the-keyring"})
    monkeypatch.setattr(keys, "_keyring", lambda: keyring)
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


@pytest.mark.parametrize("error", [RuntimeError(KEY), OSError("locked")])
async def test_a_keyring_that_fails_has_no_key_and_the_log_does_not_say_what_it_said(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keys, "_keyring", lambda: Keyring(error=error))
    assert await KeySource({}, ["A"]).get() == ""
    assert type(error).__name__ in caplog.text
    assert KEY not in caplog.text


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
        await key_from_command(command, {}, seconds=0.2 if "longer" in said else 30)
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
