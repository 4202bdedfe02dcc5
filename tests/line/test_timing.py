"""When a key or a line is an answer: never before the question could be read."""

import asyncio
import io
import os
import termios
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from codeact_tui.line.base import Ask, Suggestion
from codeact_tui.line.plain import PlainSurface
from codeact_tui.line.prompting import PromptSurface
from tests.e2e.screen import EmulatedScreen
from tests.line.stage import SOON_S, Person, Window

QUESTION = Ask("approval", "Run it?", keys=frozenset("yn"), enter_key="y", topic="a1 0")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Hands that note what they are given."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []
        self._changed = asyncio.Event()

    def _note(self, *what: str) -> None:
        self.heard.append(what)
        self._changed.set()

    def on_line(self, text: str, *, ahead: bool, queue: bool) -> None:
        self._note("line", text, "ahead" if ahead else "", "queue" if queue else "")

    def on_key(self, key: str) -> None:
        self._note("key", key)

    def on_interrupt(self) -> None:
        self._note("interrupt")

    def on_end(self) -> None:
        self._note("end")

    def on_compose(self, text: str) -> None:
        self._note("compose", text)

    async def suggest(self, before: str) -> Sequence[Suggestion]:
        return ()

    async def hears(self, *what: str) -> None:
        async with asyncio.timeout(SOON_S):
            while what not in self.heard:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def prompting(clock: Clock) -> AsyncGenerator[tuple[PromptSurface, Recorder, Person]]:
    drawn, hands = asyncio.Event(), Recorder()
    screen = EmulatedScreen(80, 20, answer=lambda _: None)
    window = Window(screen, drawn)
    with create_pipe_input() as keys:
        output = Vt100_Output(window, lambda: Size(rows=20, columns=80), term="xterm", enable_cpr=False)
        surface = PromptSurface(
            window,
            colour=True,
            still=False,
            delay_s=0.5,
            terminal_input=keys,
            terminal_output=output,
            clock=clock,
        )
        running = asyncio.create_task(surface.run(hands))
        await surface.shown()
        try:
            yield surface, hands, Person(keys, screen, drawn)
        finally:
            surface.stop()
            await running


@pytest.mark.parametrize(("key", "heard"), [("y", ("key", "y")), ("n", ("key", "n")), ("<enter>", ("key", "y"))])
async def test_a_key_answers_after_half_a_second(key: str, heard: tuple[str, ...]) -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(QUESTION)
        await person.sees("Run it?")
        clock.now += 0.5
        person.types(key)
        await hands.hears(*heard)


async def test_an_early_key_is_typing_and_a_line_of_it_is_marked() -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(QUESTION)
        await person.sees("Run it?")
        clock.now += 0.49
        person.types("y")
        await person.sees("› y")
        clock.now += 10
        person.types("<enter>")
        await hands.hears("line", "y", "ahead", "")
        assert hands.heard == [("line", "y", "ahead", "")]


async def test_an_early_enter_is_nothing() -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(QUESTION)
        await person.sees("Run it?")
        person.types("<enter><ctrl+c>")
        await hands.hears("interrupt")
        assert hands.heard == [("interrupt",)]


async def test_every_key_puts_the_answer_off() -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(QUESTION)
        await person.sees("Run it?")
        clock.now += 10
        person.types("x")
        await person.sees("› x")
        clock.now += 0.3
        person.types("<backspace>")
        await person.does_not_see("› x")
        clock.now += 0.3
        person.types("y")
        await person.sees("› y")
        assert hands.heard == []


async def test_a_new_question_begins_its_own_half_second() -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(QUESTION)
        await person.sees("Run it?")
        clock.now += 10
        surface.ask(Ask("approval", "Run the other?", keys=frozenset("yn"), enter_key="y", topic="a2 0"))
        await person.sees("Run the other?")
        person.types("y")
        await person.sees("› y")
        assert hands.heard == []


async def test_what_was_typed_before_the_question_is_marked() -> None:
    clock = Clock()
    async with prompting(clock) as (surface, hands, person):
        surface.ask(Ask("busy"))
        person.types("ye")
        await person.sees("› ye")
        surface.ask(QUESTION)
        await person.sees("Run it?")
        clock.now += 10
        person.types("s<enter>")
        await hands.hears("line", "yes", "ahead", "")


async def test_alt_enter_is_for_the_next_turn() -> None:
    async with prompting(Clock()) as (surface, hands, person):
        surface.ask(Ask("busy"))
        person.types("later<escape><enter>")
        await hands.hears("line", "later", "", "queue")


class Paper(io.StringIO):
    """Says when something is written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self._written.set()
        return super().write(text)

    async def holds(self, text: str) -> None:
        async with asyncio.timeout(SOON_S):
            while text not in self.getvalue():
                self._written.clear()
                await self._written.wait()


@asynccontextmanager
async def cooked(clock: Clock) -> AsyncGenerator[tuple[PlainSurface, Recorder, int, Paper]]:
    """A plain surface that reads a real terminal."""
    master, slave = os.openpty()
    out, hands = Paper(), Recorder()
    with os.fdopen(slave, "r") as stdin:
        surface = PlainSurface(stdin, out, delay_s=0.5, clock=clock)
        running = asyncio.create_task(surface.run(hands))
        await asyncio.sleep(0)
        try:
            yield surface, hands, master, out
        finally:
            surface.stop()
            await running
    os.close(master)


async def test_a_line_on_a_plain_terminal_is_early_or_an_answer() -> None:
    clock = Clock()
    async with cooked(clock) as (surface, hands, master, out):
        surface.ask(QUESTION)
        await out.holds("Run it?")
        os.write(master, b"y\n")
        await hands.hears("line", "y", "ahead", "")
        clock.now += 0.5
        os.write(master, b"n\n")
        await hands.hears("line", "n", "", "")


async def test_half_a_line_typed_ahead_on_a_plain_terminal_is_forgotten() -> None:
    clock = Clock()
    async with cooked(clock) as (surface, hands, master, out):
        os.write(master, b"ye")
        echoed = b""
        while echoed != b"ye":  # it has come to the terminal's other side
            echoed += os.read(master, 2)
        surface.ask(QUESTION)
        await out.holds("Run it?")
        clock.now += 1
        os.write(master, b"n\n")
        await hands.hears("line", "n", "", "")
        assert hands.heard == [("line", "n", "", "")]


async def test_a_password_is_not_echoed_on_a_plain_terminal() -> None:
    async with cooked(Clock()) as (surface, hands, master, out):
        surface.ask(Ask("input", "Word: ", secret=True, topic="a1 1"))
        await out.holds("Word:")
        assert not termios.tcgetattr(master)[3] & termios.ECHO
        os.write(master, b"sesame\n")
        await hands.hears("line", "sesame", "", "")
        surface.ask(Ask("prompt"))
        assert termios.tcgetattr(master)[3] & termios.ECHO


async def test_ctrl_d_on_a_plain_terminal_is_the_end() -> None:
    async with cooked(Clock()) as (surface, hands, master, _):
        surface.ask(Ask("prompt"))
        os.write(master, b"\x04")
        await hands.hears("end")


async def test_the_prompt_sign_is_written_once_after_what_is_said() -> None:
    async with cooked(Clock()) as (surface, _, _, out):
        surface.ask(Ask("prompt"))
        surface.write("one")
        surface.write("two")
        await out.holds("›")
        surface.append("thr")
        surface.append("ee")
        surface.end_line()
        await out.holds("three\n› ")
        assert out.getvalue() == "one\ntwo\n› \nthree\n› "
