"""Editing a cell: Python's own ways of typing, and what the kernel knows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from codeact_tui.tui.widgets.cell_editor import CellEditor
from tests.tui.shell.stage import Stage, cell, stage


@asynccontextmanager
async def editing(code: str, size: tuple[int, int] = (120, 36)) -> AsyncGenerator[tuple[Stage, CellEditor]]:
    """Open the editor on a cell that waits."""
    async with stage(cell(code), "Done.", size=size) as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        editor = play.screen.cell.editor
        assert editor is not None
        yield play, editor


async def test_what_is_typed_is_indented_and_closed() -> None:
    async with editing("x = 1") as (play, editor):
        await play.pilot.press("end", "enter")
        await play.type("def f(n):")
        await play.pilot.press("enter")
        await play.type("return (n")
        await play.pilot.press(")", "enter")
        await play.type("f('a')")
        assert editor.text == "x = 1\ndef f(n):\n    return (n)\nf('a')"


async def test_backspace_takes_an_indent_and_an_empty_pair() -> None:
    async with editing("if x:\n        y") as (play, editor):
        await play.pilot.press("down", "home", "home", "ctrl+right")
        editor.move_cursor((1, 8))
        await play.pilot.press("backspace")
        assert editor.text == "if x:\n    y"
        await play.pilot.press("end", "(", "backspace", "backspace")
        assert editor.text == "if x:\n    "


async def test_selected_lines_are_indented_and_commented_and_back() -> None:
    async with editing("a = 1\nb = 2\nc = 3") as (play, editor):
        await play.pilot.press("shift+down", "shift+end", "tab")
        assert editor.text == "    a = 1\n    b = 2\nc = 3"
        await play.pilot.press("shift+tab")
        assert editor.text == "a = 1\nb = 2\nc = 3"
        await play.pilot.press("ctrl+underscore")
        assert editor.text == "# a = 1\n# b = 2\nc = 3"
        await play.pilot.press("ctrl+underscore", "ctrl+z")
        assert editor.text == "# a = 1\n# b = 2\nc = 3"


async def test_lines_move_and_are_doubled() -> None:
    async with editing("a = 1\nb = 2\nc = 3") as (play, editor):
        await play.pilot.press("alt+down")
        assert editor.text == "b = 2\na = 1\nc = 3"
        await play.pilot.press("alt+up", "alt+up", "ctrl+shift+d")
        assert editor.text == "a = 1\na = 1\nb = 2\nc = 3"
        assert editor.cursor_location == (1, 0)
        await play.pilot.press("ctrl+z")
        assert editor.text == "a = 1\nb = 2\nc = 3"


async def test_attributes_are_offered_behind_a_dot_and_taken_by_tab() -> None:
    async with editing("x = 1") as (play, editor):
        play.kernel.namespace["table"] = {"north": 1}
        await play.pilot.press("end", "enter")
        await play.type("table.")
        await play.until(lambda: editor.completing)
        await play.type("setd")
        await play.shows("setdefault")
        await play.pilot.press("tab")
        assert editor.text == "x = 1\ntable.setdefault"
        assert not editor.completing


async def test_escape_closes_the_candidates_and_not_the_editor() -> None:
    async with editing("x = 1") as (play, editor):
        await play.pilot.press("end", "enter")
        await play.type("x.")
        await play.until(lambda: editor.completing)
        await play.pilot.press("escape")
        await play.until(lambda: not editor.completing)
        assert play.screen.cell.editor is editor


async def test_hostile_candidates_are_text() -> None:
    async with editing("x = 1") as (play, editor):
        play.kernel.namespace["d"] = {"[red]b\x1b[2Jad": 1, "good": 2, "[bold]fine[/]": 3}
        await play.pilot.press("end", "enter")
        await play.type('d["')
        await play.pilot.press("ctrl+@")
        await play.until(lambda: editor.completing)
        await play.shows("[bold]fine[/]   int", "good            int")
        assert "\x1b" not in play.text


async def test_the_call_that_is_written_is_explained() -> None:
    async with editing("x = 1", size=(60, 20)) as (play, _):
        await play.pilot.press("end", "enter")
        await play.type("sorted(x, ")
        await play.shows("sorted(iterable, /, *, key=None")
        await play.pilot.press(")", "enter")
        await play.until(lambda: not play.screen.cell.signature.display)


async def test_a_cell_of_five_thousand_lines_is_coloured_only_where_it_is_seen() -> None:
    async with editing("\n".join(f"x{number} = {number}" for number in range(5000))) as (play, editor):
        await play.pilot.press("ctrl+end")
        await play.shows("x4999 = 4999")
        coloured = editor._highlights  # pyright: ignore[reportPrivateUsage]
        assert 0 < len(coloured) < 200


async def test_python_in_the_prompt_is_completed_and_enter_still_runs_it() -> None:
    async with stage() as play:
        play.kernel.namespace["word"] = "abc"
        await play.type("!word.upp")
        await play.pilot.press("tab")
        await play.until(lambda: play.screen.prompt.text == "!word.upper")
        await play.type("().")
        await play.type("x")
        await play.pilot.press("backspace", "backspace", "enter")
        await play.idle()
        assert play.kernel.executed == ["word.upper()"]
