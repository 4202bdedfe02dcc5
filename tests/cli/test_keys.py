"""`codeact keys`: into the keyring and out of it; a key is never shown, and no argument."""

import io
import json
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.errors import KeyringLocked

from codeact_tui.cli import keys
from codeact_tui.cli.app import keys_app
from codeact_tui.paths import data_dir
from tests.cli.commands import codeact
from tests.keyring_file import FileKeyring

KEY = "sk-proj-Zq3v9K1xWm7Tt0Rb5Yc8Dn2Lf4Hs6Gj1Pk9Qa3Ue"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keyring, "get_keyring", FileKeyring)
    return tmp_path / "keyring"


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_key_goes_in_is_listed_by_name_and_goes_out(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"  {KEY}\nmore\n")
    outcome = codeact(capsys, "keys", "set", "openai")
    assert (outcome.code, outcome.out) == (
        0,
        "OPENAI_API_KEY is in the keyring. `codeact keys remove openai` takes it out.\n",
    )
    assert json.loads(kept.read_text("utf-8")) == {"codeact OPENAI_API_KEY": KEY}
    assert codeact(capsys, "keys", "list").out == "OPENAI_API_KEY  keyring\n"
    assert "openai/gpt-4.1" in (listed := codeact(capsys, "models").out)
    assert "OPENAI_API_KEY is in the keyring" in listed
    kept_there = "".join(path.read_text("utf-8") for path in data_dir().iterdir())
    assert KEY not in kept_there
    assert codeact(capsys, "keys", "remove", "OPENAI_API_KEY").out == "OPENAI_API_KEY is no longer in the keyring.\n"
    assert codeact(capsys, "keys", "list").out.startswith("There are none.")
    assert codeact(capsys, "keys", "remove", "openai").code == 1


def test_on_a_terminal_it_is_asked_for_unseen(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def ask(prompt: str) -> str:
        assert prompt == "MY_SERVER_KEY: "
        return KEY

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(keys.getpass, "getpass", ask)
    assert KEY not in codeact(capsys, "keys", "set", "MY_SERVER_KEY").out
    assert json.loads(kept.read_text("utf-8")) == {"codeact MY_SERVER_KEY": KEY}


def test_no_command_takes_a_key_as_an_argument() -> None:
    for command in keys_app.registered_commands:
        assert command.callback is not None
        assert set(command.callback.__annotations__) <= {"which", "as_json", "return"}


@pytest.mark.parametrize("text", ["", "\n", "short\n", "two words here\n", "\x1b[31mred-red-red\n"])
def test_what_is_no_key_is_not_kept(
    text: str, kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, text)
    outcome = codeact(capsys, "keys", "set", "openai")
    assert (outcome.code, outcome.out) == (1, "")
    assert "That is no key." in outcome.err
    assert not kept.exists()


def test_a_name_that_is_none_and_a_system_without_a_keyring_are_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nonesuch is no provider" in codeact(capsys, "keys", "set", "nonesuch").err
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    typed(monkeypatch, KEY + "\n")
    outcome = codeact(capsys, "keys", "set", "openai")
    assert "This system has no keyring that codeact can use." in outcome.err
    assert codeact(capsys, "keys", "list").code == 0


def test_one_that_went_away_by_itself_is_said(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, KEY + "\n")
    codeact(capsys, "keys", "set", "openai")
    kept.unlink()
    assert codeact(capsys, "keys", "list").out == "OPENAI_API_KEY  keyring, gone from it\n"


def test_a_keyring_that_is_locked_is_asked_once_and_not_said_to_have_lost_anything(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for which in ("openai", "anthropic"):
        typed(monkeypatch, KEY + "\n")
        codeact(capsys, "keys", "set", which)
    asked: list[str] = []

    class LockedKeyring(FileKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            asked.append(username)
            raise KeyringLocked(KEY)

    monkeypatch.setattr(keyring, "get_keyring", LockedKeyring)
    outcome = codeact(capsys, "keys", "list")
    rows = "ANTHROPIC_API_KEY  keyring, which is locked\nOPENAI_API_KEY     keyring, which is locked\n"
    assert (outcome.code, outcome.out, asked) == (1, rows, ["ANTHROPIC_API_KEY"])
    assert "The keyring is locked. Unlock it and try again" in outcome.err
    outcome = codeact(capsys, "keys", "list", "--json")
    assert [each["where"] for each in json.loads(outcome.out)] == ["keyring, which is locked"] * 2
    assert "The keyring is locked." in (removed := codeact(capsys, "keys", "remove", "openai")).err
    assert KEY not in outcome.err + removed.err
    monkeypatch.setattr(keyring, "get_keyring", FileKeyring)
    assert codeact(capsys, "keys", "list").out == "ANTHROPIC_API_KEY  keyring\nOPENAI_API_KEY     keyring\n"


def test_doctor_names_what_is_kept_and_what_stands_in_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typed(monkeypatch, KEY + "\n")
    codeact(capsys, "keys", "set", "openai")
    settings = tmp_path / "home" / "config" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[model]\nname = "openai/gpt-4.1"\napi_key_command = ["echo", "{KEY}"]\n', "utf-8")
    outcome = codeact(capsys, "doctor", "-C", str(tmp_path))
    assert "in the system's keyring: OPENAI_API_KEY" in outcome.out
    assert "config.toml:3: model.api_key_command holds what looks like a key." in outcome.out
    assert "openai/gpt-4.1, with the key that echo prints" in outcome.out
    assert KEY not in outcome.out + outcome.err
    settings.write_text(f'[model]\napi_key = "{KEY}"\n', "utf-8")
    outcome = codeact(capsys, "doctor", "-C", str(tmp_path))
    assert "model.api_key is no setting" in outcome.out
    assert KEY not in outcome.out + outcome.err
