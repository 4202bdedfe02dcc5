"""`codeact serve --web` in a process of its own, asked by a real HTTP and websocket client."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.cli.commands import codeact

pytestmark = pytest.mark.e2e


class Served(NamedTuple):
    """A server that runs."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def base(self) -> str:
        """The address without the token."""
        return "/".join(self.address.split("/")[:3])

    @property
    def token(self) -> str:
        return self.address.removeprefix(self.base).strip("/")


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "codeact_tui", "serve", "--web", "--model", "demo", "--folder", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]{43}/$", line.strip())
    assert found, line
    try:
        yield Served(process, found[0])
    finally:
        process.terminate()
        process.wait(120)
        process.stdout.close()


async def status(session: ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers) as response:
        await response.read()
        return response.status


async def test_page_assets_and_websocket_need_the_token(served: Served) -> None:
    assets = ("static/js/textual.js", "static/css/xterm.css")
    other = "A" * len(served.token)
    async with ClientSession() as session:
        assert await status(session, served.address) == 200
        for asset in assets:
            assert await status(session, served.address + asset) == 200
            assert await status(session, f"{served.base}/{asset}") == 403
            assert await status(session, f"{served.base}/{other}/{asset}") == 403
        for path in ("/", "//", f"/{other}/", f"/{served.token}", f"/?token={served.token}", f"/{served.token[:-1]}/"):
            assert await status(session, served.base + path) == 403, path
        for path in ("/ws", f"/{other}/ws"):
            with pytest.raises(WSServerHandshakeError) as caught:
                await session.ws_connect(served.base + path, headers={"Origin": served.base})
            assert caught.value.status == 403


async def test_other_hosts_and_other_sites_are_refused(served: Served) -> None:
    port = served.base.rpartition(":")[2]
    async with ClientSession() as session:
        assert await status(session, served.address, Host=f"localhost:{port}") == 200
        assert await status(session, served.address, Origin=served.base) == 200
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil.example:{port}", ""):
            assert await status(session, served.address, Host=host) == 403, host
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1:1"):
            assert await status(session, served.address, Origin=origin) == 403, origin
        fetched = {"Sec-Fetch-Site": "cross-site"}
        assert await status(session, served.address + "static/css/xterm.css", **fetched) == 403
        for origin in ("http://evil.example", "null", ""):
            with pytest.raises(WSServerHandshakeError) as caught:
                await session.ws_connect(f"{served.address}ws", headers={"Origin": origin} if origin else {})
            assert caught.value.status == 403


async def test_the_page_tells_nobody_where_it_is(served: Served) -> None:
    async with ClientSession() as session, session.get(served.address) as response:
        page = await response.text()
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "no-store"
        policy = response.headers["Content-Security-Policy"]
    assert "https:" not in policy
    assert "frame-ancestors 'none'" in policy
    websocket = f"{served.address}ws".replace("http://", "ws://")
    assert f'data-session-websocket-url="{websocket}"' in page
    assert f"{served.address}static/" in page


async def screen_shows(socket: "aiohttp.ClientWebSocketResponse[bool]", *words: str) -> None:
    """Read what is drawn until all of these words have come."""
    drawn = ""
    while not all(word in drawn for word in words):
        message = await socket.receive(timeout=300)
        assert message.type is aiohttp.WSMsgType.BINARY, (message, drawn)
        drawn += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", message.data.decode())


async def test_the_same_screen_runs_in_the_page_and_ends_with_it(served: Served) -> None:
    async with ClientSession() as session:
        url = f"{served.address}ws?width=100&height=30"
        async with session.ws_connect(url, headers={"Origin": served.base}) as socket:
            await screen_shows(socket, "codeact", "Python ", "f1 help")
            for character in "!print(6 * 7)\r":
                await socket.send_json(["stdin", character])
            await screen_shows(socket, "42")
            await socket.send_json(["stdin", "\x11"])
            while not (await socket.receive(timeout=300)).type & aiohttp.WSMsgType.CLOSE:
                pass
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(120) == 0


def test_a_taken_port_is_said(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    port = served.base.rpartition(":")[2]
    outcome = codeact(capsys, "serve", "--web", "--port", port)
    assert outcome.code == 1
    assert outcome.err.startswith(f"Port {port} of 127.0.0.1 can't be used: ")
    assert "--port 0" in outcome.err


def test_without_textual_serve_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.delitem(sys.modules, "codeact_tui.cli.web_guard", raising=False)
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    outcome = codeact(capsys, "serve", "--web")
    assert outcome.code == 1
    assert "pip install 'codeact-tui[web]'" in outcome.err


def test_it_has_to_be_said_how(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = codeact(capsys, "serve")
    assert outcome.code == 2
    assert "codeact serve --web" in outcome.err
