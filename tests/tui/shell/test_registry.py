"""One registry: every key does what it says, and help, hints, palette and completion are drawn from it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codeact_tui.kernel.fake_script import Hang, Raise
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.dry_runs import DryRunFinished, DryRunId, DryRunStarted
from codeact_tui.sandbox.policy import SandboxPolicy
from codeact_tui.tui.action_table import ACTIONS, REGISTRY
from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.screens.help import HelpScreen
from codeact_tui.tui.situation import Situation
from tests.tui.shell.stage import Stage, cell, stage

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

KEYS = [(action.id, key) for action in ACTIONS for key in action.keys]


async def empty(play: Stage) -> None:
    assert play.screen.prompt.has_focus


async def typed(play: Stage) -> None:
    await play.type("some words")


async def waiting(play: Stage) -> None:
    await play.ask()


async def asked(play: Stage) -> None:
    await play.ask()
    await play.type("z")


async def editing(play: Stage) -> None:
    await play.ask()
    await play.pilot.press("e")
    await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)


async def ran(play: Stage) -> None:
    await play.ask()
    await play.pilot.press("t")
    await play.idle()
    await play.pilot.press("f2")


async def edited(play: Stage) -> None:
    await editing(play)
    await play.type("# ")
    await play.pilot.press("f5")
    await play.idle()
    await play.pilot.press("f2")


async def busy(play: Stage) -> None:
    await play.ask()
    await play.type("some words")


async def stopped(play: Stage) -> None:
    await play.ask()
    await play.pilot.press("escape")
    await play.idle()
    await play.pilot.press("f2")


async def host_asked(play: Stage) -> None:
    play.kernel.on("x = 1", Hang())
    await play.ask()
    await play.pilot.press("y")
    await play.until(lambda: play.screen.live.running)
    assert play.kernel.on_host is not None
    play.kernel.on_host("api.example.org", 443)
    await play.until(lambda: play.screen.situation().host and play.screen.situation().answerable)


async def refused(play: Stage) -> None:
    play.kernel.sandbox = SandboxPolicy("/home/ada/sales", homes=("/home/ada",))
    play.kernel.on("x = 1", Raise("OSError", "[Errno 30] Read-only file system: '/data/x'"))
    await play.ask()
    await play.pilot.press("y")
    await play.idle()


async def gone(play: Stage) -> None:
    await ran(play)
    play.kernel.die()
    await play.until(lambda: play.screen.live.kernel == "dead")


async def tried(play: Stage) -> None:
    """A cell waits whose dry run has ended."""
    record = await play.ask()
    run = DryRunId("d1")
    await play.desk.record(DryRunStarted(run, record.action, record.code, record.sha256), DryRunFinished(run, "ok"))
    await play.until(
        lambda: play.screen.situation().tried and play.screen.situation().answerable, "a dry run to settle"
    )


SITUATIONS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "approve": waiting,
    "dry_run": waiting,
    "commit_dry_run": tried,
    "discard_dry_run": tried,
    "edit": waiting,
    "reject": waiting,
    "reject_reason": waiting,
    "always": waiting,
    "allow_turn": waiting,
    "allow_careful": waiting,
    "host_once": host_asked,
    "host_session": host_asked,
    "host_project": host_asked,
    "host_refuse": host_asked,
    "host_never": host_asked,
    "allow_refused": refused,
    "rerun": ran,
    "run_edited": editing,
    "changes": edited,
    "history": ran,
    "continue": stopped,
    "send": typed,
    "queue": busy,
    "rerun_cells": gone,
    "to_question": asked,
}


@pytest.mark.parametrize(("name", "key"), KEYS, ids=[f"{name}-{key}" for name, key in KEYS])
async def test_every_key_does_what_the_registry_says(name: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def note(action: Action) -> Action:
        def run(_screen: "MainScreen", _argument: str) -> None:
            done.append(action.id)

        return replace(action, run=run)

    async with stage(cell("x = 1"), "Done.", "More.") as play:
        await SITUATIONS.get(name, empty)(play)
        with monkeypatch.context() as patch:
            for each in ACTIONS:
                patch.setitem(REGISTRY.by_id, each.id, note(each))
            await play.pilot.press(key)
            await play.until(lambda: done, f"{key} does {name}")
        assert done == [name]


def test_names_and_commands_are_there_once() -> None:
    assert max(Counter(action.id for action in ACTIONS).values()) == 1
    assert max(Counter(name for action in ACTIONS for name in action.slash).values()) == 1
    assert len(REGISTRY.by_slash) == sum(len(action.slash) for action in ACTIONS)


def test_everything_can_be_reached() -> None:
    for action in ACTIONS:
        assert action.keys or action.slash, action.id
        assert action.description.endswith("."), action.id


async def test_the_help_shows_every_key_and_command() -> None:
    async with stage() as play:
        page = HelpScreen(play.screen.registry, play.screen.situation())
        play.app.push_screen(page)
        await play.until(lambda: play.app.screen is page)
        words = page.page(500).plain
        for action in ACTIONS:
            assert action.description in words
            assert "  ".join(map(key_label, action.keys)) in words
            for name in action.slash:
                assert f"/{name}" in words


async def test_the_palette_offers_what_applies_and_does_it() -> None:
    async with stage() as play:
        await play.pilot.press("ctrl+p")
        await play.until(lambda: play.app.screen is not play.screen)
        await play.type("choose the model")
        await play.shows("Choose the model")
        await play.pilot.press("enter")
        await play.shows("openai/gpt-4.1")


async def test_what_does_not_apply_is_not_offered() -> None:
    async with stage() as play:
        screen = play.screen
        assert screen.check_action("do", ("approve",)) is False
        assert screen.check_action("do", ("run_edited",)) is False
        await play.type("/cont")
        await play.pilot.pause()
        assert not screen.completions.open


def test_nothing_of_the_session_applies_before_there_is_one() -> None:
    before = Situation(connected=False)
    offered = {action.id for action in ACTIONS if action.applies(before)}
    assert not offered & {"approve", "rerun", "restart", "model", "policy", "new", "rename", "resume", "variables"}
    assert {"help", "quit", "palette", "theme"} <= offered


async def test_the_hints_show_what_applies() -> None:
    hold = Hold()
    async with stage([TextDelta("x"), hold]) as play:
        await play.shows("f1 help")
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.shows("esc stop")
        await play.type("words")
        await play.shows("enter send", "alt+enter queue")
