"""A connection is held while the user is asked, and what is said meanwhile counts at once."""

import asyncio
import json

import pytest

from codeact_tui.sandbox.hosts import AllowedHosts
from codeact_tui.sandbox.proxy.hosts import Hosts, Told
from codeact_tui.sandbox.proxy.rules import AllowList
from tests.sandbox.proxy.world import PUBLIC, World, connected, open_world, serving

CONNECT = "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"


def told(**changes: object) -> Told:
    said: Told = {"allowed": [], "never": [], "once": [], "refused": [], "asks": True, "held": False}
    said.update(changes)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return said


def asking(**bounds: float) -> Hosts:
    hosts = Hosts(AllowList(()), **bounds)  # pyright: ignore[reportArgumentType]
    hosts.say(told())
    return hosts


async def head(world: World, words: str = CONNECT) -> str:
    async with connected(world) as client:
        await client.says(words)
        return (await client.head()).splitlines()[0]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"once": ["example.org:443"]}, "HTTP/1.1 200 Connected"),
        ({"allowed": ["example.org"]}, "HTTP/1.1 200 Connected"),
        ({"refused": ["example.org:443"]}, "HTTP/1.1 403"),
        ({"never": ["example.org"]}, "HTTP/1.1 403"),
        ({"asks": False}, "HTTP/1.1 403"),
        (
            {"held": True, "allowed": ["example.org"]},
            "HTTP/1.1 403 the network is off during a dry run and example.org:443 is not reached",
        ),
    ],
)
async def test_a_connection_waits_for_the_answer_and_nothing_is_looked_up_before(
    said: dict[str, object], line: str
) -> None:
    hosts = asking()
    async with open_world(hosts=hosts) as (world, _), serving(world, 443, None):
        waiting = asyncio.create_task(head(world))
        asked = await world.until_told("asking")
        assert (asked.host, asked.port) == ("example.org", 443)
        hosts.say(told(once=["other.example:443", "example.org:80"]))  # another answer changes nothing
        assert (world.resolved, world.dialled, waiting.done()) == ([], [], False)
        hosts.say(told(**said))
        assert (await waiting).startswith(line)
        assert world.dialled == ([(PUBLIC, 443)] if "200" in line else [])


async def test_an_answer_opens_that_host_and_that_port_alone_and_ends_when_it_is_taken_back() -> None:
    hosts = asking(wait_s=0.05)
    hosts.say(told(once=["example.org:443"]))
    async with open_world(hosts=hosts) as (world, _), serving(world, 443, None):
        assert "200" in await head(world)
        assert "403" in await head(world, "CONNECT sub.example.org:443 HTTP/1.1\r\nHost: sub.example.org:443\r\n\r\n")
        assert "403" in await head(world, "CONNECT example.org:80 HTTP/1.1\r\nHost: example.org:80\r\n\r\n")
        hosts.say(told(asks=False))
        assert "403" in await head(world)
        assert world.resolved == ["example.org"]


async def test_an_address_that_is_not_public_stays_closed_whatever_is_answered() -> None:
    hosts = asking()
    async with open_world(hosts=hosts) as (world, _), serving(world, 443, None, address="10.0.0.7"):
        world.names["example.org"] = ["10.0.0.7"]
        waiting = asyncio.create_task(head(world))
        await world.until_told("asking")
        hosts.say(told(once=["example.org:443"]))
        assert "leads to an address that is not public" in await waiting
        assert world.dialled == []


async def test_a_name_that_is_bound_anew_while_the_user_thinks_is_looked_up_once_and_checked() -> None:
    hosts = asking()
    async with open_world(hosts=hosts) as (world, _), serving(world, 443, None):
        waiting = asyncio.create_task(head(world))
        await world.until_told("asking")
        world.names["example.org"] = [PUBLIC, "127.0.0.1"]
        hosts.say(told(once=["example.org:443"]))
        assert "leads to an address that is not public" in await waiting
        assert (world.resolved, world.dialled) == (["example.org"], [])


async def test_what_nobody_answers_is_refused_and_so_is_what_is_too_much() -> None:
    hosts = asking(wait_s=0.05, held=1)
    asked: list[int] = []
    first = asyncio.create_task(hosts.verdict("a.example", 443, lambda: asked.append(1)))
    await asyncio.sleep(0)
    assert await hosts.verdict("b.example", 443, lambda: asked.append(2)) == "unlisted"
    assert await first == "unanswered"
    assert asked == [1]
    assert await hosts.verdict("nodots", 443, lambda: asked.append(3)) == "unlisted"


async def test_who_is_gone_waits_no_longer() -> None:
    hosts = asking(held=1)
    waiting = asyncio.create_task(hosts.verdict("a.example", 443, lambda: None))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    second = asyncio.create_task(hosts.verdict("a.example", 443, lambda: None))
    await asyncio.sleep(0)
    hosts.say(told(once=["a.example:443"]))
    assert await second == "allowed"


def test_the_application_tells_the_whole_of_it_at_each_change() -> None:
    lines: list[dict[str, object]] = []
    hosts = AllowedHosts(["pypi"])
    hosts.connect(lambda line: lines.append(json.loads(line)))
    hosts.grant(["api.example.org"], ["x.org"])
    hosts.grant(["api.example.org"], ["x.org"])  # no change
    hosts.answer("a.example", 443, allowed=True)
    hosts.answer("b.example", 80, allowed=False)
    hosts.hold(held=True)
    hosts.hold(held=False)
    hosts.forget()
    hosts.forget()
    assert [line["once"] for line in lines] == [[], [], ["a.example:443"], ["a.example:443"], [], ["a.example:443"], []]
    assert [line["refused"] for line in lines][3] == ["b.example:80"]
    assert lines[-1]["allowed"] == ["pypi", "api.example.org"]
    assert lines[-1]["never"] == ["x.org"]
    held = lines[4]
    assert (held["allowed"], held["asks"], held["held"]) == ([], False, True)
    assert lines[-1]["held"] is False
    assert all(line["asks"] is False for line in lines)


def test_where_nobody_is_asked_a_connection_that_waits_is_refused_at_once() -> None:
    lines: list[dict[str, object]] = []
    hosts = AllowedHosts()
    hosts.connect(lambda line: lines.append(json.loads(line)))
    hosts.on_asked("a.example", 443)
    assert lines[-1]["refused"] == ["a.example:443"]
    heard: list[tuple[str, int]] = []
    hosts.asks = lambda host, port: heard.append((host, port))
    hosts.on_asked("b.example", 443)
    assert heard == [("b.example", 443)]
