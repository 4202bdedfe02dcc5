import asyncio
from pathlib import Path

from textual.pilot import Pilot

from codeact_tui.errors import StoreError
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.whole_output import WholeOutputScreen
from codeact_tui.tui.widgets.output import OutputView
from tests.tui.widgets.frame import Frame
from tests.tui.widgets.test_output import Cell

LINES = [f"line {number} ünï" for number in range(60_000)]
TEXT = "".join(f"{line}\n" for line in LINES).encode()


class Stored:
    """A text as the store gives it."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.largest = 0

    async def read(self, start: int, length: int) -> bytes:
        self.largest = max(self.largest, length)
        return self.text[start : start + length]


async def opened(pilot: Pilot[None], stored: Stored, total: int) -> tuple[WholeOutputScreen, BlockScroll]:
    screen = WholeOutputScreen("output of [1]", total, stored.read)
    await pilot.app.push_screen(screen)
    await settled(pilot)
    return screen, screen.query_one("#whole-output", BlockScroll)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType]
    await pilot.pause()


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def test_every_line_is_on_exactly_one_page() -> None:
    stored = Stored(TEXT)
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        _, view = await opened(pilot, stored, len(TEXT))
        forth: list[str] = []
        pages: list[str] = []
        while not pages or pages[-1] != view.drawn_text():
            pages.append(view.drawn_text())
            forth.extend(pages[-1].split("\n"))
            await pressed(pilot, "n")
        assert forth == LINES
        assert stored.largest <= 256 * 1024
        back = [view.drawn_text()]
        for _ in range(len(pages) - 1):
            await pressed(pilot, "p")
            back.insert(0, view.drawn_text())
        assert [line for page in back for line in page.split("\n")][-30_000:] == LINES[-30_000:]


async def test_keys_go_to_both_ends_and_turn_pages_at_the_edges() -> None:
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, Stored(TEXT), len(TEXT))
        await pressed(pilot, "G")
        assert view.render_line(view.size.height - 1).text.split()[:2] == ["line", "59999"]
        await pressed(pilot, "g")
        assert view.render_line(0).text.split()[:2] == ["line", "0"]
        first = view.drawn_text()
        view.action_bottom()
        await pressed(pilot, "pagedown")
        assert view.drawn_text() != first
        await pressed(pilot, "pageup")
        assert view.drawn_text() == first
        await pressed(pilot, "escape")
        assert not screen.is_attached


async def test_less_is_stored_than_was_printed() -> None:
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        _, view = await opened(pilot, Stored(TEXT[:500_000]), 40_000_000)
        await pressed(pilot, "G")
        shown = view.drawn_text().split("\n")
        assert shown[-1] in TEXT[499_900:500_000].decode("utf-8", "ignore")
        await pressed(pilot, "n")
        assert view.drawn_text().split("\n") == shown


async def test_a_line_without_end_is_cut_between_characters() -> None:
    text = "é中👍".encode() * 60_000
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        _, view = await opened(pilot, Stored(text), len(text))
        shown = ""
        while text.decode() != shown:
            shown += view.drawn_text()
            assert "\ufffd" not in shown
            await pressed(pilot, "n")
        assert len(shown) == 180_000


def subtitle(screen: WholeOutputScreen) -> str:
    return str(screen.query_one("#whole-box").border_subtitle)


async def test_words_are_found_forth_and_back_and_marked() -> None:
    text = "".join(f"line {number}{' Bag end' if number in {3, 40_000} else ''}\n" for number in range(60_000)).encode()
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, Stored(text), len(text))
        await pressed(pilot, "slash", *["b", "a", "g", "space", "e"], "enter")
        assert view.render_line(3).text.split() == ["line", "3", "Bag", "end"]
        assert any(
            segment.style.reverse for segment in view.render_line(3) if segment.style and segment.text == "Bag e"
        )
        await pressed(pilot, "enter")
        assert view.render_line(3).text.split()[:2] == ["line", "40000"]
        await pressed(pilot, "enter")
        assert "bag e is not below" in subtitle(screen)
        await pressed(pilot, "up")
        assert view.render_line(3).text.split()[:2] == ["line", "3"]
        await pressed(pilot, "up")
        assert "bag e is not above" in subtitle(screen)
        await pressed(pilot, "escape")
        assert screen.is_attached
        assert view.has_focus


async def test_a_line_is_gone_to_by_its_number() -> None:
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen, view = await opened(pilot, Stored(TEXT), len(TEXT))
        await pressed(pilot, "colon", *"50001", "enter")
        assert view.render_line(0).text.split()[:2] == ["line", "50000"]
        for wrong in ("99999", "0", "x"):
            await pressed(pilot, "escape", "colon", *["backspace"] * 6, *wrong, "enter")
            assert f"there is no line {wrong}" in subtitle(screen)


async def test_the_whole_is_saved_to_a_new_file_only(tmp_path: Path) -> None:
    path = tmp_path / "output.txt"
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, Stored(TEXT), len(TEXT))
        await pressed(pilot, "s", *str(path), "enter")
        assert path.read_bytes() == TEXT
        assert "written to" in subtitle(screen)
        await pressed(pilot, "s", "enter")
        assert "is there already" in subtitle(screen)
        await pressed(pilot, *["end"], *"/deeper", "enter")
        assert "can't be written" in subtitle(screen)


async def test_a_name_that_is_no_path_is_said_to_be_none() -> None:
    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, Stored(TEXT), len(TEXT))
        await pressed(pilot, "s", *"~nobody-is-called-so/output", "enter")
        assert "~nobody-is-called-so/output is no path" in subtitle(screen)


async def test_what_was_not_saved_as_a_whole_is_not_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "output.txt"
    begun, stored = asyncio.Event(), Stored(TEXT)

    async def read(start: int, length: int) -> bytes:
        if path.exists():
            begun.set()
            await asyncio.Event().wait()
        return await stored.read(start, length)

    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        await pilot.app.push_screen(WholeOutputScreen("output", len(TEXT), read))
        await settled(pilot)
        await pilot.press("s", *str(path), "enter")
        await begun.wait()
        await pilot.press("escape")
        await pilot.press("escape")
        await settled(pilot)
        assert not path.exists()


async def test_a_store_that_fails_says_so() -> None:
    async def fail(start: int, length: int) -> bytes:
        raise StoreError("The disk is gone.", remedy=f"Mount it ({start}, {length}).")

    async with Frame(OutputView()).run_test(size=(80, 24)) as pilot:
        screen = WholeOutputScreen("output", 10, fail)
        await pilot.app.push_screen(screen)
        await settled(pilot)
        assert "The disk is gone." in str(screen.query_one("#whole-box").border_subtitle)


async def test_the_output_asks_for_the_whole_only_where_there_is_any() -> None:
    asked: list[OutputView.OpenRequested] = []

    class Asked(Frame):
        def on_output_view_open_requested(self, message: OutputView.OpenRequested) -> None:
            asked.append(message)

    view, cell = OutputView(), Cell()
    async with Asked(view).run_test(size=(80, 24)) as pilot:
        view.show(cell.record)
        view.focus()
        await pilot.press("o")
        assert not asked
        cell.out("something")
        await pilot.press("o")
        assert len(asked) == 1
