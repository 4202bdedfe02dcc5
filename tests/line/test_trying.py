"""Dry runs and ways that are compared, by lines from a pipe."""

from pathlib import Path

import pytest

from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.protocol.dry_runs import Explore
from codeact_tui.protocol.explore_words import parse_explore
from tests.line.stage import Stage, act, converse
from tests.session.test_dry_runs import contents, rehearsal_files


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def stage_of(workspace: Path, *scripts: str) -> Stage:
    kernel = FakeKernel()
    kernel.keeps_checkpoints = True
    return Stage(scripts, kernel=kernel, folder=str(workspace), rehearsal_files=rehearsal_files(workspace))


def writing(workspace: Path, name: str) -> str:
    return f"from pathlib import Path\nPath('{workspace}/{name}').write_text('1')\nprint('written')"


@pytest.mark.parametrize("answer", ["y", "n\nn"])
async def test_a_dry_run_is_shown_then_committed_or_discarded(workspace: Path, answer: str) -> None:
    stage = stage_of(workspace, act(writing(workspace, "new.txt")), "Done.")
    text, _ = await converse(stage, f"go\nd\n{answer}\n")
    assert "Dry run of [1]; the network is on." in text  # a fake has no sandbox
    assert "Not undone: what it sends." in text
    assert "Files: new.txt made (+1)." in text
    assert "Commit the dry run of [1]? y commit · n discard" in text
    assert (workspace / "new.txt").exists() is (answer == "y")
    assert ("The dry run is discarded; nothing has happened." in text) is (answer != "y")


async def test_ways_are_tried_and_one_is_picked(workspace: Path) -> None:
    names = ("one.txt", "two.txt")
    stage = stage_of(workspace, *(act(writing(workspace, name)) for name in names), "Done.")
    text, _ = await converse(stage, "/explore 2 go\ny\n2\n")
    assert "Try 2 ways, each in a copy? y try · n none" in text
    assert "Which way shall have happened? 1 2 · n none" in text
    assert "Several ways were compared: way 2 was taken, by you." in text
    assert list(contents(workspace)) == ["two.txt"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", Explore(3)),
        ("4", Explore(4)),
        ("plot it", Explore(3, "plot it")),
        ("2 plot 3 lines", Explore(2, "plot 3 lines")),
        ('2 --check "assert len(df) > 0" plot it', Explore(2, "plot it", "assert len(df) > 0")),
        ("--check 'x == \"a\"' --network go", Explore(3, "go", 'x == "a"', True)),
        ('--check="x" go', Explore(3, "go", "x")),
        (r'--check "s == \"a\""', Explore(3, "", 's == "a"')),
    ],
)
def test_what_follows_explore_is_read(text: str, meant: Explore) -> None:
    assert parse_explore(text) == meant


@pytest.mark.parametrize("text", ["1", "9", "100 x", "3 --check assert x", '3 --check "x'])
def test_what_can_not_be_read_is_said(text: str) -> None:
    assert isinstance(parse_explore(text), str)
