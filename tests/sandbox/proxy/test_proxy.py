"""The proxy in a world of its own: what it lets through, what it refuses, and what the other side gets to see."""

import asyncio
import base64
import socket
from ipaddress import ip_address

import pytest

from codeact_tui.sandbox.proxy.outgoing import connect_to
from codeact_tui.sandbox.proxy.server import Bounds, Record
from tests.sandbox.proxy.world import PUBLIC, World, connected, open_world, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def asked(world: World, words: bytes | str) -> str:
    """Give the first line of the answer."""
    async with connected(world) as client:
        await client.says(words)
        return (await client.head()).splitlines()[0]


# -- tunnels


async def test_a_tunnel_carries_bytes_both_ways_and_is_told_with_their_number() -> None:
    async with open_world("example.org") as (world, _), serving(world, 443, None):
        async with connected(world) as client:
            await client.says("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\nearly")
            assert await client.head() == "HTTP/1.1 200 Connected\r\n\r\n"
            await client.says(b"\x00" * 300_000)
            client.writer.write_eof()
            assert await client.rest() == b"early" + b"\x00" * 300_000
        closed = await world.until_told("closed")
        assert world.records == [Record(1, "open", "example.org", 443), closed]
        assert closed == Record(1, "closed", "example.org", 443, "", 300_005, 300_005)
        assert world.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("evil.example:443", "403 sandbox.network does not list evil.example:443"),
        ("example.org:22", "403 sandbox.network does not list example.org:22"),
        ("example.org.evil.example:443", "403 sandbox.network does not list example.org.evil.example:443"),
        ("127.0.0.1:443", "403 sandbox.network does not list 127.0.0.1:443"),
        ("93.184.216.34:443", "403 sandbox.network does not list 93.184.216.34:443"),
        ("[::1]:443", "403 sandbox.network does not list [::1]:443"),
        ("[::ffff:7f00:1]:443", "403 sandbox.network does not list [::ffff:127.0.0.1]:443"),
        ("2130706433:443", "400 not understood: neither the name of a host nor an address"),
        ("0x7f.1:443", "400 not understood: neither the name of a host nor an address"),
        ("example.org:0", "400 not understood: no such port"),
        ("example.org:99999", "400 not understood: no such port"),
        ("example.org", "400 not understood: no request to a proxy"),
        ("example.org@evil.example:443", "400 not understood: no request to a proxy"),
        ("example.org:443@evil.example:443", "400 not understood: no request to a proxy"),
        ("ex\u00e4mple.org:443", "400 not understood: no request to a proxy"),
    ],
)
async def test_what_is_not_listed_is_refused_before_any_name_is_looked_up(target: str, line: str) -> None:
    async with open_world("example.org") as (world, _):
        status = await asked(world, f"CONNECT {target} HTTP/1.1\r\nHost: example.org\r\n\r\n")
        refused = await world.until_told("refused")
    assert status.replace("::ffff:7f00:1", "::ffff:127.0.0.1") == f"HTTP/1.1 {line}"
    assert refused.reason.replace("::ffff:7f00:1", "::ffff:127.0.0.1") == line[4:]
    assert (world.resolved, world.dialled) == ([], [])


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00:ec2::254"], ["::ffff:10.0.0.1"], [PUBLIC, "10.0.0.1"]],
)
@pytest.mark.parametrize("allowed", ["example.org", "all"])
async def test_an_allowed_name_that_leads_inside_is_refused(addresses: list[str], allowed: str) -> None:
    async with open_world(allowed) as (world, _):
        world.names["example.org"] = addresses
        status = await asked(world, "CONNECT example.org:443 HTTP/1.1\r\n\r\n")
    assert status == "HTTP/1.1 403 example.org leads to an address that is not public"
    assert world.dialled == []


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "[::ffff:8.8.8.8]", "0.0.0.0"])
async def test_with_everything_allowed_a_literal_address_inside_is_refused(host: str) -> None:
    async with open_world("all") as (world, _):
        status = await asked(world, f"CONNECT {host}:80 HTTP/1.1\r\n\r\n")
    assert status.startswith("HTTP/1.1 403 ")
    assert world.dialled == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_connected_to() -> None:
    async with open_world("example.org") as (world, _), serving(world, 443, OK):
        status = await asked(world, "CONNECT EXAMPLE.org.:443 HTTP/1.1\r\n\r\n")
    assert status == "HTTP/1.1 200 Connected"
    assert (world.resolved, world.dialled) == (["example.org"], [(PUBLIC, 443)])


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async with open_world("example.org") as (world, _), serving(world, 443, OK):
        world.names["example.org"] = ["2606:4700::1", PUBLIC]
        assert await asked(world, "CONNECT example.org:443 HTTP/1.1\r\n\r\n") == "HTTP/1.1 200 Connected"
    assert world.dialled == [("2606:4700::1", 443), (PUBLIC, 443)]


async def test_a_name_without_an_address_and_a_host_that_does_not_answer_are_told_apart() -> None:
    async with open_world("all") as (world, _):
        nowhere = await asked(world, "CONNECT nowhere.example:443 HTTP/1.1\r\n\r\n")
        assert nowhere == "HTTP/1.1 502 nowhere.example has no address"
        silent = await asked(world, "CONNECT example.org:443 HTTP/1.1\r\n\r\n")
        assert silent == "HTTP/1.1 502 example.org:443 can't be connected to"


async def test_an_address_of_this_machine_is_given_up_however_public_it_looks() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(ConnectionRefusedError, match="this machine itself"),
    ):
        await connect_to(ip_address("127.0.0.1"), server.getsockname()[1])


# -- plain requests


async def test_a_plain_request_is_written_anew_for_the_host_that_was_checked() -> None:
    async with open_world("example.org") as (world, _), serving(world, 80, OK) as heard:
        async with connected(world) as client:
            await client.says(
                "GET http://example.org/a?b=c HTTP/1.1\r\nHost: evil.example\r\nhost: other.example\r\n"
                "Proxy-Authorization: Basic eDp5\r\nConnection: keep-alive, X-Drop\r\nX-Drop: 1\r\nX-Keep: 2\r\n\r\n"
                "GET http://example.org/second HTTP/1.1\r\n\r\n"
            )
            assert await client.rest() == OK
        closed = await world.until_told("closed")
    sent = b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nX-Keep: 2\r\nConnection: close\r\n\r\n"
    assert b"".join(heard) == sent
    assert closed == Record(1, "closed", "example.org", 80, "", len(sent), len(OK))


@pytest.mark.parametrize(
    ("headers", "body", "sent"),
    [
        ("Content-Length: 5\r\n", "hello", b"hello"),
        ("Content-Length: 5\r\n", "helloGET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"hello"),
        ("Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\nGET /", b"3\r\nabc\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n", "0\r\n\r\n", b"0\r\n\r\n"),
    ],
)
async def test_one_body_is_sent_and_nothing_after_it(headers: str, body: str, sent: bytes) -> None:
    async with open_world("example.org") as (world, _), serving(world, 80, OK) as heard, connected(world) as client:
        await client.says(f"POST http://example.org HTTP/1.1\r\n{headers}\r\n{body}")
        await client.rest()
    assert b"".join(heard).partition(b"\r\n\r\n")[2] in {sent, b""}  # the answer may come first, and ends it
    assert b"evil" not in b"".join(heard)


async def test_a_body_arrives_whole_where_the_server_waits_for_it() -> None:
    async with open_world("example.org") as (world, _), serving(world, 80, None) as heard, connected(world) as client:
        await client.says("POST http://example.org/ HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + "x" * 300_000)
        got = b""
        async with asyncio.timeout(120):
            while b"x" * 300_000 not in got:
                got += await client.reader.read(1 << 16)

    assert b"".join(heard).endswith(b"\r\n\r\n" + b"x" * 300_000)


async def test_the_server_is_told_when_the_client_has_gone() -> None:
    async with open_world("example.org") as (world, _), serving(world, 80, None) as heard:
        async with connected(world) as client:
            await client.says("GET http://example.org/ HTTP/1.1\r\n\r\n")
            await client.reader.read(1)
        await world.until_told("closed")
    assert heard


async def test_a_client_that_has_said_all_gets_its_answer() -> None:
    async with open_world("example.org") as (world, _), serving(world, 80, None), connected(world) as client:
        await client.says("GET http://example.org/ HTTP/1.1\r\n\r\n")
        client.writer.write_eof()
        assert (await client.rest()).startswith(b"GET / HTTP/1.1")


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost: example.org",
        "GET https://example.org/ HTTP/1.1",
        "GET ftp://example.org/ HTTP/1.1",
        "GET http://example.org@evil.example/ HTTP/1.1",
        "GET http://evil.example#@example.org/ HTTP/1.1",
        "GET http://example.org\\@evil.example/ HTTP/1.1",
        "GET http://example.org/ a HTTP/1.1",
        "GET http://example.org/ HTTP/2",
        "CONNECT http://example.org/ HTTP/1.1",
        "GET http://example.org/\r\n X: folded",
        "GET http://example.org/ HTTP/1.1\r\n folded",
        "GET http://example.org/ HTTP/1.1\r\nX : y",
        "GET http://example.org/ HTTP/1.1\r\nX: y\nHost: evil.example",
        "GET http://example.org/ HTTP/1.1\r\nX: y\x00",
        "POST http://example.org/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6",
        "POST http://example.org/ HTTP/1.1\r\nContent-Length: +5",
        "POST http://example.org/ HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked",
        "POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "\x16\x03\x01\x02\x00\x01",
    ],
)
async def test_what_could_be_read_in_two_ways_is_refused(head: str) -> None:
    async with open_world("all") as (world, _):
        status = await asked(world, f"{head}\r\n\r\n")
    assert status.startswith("HTTP/1.1 400 not understood: ")
    assert world.dialled == []


async def test_a_redirect_to_an_address_inside_is_refused_when_it_is_followed() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    async with open_world("example.org") as (world, _), serving(world, 80, redirect):
        async with connected(world) as client:
            await client.says("GET http://example.org/ HTTP/1.1\r\n\r\n")
            assert b"169.254.169.254" in await client.rest()
        followed = await asked(world, "GET http://169.254.169.254/latest HTTP/1.1\r\n\r\n")
    assert followed == "HTTP/1.1 403 sandbox.network does not list 169.254.169.254:80"
    assert world.dialled == [(PUBLIC, 80)]


# -- SOCKS5


async def test_socks_carries_bytes_to_a_name() -> None:
    async with open_world("example.org") as (world, _), serving(world, 443, None), connected(world) as client:
        await client.says(b"\x05\x01\x00")
        assert await client.reader.readexactly(2) == b"\x05\x00"
        await client.says(b"\x05\x01\x00\x03\x0bexample.org\x01\xbb")
        assert await client.reader.readexactly(10) == b"\x05\x00\x00\x01" + bytes(6)
        await client.says(b"hello")
        assert await client.reader.readexactly(5) == b"hello"


@pytest.mark.parametrize(
    ("request_words", "answer"),
    [
        (b"\x05\x01\x00\x03\x0cevil.example\x01\xbb", b"\x05\x02"),
        (b"\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb", b"\x05\x02"),
        (b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x01\xbb", b"\x05\x02"),
        (b"\x05\x02\x00\x03\x0bexample.org\x01\xbb", b"\x05\x02"),  # bind
        (b"\x05\x03\x00\x03\x0bexample.org\x01\xbb", b"\x05\x02"),  # UDP
        (b"\x05\x01\x00\x03\x0bexample.org\x00\x00", b"\x05\x02"),
        (b"\x05\x01\x00\x03\x0bexample.org\x01\xbb", b"\x05\x04"),  # nobody answers there
    ],
)
async def test_socks_refuses_the_same(request_words: bytes, answer: bytes) -> None:
    async with open_world("example.org") as (world, _), connected(world) as client:
        await client.says(b"\x05\x01\x00" + request_words)
        assert (await client.rest())[2:4] == answer


async def test_a_password_is_asked_for_where_there_is_one() -> None:
    async with open_world("example.org", password="secret") as (world, _), serving(world, 443, OK):
        connect = "CONNECT example.org:443 HTTP/1.1\r\n{}\r\n"
        assert (await asked(world, connect.format(""))).startswith("HTTP/1.1 407 ")
        for given, status in (("x:secret", "200"), ("x:wrong", "407"), ("secret", "407")):
            words = f"Proxy-Authorization: Basic {base64.b64encode(given.encode()).decode()}\r\n"
            assert (await asked(world, connect.format(words))).split()[1] == status
        for given, answer in ((b"\x06secret", b"\x00"), (b"\x05wrong", b"\x02")):
            async with connected(world) as client:
                await client.says(b"\x05\x01\x02" + b"\x01\x01x" + given + b"\x05\x01\x00\x03\x0bexample.org\x01\xbb")
                assert (await client.reader.readexactly(6))[5:] == answer
        async with connected(world) as client:
            await client.says(b"\x05\x01\x00")
            assert (await client.rest()).startswith(b"\x05\xff")


# -- bounds


async def test_a_head_that_does_not_end_is_refused() -> None:
    async with open_world("all", bounds=Bounds(head_bytes=1000)) as (world, _):
        status = await asked(world, "GET http://example.org/ HTTP/1.1\r\nX: " + "x" * 5000)
    assert status == "HTTP/1.1 400 not understood: a line or a head that is too long"


async def test_who_asks_for_nothing_is_sent_away() -> None:
    async with open_world("all", bounds=Bounds(request_s=0.02)) as (world, _):
        assert await asked(world, b"C") == "HTTP/1.1 408 nothing was asked for in time"


async def test_a_tunnel_in_which_nothing_happens_is_ended() -> None:
    async with open_world("all", bounds=Bounds(idle_s=0.02)) as (world, _), serving(world, 443, None):
        async with connected(world) as client:
            await client.says("CONNECT example.org:443 HTTP/1.1\r\n\r\n")
            assert await client.rest() == b"HTTP/1.1 200 Connected\r\n\r\n"
        await world.until_told("closed")


async def test_more_connections_than_may_be_wait_and_are_served_later() -> None:
    async with (
        open_world("example.org", bounds=Bounds(connections=2)) as (world, _),
        serving(world, 443, None),
        connected(world) as first,
        connected(world) as second,
        connected(world) as third,
    ):
        for client in (first, second):
            await client.says("CONNECT example.org:443 HTTP/1.1\r\n\r\n")
            await client.head()
        await third.says("CONNECT evil.example:443 HTTP/1.1\r\n\r\n")
        await first.says("still here")
        assert await first.reader.readexactly(10) == b"still here"
        assert [record.state for record in world.records] == ["open", "open"]
        second.writer.close()
        assert (await third.head()).startswith("HTTP/1.1 403 ")


async def test_what_breaks_in_one_connection_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async with open_world("example.org") as (world, _), serving(world, 443, OK):
        world.names["example.org"] = None  # pyright: ignore[reportArgumentType] - a mistake of ours
        async with connected(world) as client:
            await client.says("CONNECT example.org:443 HTTP/1.1\r\n\r\n")
            assert await client.rest() == b""
        assert (await world.until_told("refused")).reason == "the proxy failed"
        assert "could not be served" in caplog.text
        world.names["example.org"] = [PUBLIC]
        assert await asked(world, "CONNECT example.org:443 HTTP/1.1\r\n\r\n") == "HTTP/1.1 200 Connected"
