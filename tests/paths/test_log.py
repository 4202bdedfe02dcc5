"""The log file: bounded, private, without keys, and never the terminal."""

import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.log import mask, set_up_logging

OPENAI = "sk-proj-" + "Ab3" * 16
log = logging.getLogger("codeact_tui.somewhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def file(folder: Path) -> Iterator[Path]:
    undo = set_up_logging(folder)
    yield folder / "codeact.log"
    undo()


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_records_go_to_the_file_and_not_to_the_terminal(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log.info("something %s", "happened")
    log.debug("not wanted")
    logging.getLogger("litellm").info("chatter")
    logging.getLogger("litellm").warning("worth it")
    warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    text = file.read_text()
    assert "INFO codeact_tui.somewhere: something happened" in text
    assert "worth it" in text
    assert "old ways" in text
    assert "not wanted" not in text
    assert "chatter" not in text
    assert capfd.readouterr() == ("", "")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("level", "lines"), [("debug", 4), ("warning", 2), ("error", 1), ("nonsense", 3)])
def test_the_level_is_the_environments(folder: Path, monkeypatch: pytest.MonkeyPatch, level: str, lines: int) -> None:
    monkeypatch.setenv("CODEACT_LOG", level)
    undo = set_up_logging(folder)
    for write in (log.debug, log.info, log.warning, log.error):
        write("one line")
    undo()
    assert len((folder / "codeact.log").read_text().splitlines()) == lines


def test_undoing_leaves_logging_as_it_was(folder: Path) -> None:
    before = logging.getLogger().level, list(logging.getLogger().handlers), logging.getLogger("codeact_tui").level
    set_up_logging(folder, level="debug")()
    after = logging.getLogger().level, list(logging.getLogger().handlers), logging.getLogger("codeact_tui").level
    assert after == before


def test_keys_of_the_environment_are_masked_even_in_tracebacks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD_PROVIDER_API_KEY", "plain words as key")
    undo = set_up_logging(folder)
    try:
        raise ValueError("refused: plain words as key")
    except ValueError:
        log.exception("the call with %s failed", "plain words as key")
    undo()
    text = (folder / "codeact.log").read_text()
    assert "ValueError: refused: [masked]" in text
    assert "plain words as key" not in text


@pytest.mark.parametrize(
    "secret",
    [
        OPENAI,
        "sk-ant-api03-" + "x_y-z" * 10,
        "gsk_" + "a1" * 20,
        "hf_" + "Q" * 30,
        "ghp_" + "A1b2" * 9,
        "AKIA" + "ABCD1234" * 2,
        "AIza" + "b" * 35,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_X",
    ],
)
@pytest.mark.parametrize("around", ["key {}", "'{}'", "https://host/?k={}&x=1", "{{'a': '{}'}}", "({})"])
def test_what_looks_like_a_key_is_masked(secret: str, around: str) -> None:
    masked = mask(around.format(secret))
    assert masked == around.format("[masked]")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        '{{"authorization": "Basic {}"}}',
        "x-goog-api-key: {}",
        "api_key={}",
        "API-Key: '{}'",
        "password = {}",
        "MY_TOKEN={}",
    ],
)
def test_what_is_named_as_a_key_is_masked(text: str) -> None:
    assert mask(text.format("q1w2e3r4t5")) == text.format("[masked]")


@pytest.mark.parametrize(
    "text", ["12.4k tokens", "tokens: 12", "task-list-of-things", "the key is to think", "sk-short"]
)
def test_plain_text_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=200))
def test_masking_never_fails_and_is_done_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_the_files_are_bounded(file: Path) -> None:
    log.info("x" * 1_000_000)
    assert file.stat().st_size < 20_000
    assert "1000" in file.read_text()[-200:]
    for _ in range(300):
        log.info("y" * 15_000)
    files = list(file.parent.iterdir())
    assert len(files) == 3
    assert sum(path.stat().st_size for path in files) < 3_100_000


def test_a_key_at_the_cut_leaves_no_half(file: Path) -> None:
    log.info("%s %s", "z" * 15_900, OPENAI)
    assert "sk-proj" not in file.read_text()


def test_a_folder_that_can_not_be_made_is_no_failure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    undo = set_up_logging(tmp_path / "file" / "log")
    log.error("nobody hears it")
    undo()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_refuses_says_nothing_on_the_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    (folder / "codeact.log").symlink_to("/dev/full")
    undo = set_up_logging(folder)
    log.info("lost")
    undo()
    assert capfd.readouterr() == ("", "")
