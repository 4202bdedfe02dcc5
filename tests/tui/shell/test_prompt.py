"""The prompt: sending, steering, queueing, history, pastes, commands, files, the user's own Python."""

from pathlib import Path

import pytest
from textual.events import Key, Paste

from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import Interrupt, RenameSession, RerunCells, RunUserCode, SetPolicy, SubmitPrompt
from codeact_tui.tui.prompting.completion import Wanted, quoted_path, wanted
from codeact_tui.tui.prompting.files import list_files
from codeact_tui.tui.prompting.fuzzy import best, score
from codeact_tui.tui.prompting.history import History
from codeact_tui.tui.prompting.pastes import Pastes
from tests.tui.shell.stage import stage


async def test_enter_sends_and_empties_the_prompt() -> None:
    async with stage("Hello yourself.") as play:
        await play.say("hello")
        await play.idle()
        assert play.ops[-1] == SubmitPrompt("hello")
        assert play.screen.prompt.empty
        await play.shows("› hello", "Hello yourself.")


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_these_keys_begin_a_new_line(key: str) -> None:
    async with stage("Well.") as play:
        await play.type("one")
        await play.pilot.press(key)
        await play.type("two")
        assert play.screen.prompt.text == "one\ntwo"
        await play.pilot.press("enter")
        assert play.ops[-1] == SubmitPrompt("one\ntwo")


async def test_keys_that_come_in_a_rush_keep_their_order() -> None:
    async with stage("Well.") as play:
        for key in ("a", "ctrl+j", "b", "enter", "c"):
            play.app.post_message(Key(key, key if len(key) == 1 else None))
        await play.until(lambda: play.screen.prompt.text == "c")
        assert play.ops == [SubmitPrompt("a\nb")]


async def test_while_a_turn_runs_enter_steers_and_alt_enter_queues() -> None:
    hold = Hold()
    async with stage([TextDelta("Thinking"), hold, TextDelta(" done.")], "Second.", "Third.") as play:
        await play.say("first")
        await play.until(hold.reached.is_set)
        await play.say("steer")
        await play.type("later")
        await play.pilot.press("alt+enter")
        assert play.ops[-2:] == [SubmitPrompt("steer"), SubmitPrompt("later", when="queue")]
        await play.shows("2 queued")
        hold.release()
        await play.idle()


async def test_text_typed_while_it_works_is_kept() -> None:
    hold = Hold()
    async with stage([TextDelta("x"), hold]) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.type("my next thought")
        hold.release()
        await play.idle()
        assert play.screen.prompt.text == "my next thought"


async def test_escape_stops_first_and_clears_then_and_up_brings_it_back() -> None:
    hold = Hold()
    async with stage([TextDelta("x"), hold]) as play:
        await play.say("go")
        await play.until(hold.reached.is_set)
        await play.type("draft")
        await play.pilot.press("escape")
        assert play.ops[-1] == Interrupt()
        assert play.screen.prompt.text == "draft"
        await play.idle()
        await play.pilot.press("escape")
        assert play.screen.prompt.empty
        await play.pilot.press("up")
        assert play.screen.prompt.text == "draft"


async def test_the_arrows_walk_through_what_was_sent() -> None:
    async with stage("A.", "B.") as play:
        await play.say("one")
        await play.idle()
        await play.say("two")
        await play.idle()
        await play.type("unsent")
        await play.pilot.press("up")
        assert play.screen.prompt.text == "two"
        await play.pilot.press("up", "up")
        assert play.screen.prompt.text == "one"
        await play.pilot.press("down", "down")
        assert play.screen.prompt.text == "unsent"


async def test_a_long_paste_is_folded_and_sent_whole() -> None:
    text = "\n".join(f"line {number}" for number in range(212))
    async with stage("Long.") as play:
        play.screen.prompt.post_message(Paste(text))
        await play.shows("[pasted 212 lines]")
        await play.pilot.press("enter")
        assert play.ops[-1] == SubmitPrompt(text)


async def test_ctrl_o_unfolds_a_paste() -> None:
    async with stage() as play:
        play.screen.prompt.post_message(Paste("a\n" * 20))
        await play.until(lambda: play.screen.prompt.text == "[pasted 21 lines]")
        await play.pilot.press("ctrl+o")
        assert play.screen.prompt.text == "a\n" * 20


async def test_a_bang_runs_the_users_own_python() -> None:
    async with stage() as play:
        await play.say("!1 + 1")
        await play.idle()
        assert play.ops[-1] == RunUserCode("1 + 1")
        assert play.kernel.executed == ["1 + 1"]


async def test_two_bangs_run_a_shell_line_that_the_model_does_not_see() -> None:
    async with stage() as play:
        await play.say("!!ls -l")
        assert play.ops[-1] == RunUserCode("!ls -l", hidden=True)


async def test_a_command_is_completed_and_run() -> None:
    async with stage() as play:
        await play.type("/hel")
        await play.until(lambda: play.screen.completions.open)
        await play.pilot.press("enter")
        await play.until(lambda: play.app.screen is not play.screen)
        assert play.screen.prompt.empty


async def test_a_command_with_its_argument() -> None:
    async with stage() as play:
        await play.type("/policy turn")
        await play.pilot.press("enter")
        assert play.ops[-1] == SetPolicy("turn")
        await play.type("/rename The sales of spring")
        await play.pilot.press("enter")
        assert play.ops[-1] == RenameSession("The sales of spring")
        await play.shows("The sales of spring")


@pytest.mark.parametrize(("more", "title"), [("ame The sales of spring", "The sales of spring"), ("ame x", "x")])
async def test_keys_that_come_faster_than_candidates_are_not_lost(more: str, title: str) -> None:
    async with stage() as play:
        await play.type("/ren")
        await play.until(lambda: play.screen.prompt.completing)
        play.screen.prompt.insert(more)
        await play.pilot.press("enter")
        assert play.ops[-1] == RenameSession(title)


async def test_what_was_typed_faster_than_candidates_is_completed_as_it_is() -> None:
    async with stage() as play:
        await play.type("/re")
        await play.until(lambda: play.screen.prompt.completing)
        play.screen.prompt.insert("nam")
        await play.pilot.press("enter")
        assert play.screen.prompt.text == "/rename "
        play.screen.prompt.put("")
        await play.type("/re")
        await play.until(lambda: play.screen.prompt.completing)
        play.screen.prompt.insert("nam")
        await play.pilot.press("tab")
        await play.until(lambda: play.screen.prompt.text == "/rename ")


async def test_an_unknown_command_is_told_of_and_kept() -> None:
    async with stage() as play:
        await play.say("/frobnicate now")
        await play.shows("There is no command /frobnicate")
        assert play.screen.prompt.text == "/frobnicate now"
        assert play.ops == []


@pytest.mark.parametrize("typed", ["/run-all", "/run-", "/run-all 1"])
async def test_a_command_of_two_words_is_completed_and_run(typed: str) -> None:
    async with stage() as play:
        await play.say("!x = 1")
        await play.idle()
        await play.type(typed)
        await play.pilot.press("enter")
        start = ActionId("a1") if typed.endswith("1") else None
        assert play.ops[-1] == RerunCells("all", start)


async def test_a_path_is_no_command() -> None:
    async with stage("Read.") as play:
        await play.say("/home/ada/x.csv is what?")
        assert play.ops[-1] == SubmitPrompt("/home/ada/x.csv is what?")


async def test_a_file_is_completed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sales.csv").write_text("a")
    async with stage() as play:
        play.screen.transcript.folder = str(tmp_path)
        await play.type("look at @sal")
        await play.until(lambda: play.screen.completions.open)
        await play.pilot.press("tab")
        assert play.screen.prompt.text == "look at @data/sales.csv "


async def test_escape_closes_the_candidates_first() -> None:
    async with stage() as play:
        await play.type("/he")
        await play.until(lambda: play.screen.completions.open)
        await play.pilot.press("escape")
        assert not play.screen.completions.open
        assert play.screen.prompt.text == "/he"


# -- what it is made of


def test_what_is_wanted_where() -> None:
    assert wanted("/mo", 3, first_line=True) == Wanted("command", "mo", 0)
    assert wanted("/mo", 3, first_line=False) is None
    assert wanted("a /mo", 5, first_line=True) is None
    assert wanted("see @da/s", 9, first_line=True) == Wanted("file", "da/s", 4)
    assert wanted("ada@home", 8, first_line=True) is None
    assert wanted("see @da now", 11, first_line=True) is None


def test_paths_with_blanks_are_quoted() -> None:
    assert quoted_path("a/b.csv") == "@a/b.csv"
    assert quoted_path("my file.csv") == '@"my file.csv"'


def test_fuzzy_prefers_what_stands_together_and_begins_words() -> None:
    assert score("xyz", "abc") == 0
    assert score("", "abc") > 0
    assert best("mod", ["commode", "model", "my odd"], str, 3) == ["model", "commode", "my odd"]
    assert best("sal", ["data/sales.csv", "a/s/a/l.txt"], str, 5)[0] == "data/sales.csv"


def test_files_near_first_hidden_and_caches_left_out(tmp_path: Path) -> None:
    for name in ("b.txt", ".hidden", "src/a.py", "node_modules/x.js", "__pycache__/y.pyc", "src/deep/z.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert list_files(tmp_path) == ["b.txt", "src/", "src/a.py", "src/deep/", "src/deep/z.py"]
    assert list_files(tmp_path, limit=2) == ["b.txt", "src/"]
    assert list_files(tmp_path / "nowhere") == []


def test_pastes_fold_and_expand_to_what_they_were() -> None:
    pastes = Pastes()
    one, two = "a\n" * 10, "b\n" * 10
    first, second = pastes.fold(one), pastes.fold(two)
    assert (first, second) == ("[pasted 11 lines]", "[pasted 11 lines, 2]")
    assert pastes.expand(f"see {second} and {first}") == f"see {two} and {one}"
    assert pastes.fold("short") == "short"
    tricky = pastes.fold(f"{first}\n" * 10)
    assert pastes.expand(tricky) == f"{first}\n" * 10


def test_history_comes_back_to_the_draft() -> None:
    history = History()
    history.load(["a", "b", "b"])
    assert [history.older("draft"), history.older("b"), history.older("a")] == ["b", "a", None]
    assert [history.newer(), history.newer(), history.newer()] == ["b", "draft", None]
