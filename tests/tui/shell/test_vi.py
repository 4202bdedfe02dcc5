"""vi's keys, as an option: two modes in fields, letters that move in panes, and no conflict with what answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.ops import Approve
from codeact_tui.tui.vi_motions import MOTIONS, motion
from tests.tui.shell.stage import Stage, cell, interface, stage

VI = interface(vi_keys=True)
TEXT = "one two(x)\n  three\n\nfour five"


@given(
    st.lists(st.text("ab _(.é", max_size=8), min_size=1, max_size=5),
    st.sampled_from(sorted(MOTIONS)),
    st.one_of(st.none(), st.integers(1, 50)),
    st.data(),
)
def test_every_motion_stays_in_the_text(lines: list[str], name: str, count: int | None, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[row])))
    to_row, to_column = motion(lines, (row, column), name, count)
    assert 0 <= to_row < len(lines)
    assert 0 <= to_column <= len(lines[to_row])


@pytest.mark.parametrize(
    ("start", "name", "count", "end"),
    [
        ((0, 0), "w", None, (0, 4)),
        ((0, 4), "w", None, (0, 7)),
        ((0, 0), "w", 5, (1, 2)),
        ((0, 0), "e", None, (0, 2)),
        ((0, 2), "e", None, (0, 6)),
        ((0, 9), "b", None, (0, 8)),
        ((1, 2), "b", None, (0, 9)),
        ((1, 4), "^", None, (1, 2)),
        ((1, 4), "0", None, (1, 0)),
        ((0, 0), "$", None, (0, 10)),
        ((0, 0), "G", None, (3, 0)),
        ((0, 0), "G", 2, (1, 0)),
        ((3, 4), "gg", None, (0, 0)),
    ],
)
def test_motions_lead_where_vi_goes(start: tuple[int, int], name: str, count: int | None, end: tuple[int, int]) -> None:
    assert motion(TEXT.split("\n"), start, name, count) == end


async def typed(play: Stage, text: str, keys: str) -> str:
    """Put a text into the prompt, go to normal mode at its beginning, and press keys; give the text then."""
    play.screen.prompt.put(text)
    await play.pilot.press("escape", "g", "g")
    await play.pilot.press(*("dollar_sign" if key == "$" else key for key in keys))
    return play.screen.prompt.text


@pytest.mark.parametrize(
    ("text", "keys", "after"),
    [
        ("one two", "x", "ne two"),
        ("one two", "3x", " two"),
        ("one two", "dw", "two"),
        ("one two", "wD", "one "),
        ("one two", "d$", ""),
        ("one two", "cwsix", "six two"),
        ("one two", "Cx", "x"),
        ("one two", "Anew", "one twonew"),
        ("one two", "wifor", "one fortwo"),
        ("one two", "ab", "obne two"),
        ("a\nb\nc", "dd", "b\nc"),
        ("a\nb\nc", "2dd", "c"),
        ("a\nb\nc", "Gdd", "a\nb"),
        ("a", "dd", ""),
        ("a\nb", "yyp", "a\na\nb"),
        ("a\nb", "ddp", "b\na"),
        ("a\nb", "jyyP", "a\nb\nb"),
        ("a\nb\nc", "dj", "c"),
        ("a", "onew", "a\nnew"),
        ("a", "Onew", "new\na"),
        ("a b", "ccnew", "new"),
        ("one two", "dwu", "one two"),
        ("one", "zq", "one"),
        ("one", "dz", "one"),
    ],
)
async def test_normal_mode_edits_as_vi_does(text: str, keys: str, after: str) -> None:
    async with stage(settings=VI) as play:
        assert await typed(play, text, keys) == after


async def test_the_mode_is_shown_and_enter_sends_and_begins_anew() -> None:
    async with stage("Done.", settings=VI) as play:
        await play.shows("insert")
        await play.type("hello")
        await play.pilot.press("escape")
        await play.shows("normal")
        await play.pilot.press("x", "enter")
        await play.idle()
        assert play.screen.transcript.title.startswith("hell")
        await play.shows("insert")


async def test_the_cell_editor_has_both_modes_too() -> None:
    async with stage(cell("x = 1\ny = 2"), "Done.", settings=VI) as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        editor = play.screen.cell.editor
        assert editor is not None
        await play.pilot.press("escape", "g", "g", "d", "d")
        assert editor.text == "y = 2"
        await play.pilot.press("escape")
        await play.until(lambda: play.screen.cell.editor is None)


async def test_letters_move_in_panes_and_answers_stay_answers() -> None:
    async with stage(cell("\n".join(f"x{n} = {n}" for n in range(90))), "Done.", settings=VI) as play:
        await play.ask()
        view = play.screen.cell.view
        assert view.has_focus
        await play.pilot.press("G")
        await play.until(lambda: view.scroll_offset.y > 0)
        await play.pilot.press("g")
        await play.until(lambda: view.scroll_offset.y == 0)
        await play.pilot.press("j", "j")
        await play.until(lambda: view.scroll_offset.y == 2)
        await play.pilot.press("k")
        await play.until(lambda: view.scroll_offset.y == 1)
        assert play.screen.prompt.empty
        await play.pilot.press("y")
        await play.idle()
        assert len([op for op in play.ops if isinstance(op, Approve)]) == 1


async def test_without_the_option_letters_are_letters() -> None:
    async with stage() as play:
        await play.type("dd")
        await play.pilot.press("escape")
        assert play.screen.prompt.empty
        await play.type("jk")
        assert play.screen.prompt.text == "jk"
