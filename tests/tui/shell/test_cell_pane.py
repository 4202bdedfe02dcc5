"""The cell's pane: which line runs or failed, what was changed, the versions."""

from codeact_tui.protocol.events import CellProgressed, Envelope
from codeact_tui.protocol.ids import ActionId
from codeact_tui.tui.screens.cell_history import CellHistoryScreen
from tests.tui.shell.stage import Stage, cell, stage

A1 = ActionId("a1")
LOOP = "import time\nwhile True:\n    time.sleep(60)"


async def run_edited(play: Stage, code: str) -> None:
    await play.pilot.press("e")
    await play.until(lambda: play.screen.cell.editor is not None)
    editor = play.screen.cell.editor
    assert editor is not None
    editor.text = code
    await play.pilot.press("f5")
    await play.idle()


def progress(play: Stage, line: int) -> None:
    play.screen.bridge.take([Envelope(CellProgressed(A1, line, 123_000_000), 0, 0.0)])


async def test_the_running_line_is_marked_and_time_and_memory_are_told() -> None:
    async with stage(cell(LOOP), "Done.") as play:
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.live.running is not None)
        progress(play, 3)
        await play.shows("▶ 3      time.sleep(60)", "line 3 · 123 MB")
        progress(play, 2)
        await play.shows("▶ 2  while True:")
        assert "▶ 3" not in play.text
        await play.pilot.press("escape")
        await play.idle()


async def test_the_line_that_failed_is_marked() -> None:
    async with stage(cell("a = 1\nb = a / 0\nc = 2"), "I see.") as play:
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        await play.shows("✗ 2  b = a / 0")


async def test_what_was_edited_is_marked_and_shown_as_a_difference() -> None:
    async with stage(cell("a = 1\nb = 2\nc = 3"), "Done.") as play:
        await play.ask()
        await run_edited(play, "a = 1\nb = 20\nc = 3\nd = 4")
        await play.shows("  2┇ b = 20", "  4┃ d = 4")
        await play.pilot.press("f2", "equals_sign")
        await play.shows("cell [1] against the proposal", "  2 - b = 2", "  2 + b = 20", "  4 + d = 4")
        await play.pilot.press("equals_sign")
        await play.shows("  2┇ b = 20")


async def test_the_versions_of_a_cell_are_listed_and_one_is_shown() -> None:
    async with stage(cell("a = 1"), "Done.", size=(80, 24)) as play:
        await play.ask()
        await run_edited(play, "a = 2")
        await play.pilot.press("f2", "e")
        await run_edited(play, "a = 3")
        await play.pilot.press("f2", "h")
        await play.until(lambda: isinstance(play.app.screen, CellHistoryScreen))
        await play.shows("[1] written by the model", "[1] edited by you", "[2] edited, [1] again by you")
        await play.shows("- a = 2", "+ a = 3")
        await play.pilot.press("up", "up")
        await play.shows(" 1  a = 1")
        await play.pilot.press("enter")
        await play.until(lambda: play.app.screen is play.screen)
        await play.until(lambda: play.screen.pinned == A1)
