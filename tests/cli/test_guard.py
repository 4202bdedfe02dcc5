"""Every command ends with an exit code and at most a line, never with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codeact_tui.cli.guard import guarded
from codeact_tui.errors import ConfigError
from tests.cli.commands import fresh


def raising(error: BaseException) -> int:
    raise error


def test_an_error_of_ours_is_one_line_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: raising(ConfigError("It is\nbroken.", remedy="Mend it."))) == 1
    assert capsys.readouterr() == ("", "It is broken. Mend it.\n")


def test_no_control_sequence_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: raising(ConfigError("a\x1b]0;title\x07b\x9b31mc\u202ed"))) == 1
    assert capsys.readouterr().err == "abc⟨U+202E⟩d\n"


def test_an_operating_system_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: raising(OSError(28, "No space left on device", "/tmp/x"))) == 1
    assert capsys.readouterr().err == "No space left on device: /tmp/x.\n"


def test_a_mistake_of_ours_goes_to_the_log(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "very-secret-value")
    assert guarded(lambda: raising(ZeroDivisionError("with very-secret-value"))) == 1
    assert capsys.readouterr().err == (
        "codeact made a mistake (ZeroDivisionError). "
        f"{home}/log/codeact.log has the details; CODEACT_DEBUG=1 shows them here.\n"
    )
    log = (home / "log" / "codeact.log").read_text("utf-8")
    assert "Traceback" in log
    assert "very-secret-value" not in log


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEACT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: raising(ZeroDivisionError("x")))
    monkeypatch.setenv("CODEACT_DEBUG", "0")
    assert guarded(lambda: raising(ZeroDivisionError("x"))) == 1


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(2), 2), (SystemExit(None), 0)])
def test_endings_that_are_no_errors_are_quiet(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: raising(error)) == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["config", "show"], ["chat", "--help"]])
def test_a_reader_that_goes_away_is_no_error(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "codeact_tui", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=300,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode in {1, 141}


def test_wrong_usage_is_2() -> None:
    for arguments in (["nothing"], ["chat", "--nothing"], ["chat", "--approve", "maybe"], ["chat", "-c", "-r"]):
        outcome = fresh(*arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "Error:" in outcome.err
        assert "Traceback" not in outcome.err


def test_a_wrong_setting_is_1_and_one_line(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[model]\nnam = 1\n", "utf-8")
    for arguments in (["chat"], ["chat", "--line"], ["config", "show"]):
        outcome = fresh(*arguments)
        expected = f"{home}/config/config.toml:2: model.nam is no setting. Did you mean model.name?\n"
        assert (outcome.code, outcome.out, outcome.err) == (1, "", expected)
