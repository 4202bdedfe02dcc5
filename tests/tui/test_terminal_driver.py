"""The last place before the terminal: what is rewritten there, and a terminal that has gone."""

import io
from typing import cast

from textual.app import App
from textual.driver import Driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.headless_driver import HeadlessDriver

from codeact_tui.tui.terminal_driver import Enduring, Rewriting, own_driver


class Gone(io.StringIO):
    """A terminal that takes nothing any more."""

    tried = 0

    def write(self, text: str) -> int:
        del text
        self.tried += 1
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


class Recording(HeadlessDriver):
    """A driver with a file, whose output is kept."""

    def __init__(self, app: App[object]) -> None:
        super().__init__(app)
        self._file = Gone()
        self.written: list[str] = []

    def write(self, data: str) -> None:
        self.written.append(data)

    def start_application_mode(self) -> None:
        self.written.append(type(self._file).__name__)


def driver() -> Recording:
    made: Driver = own_driver(Recording)(cast("App[object]", App()))
    assert isinstance(made, Recording)
    return made


async def test_it_writes_what_it_is_told_to_write_instead() -> None:
    ours = driver()
    ours.write("a")
    assert isinstance(ours, Rewriting)
    ours.rewrite = str.upper
    ours.write("a")
    assert ours.written == ["a", "A"]


async def test_its_terminal_may_go_away_and_it_may_start_again() -> None:
    ours = driver()
    ours.start_application_mode()
    ours.start_application_mode()
    assert ours.written == ["Enduring", "Enduring"]


def test_what_is_written_to_a_terminal_that_has_gone_holds_nobody_up() -> None:
    gone = Gone()
    thread = WriterThread(cast("io.StringIO", Enduring(gone)))
    thread.start()
    for _ in range(100):
        thread.write("a")
    thread.stop()
    assert gone.tried == 100


def test_a_terminal_that_is_there_gets_everything() -> None:
    file = io.StringIO()
    there = Enduring(file)
    assert there.write("abc") == 3
    there.flush()
    assert file.getvalue() == "abc"
    assert not there.isatty()
