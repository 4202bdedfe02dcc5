"""The user's own keys: taken where they make sense, refused with a sentence where they do not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from codeact_tui.errors import ConfigError
from codeact_tui.tui.action_table import ACTIONS, REGISTRY
from codeact_tui.tui.key_names import key_name, printable
from codeact_tui.tui.keys_page import keys_page
from codeact_tui.tui.overlaps import can_hold
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.remapping import key_errors, remapped
from codeact_tui.tui.situation import Situation
from tests.tui.shell.stage import cell, stage

ROOT = Path(__file__).parents[3]


def own(settings: Mapping[str, str]) -> Registry:
    return remapped(REGISTRY, settings, lambda name: f"config.toml:3: keys.{name}")


def refused(**settings: str) -> str:
    with pytest.raises(ConfigError) as caught:
        own(settings)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("y", "y"),
        ("?", "question_mark"),
        ("+", "plus"),
        ("question_mark", "question_mark"),
        ("comma", "comma"),
        ("Ctrl+K", "ctrl+k"),
        ("alt+Enter", "alt+enter"),
        ("shift+a", "A"),
        ("ctrl+shift+f6", "ctrl+shift+f6"),
        ("shift+ctrl+f6", "ctrl+shift+f6"),
        ("esc", "escape"),
        ("ctrl+i", "tab"),
        ("ctrl+m", "enter"),
        ("f24", "f24"),
        ("f25", None),
        ("hyper+x", None),
        ("ctrl+", None),
        ("+x", None),
        ("", None),
        ("foo", None),
        ("\x1b", None),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, name: str | None) -> None:
    assert key_name(written) == name


def test_every_shipped_key_is_a_key() -> None:
    for action in ACTIONS:
        assert [key_name(key) for key in action.keys] == list(action.keys), action.id


def test_only_characters_are_text() -> None:
    assert [key for key in ("y", "A", "question_mark", "space", "é") if not printable(key)] == []
    assert [key for key in ("f1", "ctrl+k", "enter", "tab", "left") if printable(key)] == []


def test_what_ships_has_no_conflict() -> None:
    same = {action.id: ",".join(action.keys) for action in ACTIONS}
    assert key_errors(REGISTRY, same, str) == []


def test_conditions_are_compared_by_what_they_read() -> None:
    assert can_hold(lambda now: now.prompt, lambda now: now.busy)
    assert not can_hold(lambda now: now.prompt, lambda now: not now.typing)
    assert not can_hold(lambda now: now.busy, lambda now: not now.busy)
    assert can_hold()


def test_an_unknown_action_is_refused_with_the_nearest() -> None:
    assert refused(maximize="f13") == "config.toml:3: keys.maximize is no action. Did you mean keys.maximise?"
    assert refused(zzz="f13").startswith("config.toml:3: keys.zzz is no action. ")


def test_a_key_that_no_terminal_sends_is_refused() -> None:
    told = refused(maximise="f11,contrl+k")
    assert told == (
        'config.toml:3: keys.maximise: no terminal sends a key "contrl+k".'
        " Keys are written like y, f5, ctrl+k or alt+enter."
    )
    assert refused(maximise="ctrl+entr").endswith("Did you mean ctrl+enter?")


def test_a_conflict_names_both_and_the_way_out() -> None:
    assert refused(maximise="f1") == (
        "config.toml:3: keys.maximise: f1 already means “Help” at the same time."
        ' Take another key, or give that one another: help = "…" in [keys].'
    )


def test_two_remapped_to_one_key_are_told_of_once() -> None:
    assert len(key_errors(REGISTRY, {"fold": "f13", "redraw": "f13"}, str)) == 1


def test_a_key_taken_away_is_free() -> None:
    registry = own({"help": "ctrl+k", "maximise": "f1"})
    assert [action.id for action in registry.for_key("f1")] == ["maximise"]
    assert own({"quit_empty": ""}).by_id["quit_empty"].keys == ()


def test_keys_may_be_shared_by_what_never_applies_at_once() -> None:
    assert own({"reject": "r", "rerun": "r"}).by_id["reject"].keys == ("r",)
    assert "already means" in refused(reject="y")


def test_letters_are_text_where_text_is_typed() -> None:
    assert "typed text" in refused(send="s")
    assert "needed where text is typed" in refused(help="left")
    assert "needs a key" in refused(send="")


async def test_the_screen_lives_by_the_own_keys() -> None:
    registry = own({"approve": "1", "maximise": "f13", "help": "ctrl+k"})
    async with stage(cell("x = 1"), "Done.", registry=registry) as play:
        await play.shows("ctrl+k help")
        await play.ask()
        await play.shows("1 run")
        await play.pilot.press("y")
        assert play.screen.prompt.text == "y"
        await play.pilot.press("backspace")
        await play.question()
        await play.pilot.press("1")
        await play.idle()
        assert play.kernel.executed == ["x = 1"]
        await play.pilot.press("f13")
        assert play.screen.has_class("-maximised")
        await play.pilot.press("f13", "f11")
        assert not play.screen.has_class("-maximised")
        await play.pilot.press("ctrl+k")
        await play.until(lambda: play.app.screen is not play.screen)
        await play.type("enlarge")
        await play.shows("f13")
        await play.pilot.press("ctrl+k")
        await play.until(lambda: play.app.screen is play.screen)


async def test_the_palette_shows_the_own_keys() -> None:
    async with stage(registry=own({"redraw": "ctrl+y"})) as play:
        await play.pilot.press("ctrl+p")
        await play.until(lambda: play.app.screen is not play.screen)
        await play.type("anew")
        await play.shows("ctrl+y")


def test_the_conditions_are_asked_for_facts_only() -> None:
    for action in ACTIONS:
        assert can_hold(action.applies), f"{action.id} never applies"
        assert isinstance(action.applies(Situation()), bool)


def test_the_page_about_keys_is_up_to_date() -> None:
    anew = "Write it anew: python -m codeact_tui.tui.keys_page"
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == keys_page(), anew
