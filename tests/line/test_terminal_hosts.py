"""At a terminal: a host is asked about while the cell waits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from codeact_tui.kernel.fake_script import Hang
from tests.line.stage import Person, Stage, act, ask_and_see, at_once, at_terminal


@asynccontextmanager
async def asked_about(host: str) -> AsyncGenerator[tuple[Person, Stage]]:
    """Let a cell run that wants to reach a host."""
    stage = Stage([act("fetch()"), "Done."], config=at_once())
    stage.kernel.on("fetch()", Hang())
    async with at_terminal(stage) as (person, _):
        await ask_and_see(person)
        person.types("y")
        await person.sees(lambda _: bool(stage.kernel.executed))
        assert stage.kernel.on_host is not None
        stage.kernel.on_host(host, 443)
        yield person, stage


@pytest.mark.parametrize(
    ("key", "allowed", "said"),
    [
        ("o", True, "The cell may reach api.example.org:443, this once."),
        ("n", False, "The cell was refused api.example.org:443."),
    ],
)
async def test_a_host_is_asked_about_while_the_cell_waits(key: str, allowed: bool, said: str) -> None:
    async with asked_about("api.example.org") as (person, stage):
        await person.sees("[1] wants to reach api.example.org at port 443 (https). May it?")
        person.types(key)
        await person.sees(said)
        assert stage.kernel.answered_hosts == [("api.example.org", 443, allowed)]


async def test_a_host_whose_name_only_looks_latin_is_shown_as_it_is_sent() -> None:
    async with asked_about("xn--pple-43d.com") as (person, stage):
        await person.sees("wants to reach xn--pple-43d.com at port 443")
        await person.sees("may look like")
        await person.sees("v never")
        person.types("yes<enter>")
        assert stage.kernel.answered_hosts == []


async def test_the_whole_of_a_host_and_the_answers_are_shown_however_long_it_is() -> None:
    host = ".".join("abcdefghij" * 5 for _ in range(4)) + ".example"
    async with asked_about(host) as (person, _):
        await person.sees(lambda view: host in "".join(line.rstrip() for line in view.split("\n")))
        await person.sees("v never")
