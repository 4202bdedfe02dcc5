"""A going back that takes a while says what it does, and stops as long as nothing was changed."""

import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from codeact_tui.protocol.events import Noted, TitleChanged, TravelGoesOn
from codeact_tui.protocol.ops import Interrupt, RenameSession, Undo
from codeact_tui.protocol.travel import Rewound
from codeact_tui.snapshots import restoring
from codeact_tui.snapshots.objects import Objects
from tests.session.bench import Bench, bench
from tests.session.test_file_travel import contents, kept, run, write
from tests.session.test_travelling import travelling


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.md").write_text("first")
    return folder


@pytest.fixture
async def it(work: Path) -> AsyncIterator[Bench]:
    async with bench(in_its_place=travelling(), files=kept(work)) as it:
        await run(it, f"x = 1; {write(work / 'notes.md', 'second')}")
        yield it


@pytest.fixture
def door() -> threading.Event:
    return threading.Event()


def behind(door: threading.Event, do: Callable[..., Any]) -> Callable[..., Any]:
    """Do it once the door is open."""

    def wait(*args: Any, **more: Any) -> Any:
        assert door.wait(120)
        return do(*args, **more)

    return wait


async def test_it_is_told_and_stopped_while_files_are_written_aside(
    it: Bench, work: Path, door: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Objects, "copy_to", behind(door, Objects.copy_to))
    it.send(Undo())
    await it.until(lambda: TravelGoesOn("writing", 0, 5) in it.events)
    it.send(Interrupt(), RenameSession("the interrupt was taken"))
    await it.until(TitleChanged)
    door.set()
    assert (await it.until(Noted)).text == "Stopped: nothing was changed."
    assert it.all(TravelGoesOn)[-1].step == "done"
    assert it.all(Rewound) == []
    assert contents(work) == {"notes.md": "second"}
    it.send(Undo())
    await it.until(Rewound)
    assert contents(work) == {"notes.md": "first"}


async def test_where_files_are_put_in_their_places_it_goes_on_to_its_end(
    it: Bench, work: Path, door: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = restoring._put_in_place  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(restoring, "_put_in_place", behind(door, put))
    it.send(Undo())
    await it.until(lambda: any((told.step, told.stoppable) == ("placing", False) for told in it.all(TravelGoesOn)))
    it.send(Interrupt(), RenameSession("the interrupt was taken"))
    await it.until(TitleChanged)
    door.set()
    await it.until(Rewound)
    assert contents(work) == {"notes.md": "first"}
    await it.until(lambda: it.all(TravelGoesOn)[-1].step == "done")
    assert it.all(Noted) == []
