"""Going back, on the screen: what it would do to files, and what has to be decided before."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.events import CheckpointTaken, Event, PromptSubmitted, TravelAsked
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import PreviewRewind, Redo, Rewind
from codeact_tui.protocol.resuming import RerunOffer
from codeact_tui.protocol.travel import EVERYTHING, CheckpointsHeld, HeldCheckpoint, RewindPreviewed, VariableDifference
from codeact_tui.protocol.travel_files import FileDifference, FilesPreview
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.app import CodeActApp
from tests.tui.shell.recorded import ANSWER, NOW, OPENING, STORY, RecordedSession, connect_to
from tests.tui.shell.stage import interface
from tests.tui.shell.test_snapshots import SIZES, SnapCompare, settled

DIFF = "--- \n+++ \n@@ -1,3 +1,3 @@\n # Notes\n-my own line\n+what the cell found\n+in two lines\n end\n"
MINE = "you changed it since"
FILES = (
    FileDifference("notes.md", "changes", 40, 52, MINE, DIFF),
    FileDifference("reports/2026/figures.parquet", "changes", 1_200_000, 900_000, why_not="binary"),
    FileDifference("out.csv", "disappears", 1800, None, diff="--- \n+++ \n@@ -1,2 +0,0 @@\n-a,b\n-1,2\n"),
    FileDifference("raw.csv", "appears", None, 512, diff="--- \n+++ \n@@ -0,0 +1 @@\n+\x1b[31mred\x1b[0m\n"),
)
PREVIEWED = FilesPreview(FILES, 4, ("todo.txt",), 1, ("big.bin",), 1)
ASKED = TravelAsked(
    5,
    EVERYTHING,
    conflicts=(FILES[0], FileDifference("plan.txt", "appears", None, 90, MINE, why_not="too large")),
    count=2,
)
GONE = TravelAsked(
    5,
    EVERYTHING,
    problem="The variables of that point are not kept any more",
    ways=("replay", "leave"),
    replay=(
        RerunOffer(ActionId("a1"), (Effect(1, "read", "sales.csv"),)),
        RerunOffer(ActionId("a2"), (Effect(2, "write", "out.csv"),)),
    ),
    loses=True,
)


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)


def opened() -> tuple[RecordedSession, CodeActApp]:
    session = RecordedSession()
    session.play(*OPENING)
    return session, CodeActApp(connect_to(session), interface(), clock=lambda: NOW + 3)


def played(session: RecordedSession, *keys: str, event: Event | None = None) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Play a story, press keys, and tell what going to the point that is asked about would change."""

    async def run(pilot: Pilot[int]) -> None:
        await settled(pilot)
        session.play(*STORY[len(OPENING) :], *ANSWER, CheckpointTaken("c9"))
        session.play(CheckpointsHeld((HeldCheckpoint("c9", 7_300_000),)))
        if event is not None:
            session.play(event)
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
            asked = [op for op in session.ops if isinstance(op, PreviewRewind)]
            if asked and key == "f10":
                x = VariableDifference(
                    "x", "changes", Variable("x", "int", summary="3"), Variable("x", "int", summary="1")
                )
                session.play(RewindPreviewed(asked[-1].point, 2, variables=(x,), files=PREVIEWED))
                await settled(pilot)

    return run


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        await pilot.pause()
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be")


@pytest.mark.parametrize("size", ["60x20", "120x36"])
def test_the_timeline_with_files(snap_compare: SnapCompare, size: str) -> None:
    session, app = opened()
    assert snap_compare(app, terminal_size=SIZES[size], run_before=played(session, "f10"))


@pytest.mark.parametrize("size", ["80x24"])
def test_the_timeline_with_differences(snap_compare: SnapCompare, size: str) -> None:
    session, app = opened()
    assert snap_compare(app, terminal_size=SIZES[size], run_before=played(session, "f10", "d"))


@pytest.mark.parametrize("size", ["60x20", "120x36"])
def test_files_that_the_user_changed(snap_compare: SnapCompare, size: str) -> None:
    session, app = opened()
    assert snap_compare(app, terminal_size=SIZES[size], run_before=played(session, "space", event=ASKED))


@pytest.mark.parametrize("size", ["60x20"])
def test_variables_that_are_not_held(snap_compare: SnapCompare, size: str) -> None:
    session, app = opened()
    assert snap_compare(app, terminal_size=SIZES[size], run_before=played(session, event=GONE))


async def test_the_chosen_point_stays_in_sight_when_its_preview_takes_room() -> None:
    session, app = opened()
    async with app.run_test(size=SIZES["60x20"]) as pilot:
        await played(session)(pilot)
        for number in range(20):
            session.play(PromptSubmitted(f"prompt {number}"))
        await played(session, "f10", "up", "up")(pilot)
        shown = app.screen.query_one(OptionList)
        asked = [op for op in session.ops if isinstance(op, PreviewRewind)][-1]
        rows = shown.size.height
        session.play(RewindPreviewed(asked.point, 2, files=PREVIEWED))
        await until(pilot, lambda: shown.size.height < rows)
        await settled(pilot)
        assert shown.highlighted is not None
        assert shown.scroll_offset.y <= shown.highlighted < shown.scroll_offset.y + shown.size.height


ANSWERS: list[tuple[TravelAsked, list[str], Rewind | Redo | None]] = [
    (ASKED, ["enter"], Rewind(5, EVERYTHING, "keep")),
    (ASKED, ["space", "enter"], Rewind(5, EVERYTHING, "keep", ("notes.md",))),
    (ASKED, ["t", "enter"], Rewind(5, EVERYTHING, "overwrite")),
    (ASKED, ["t", "down", "space", "enter"], Rewind(5, EVERYTHING, "keep", ("notes.md",))),
    (ASKED, ["t", "k", "enter"], Rewind(5, EVERYTHING, "keep")),
    (TravelAsked(5, EVERYTHING, undoes=True, conflicts=FILES[:1], count=1), ["enter"], Redo("keep")),
    (GONE, ["enter"], Rewind(5, EVERYTHING, "keep", (), "leave")),
    (GONE, ["space", "enter"], Rewind(5, EVERYTHING, "keep", (), "replay")),
    (ASKED, ["escape"], None),
]


async def test_the_answer_goes_to_the_session() -> None:
    session, app = opened()
    async with app.run_test(size=(120, 36)) as pilot:
        await played(session)(pilot)
        for event, keys, sent in ANSWERS:
            session.ops.clear()
            session.play(event)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await pilot.press(*keys)
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert [op for op in session.ops if isinstance(op, Rewind | Redo)] == ([] if sent is None else [sent])


async def test_one_question_is_put_at_a_time() -> None:
    session, app = opened()
    async with app.run_test(size=(120, 36)) as pilot:
        await played(session, event=ASKED)(pilot)
        session.play(ASKED)
        await settled(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        session.play(ASKED)
        await until(pilot, lambda: len(app.screen_stack) == 2)


async def test_files_alone_are_taken_back_and_what_they_hold_is_never_obeyed() -> None:
    session, app = opened()
    async with app.run_test(size=(120, 60)) as pilot:
        await played(session, "f10", "d")(pilot)
        strips = app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
        text = "\n".join(segment.text for strip in strips for segment in strip)
        assert "red" in text
        assert "\x1b" not in text
        await pilot.press("w")
        assert [op.what for op in session.ops if isinstance(op, Rewind)] == [("files",)]
