"""Dry runs and ways that are compared, by keys in the real screen."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codeact_tui.config.schema import Config
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Hang
from codeact_tui.tui.screens.explore import ExploreScreen
from tests.session.test_dry_runs import BEGUN, contents, rehearsal_files
from tests.tui.shell.stage import Stage, StageDesk, cell, stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "workspace"
    made.mkdir()
    return made


@asynccontextmanager
async def trying(folder: Path, *scripts: str) -> AsyncGenerator[Stage]:
    """A screen whose kernel can be copied and whose files are kept."""
    kernel = FakeKernel()
    kernel.keeps_checkpoints = True
    desk = StageDesk(Config(), list(scripts), kernel=kernel, rehearsal_files=rehearsal_files(folder))
    async with stage(desk=desk) as play:
        yield play


def writing(folder: Path, name: str) -> str:
    return cell(f"from pathlib import Path\nPath('{folder}/{name}').write_text('1')\nx = '{name}'")


@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_d_shows_what_would_change_and_then_it_is_committed_or_discarded(folder: Path, key: str) -> None:
    async with trying(folder, writing(folder, "new.txt"), "Done.") as play:
        await play.ask()
        await play.pilot.press("d")
        await play.until(lambda: play.screen.situation().tried and play.screen.situation().answerable)
        await play.shows("DRY RUN", "it would end well", "nothing has happened yet", "+ x", "+ new.txt", "commit")
        assert contents(folder) == {}
        await play.pilot.press(key)
        if key == "enter":
            await play.idle()
            assert contents(folder) == {"new.txt": "1"}
        else:
            await play.shows("discarded: nothing has happened", "d dry run")
            assert contents(folder) == {}
            await play.question()


async def test_esc_stops_a_dry_run_and_the_cell_goes_on_waiting(folder: Path) -> None:
    async with trying(folder, cell("loop()")) as play:
        play.kernel.on("loop()", BEGUN, Hang())
        await play.ask()
        await play.pilot.press("d")
        await play.shows("DRY RUN", "running in a copy", "begun")
        await play.pilot.press("escape")
        record = await play.question()
        assert record.state == "waiting"
        await play.shows("stopped", "discarded: nothing has happened")


async def test_ways_are_let_run_and_one_is_picked_by_keys(folder: Path) -> None:
    async with trying(folder, writing(folder, "one.txt"), writing(folder, "two.txt"), "Done.") as play:
        await play.say("/explore 2 go")
        await play.shows("nothing has run yet", "run all")
        await play.pilot.press("enter")
        await play.shows("pick the one that shall", "+ one.txt", "+ two.txt")
        assert contents(folder) == {}
        await play.pilot.press("right")
        play.app.simulate_key("enter")  # the screen that takes it goes: nothing of it can be waited for
        await play.until(lambda: not isinstance(play.app.screen, ExploreScreen))
        await play.idle()
        assert contents(folder) == {"two.txt": "1"}
        await play.shows("way 2 was taken, by you")
