"""Frames: nothing is drawn while nothing changes, also below a dialog."""

from tests.tui.shell.stage import stage

_QUIET_TURNS = 20


async def test_no_frame_is_asked_for_below_a_dialog_where_nothing_changes() -> None:
    async with stage() as play:
        await play.pilot.press("ctrl+p")
        await play.until(lambda: play.app.screen is not play.screen)
        quiet = 0

        def calm() -> bool:
            nonlocal quiet
            clock = play.screen._frames  # pyright: ignore[reportPrivateUsage]
            quiet = quiet + 1 if clock is None or not clock.asked else 0
            return quiet >= _QUIET_TURNS

        await play.until(calm)


async def test_a_letter_is_drawn() -> None:
    async with stage() as play:
        await play.type("words")
        await play.shows("words")
