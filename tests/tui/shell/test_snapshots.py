"""What the screen looks like. `make snapshots` draws these anew; look at each before you commit it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from codeact_tui.protocol.events import (
    ActionApproved,
    CellOutput,
    CellStarted,
    Event,
    KernelDied,
    KernelStateChanged,
    PromptSubmitted,
    ReplyDelta,
    StateChanged,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId, SessionId, code_sha256
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.store.base import SessionSummary
from codeact_tui.tui.app import CodeActApp
from codeact_tui.tui.screens.main import MainScreen
from tests.tui.shell.recorded import ANSWER, FOLDER, NOW, OPENING, STORY, THIRD, RecordedSession, connect_to
from tests.tui.shell.stage import interface

SIZES = {"60x20": (60, 20), "80x24": (80, 24), "120x36": (120, 36), "200x60": (200, 60)}
SnapCompare = Callable[..., bool]


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)


def summaries() -> list[SessionSummary]:
    """Sessions for the picker, one of them open elsewhere."""
    titles = ["Which three regions grew most?", "Plot the damped wave", "Clean the addresses of the spring mailing"]
    return [
        SessionSummary(
            SessionId(f"0tg5abcdefgh1{at}"),
            title,
            FOLDER,
            "gpt-4.1",
            NOW - 90_000 * (at + 1),
            NOW - 80_000 * at - 300,
            events=120,
            prompts=at + 1,
            cells=3 * at + 2,
            open=at == 1,
        )
        for at, title in enumerate(titles)
    ]


async def settled(pilot: Pilot[int]) -> None:
    """Wait until everything that came is drawn and the focus is where it will be."""
    main = pilot.app.screen_stack[0]
    assert isinstance(main, MainScreen)
    for _ in range(1000):
        await pilot.pause()
        await asyncio.sleep(0.01)
        if main.conversation.blocks and not main.bridge.busy:
            break
    else:
        raise AssertionError("there is no session on the screen")
    for _ in range(8):
        await asyncio.sleep(0.02)
        await threads_at_rest()
        await pilot.pause()


async def threads_at_rest() -> None:
    """Wait until nothing goes on in the loop's threads: what they find is drawn after that."""
    threads = cast("Any", asyncio.get_running_loop())._default_executor
    while threads is not None and threads._idle_semaphore._value < len(threads._threads):  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def before(session: RecordedSession, events: tuple[Event, ...], *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Play events, then press keys."""

    async def run(pilot: Pilot[int]) -> None:
        await settled(pilot)
        session.play(*events)
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return run


def compare(
    snap_compare: SnapCompare,
    events: tuple[Event, ...],
    *keys: str,
    size: str = "120x36",
    theme: str = "dark",
) -> bool:
    session = RecordedSession()
    session.play(*OPENING)
    app = CodeActApp(connect_to(session, summaries()), interface(theme=theme), clock=lambda: NOW + 3)
    return snap_compare(app, terminal_size=SIZES[size], run_before=before(session, events[len(OPENING) :], *keys))


FAILED = (*STORY, *ANSWER, KernelDied("segmentation fault"), KernelStateChanged("dead"))
RUNNING = (
    *STORY,
    ActionApproved(ActionId("a3"), 0, code_sha256(THIRD), "user"),
    CellStarted(ActionId("a3"), 0, code_sha256(THIRD)),
    StateChanged("running"),
    KernelStateChanged("busy"),
    CellOutput(ActionId("a3"), StreamOutput("stdout", "".join(f"pass {at} of 9\n" for at in range(1, 6)))),
)
WRITING = (
    *OPENING,
    PromptSubmitted("Which three regions grew most?"),
    TurnStarted(1),
    StateChanged("thinking"),
    ReplyDelta("text", "Let me read the file."),
    ReplyDelta("code", "import csv\n\nwith open('sales.csv') as file:\n    rows = list(csv.DictRea"),
)
MAIN: dict[str, tuple[Event, ...]] = {
    "empty": OPENING,
    "writing": WRITING,
    "question": STORY,
    "running": RUNNING,
    "finished": (*STORY, *ANSWER),
    "failed": FAILED,
}


@pytest.mark.parametrize("situation", MAIN)
@pytest.mark.parametrize("size", SIZES)
def test_the_main_situations(snap_compare: SnapCompare, size: str, situation: str) -> None:
    assert compare(snap_compare, MAIN[situation], size=size)


@pytest.mark.parametrize("theme", ["light", "contrast", "ansi", "mono", "kiln", "ledger", "tide"])
@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_themes(snap_compare: SnapCompare, size: str, theme: str) -> None:
    assert compare(snap_compare, STORY, size=size, theme=theme)


@pytest.mark.parametrize("size", SIZES)
def test_models_that_are_found(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, OPENING, "slash", *"model", "space", "backspace", "enter", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_a_theme_that_is_tried_on(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, STORY, "ctrl+p", *"theme", "enter", "down", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_editing(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, STORY, "e", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_saying_why_not(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, STORY, "f", "n", "o", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_commands_being_completed(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, (*STORY, *ANSWER), "slash", "r", "e", size=size)


@pytest.mark.parametrize("size", SIZES)
def test_the_help(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, OPENING, "f1", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_the_palette(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, OPENING, "ctrl+p", size=size)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_the_sessions(snap_compare: SnapCompare, size: str) -> None:
    assert compare(snap_compare, OPENING, "ctrl+r", size=size)
