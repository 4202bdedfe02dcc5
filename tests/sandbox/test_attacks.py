"""Every attack, for real, inside each mechanism that this machine has."""

import ctypes
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.attacks import ATTACKS, Attack
from tests.sandbox.mechanisms import working_mechanisms
from tests.sandbox.table import PAGE, page_with_table

pytestmark = pytest.mark.kernel

REFUSALS = {
    *("PermissionError", "FileNotFoundError", "OSError", "ConnectionRefusedError", "gaierror", "ProcessLookupError"),
    "ZeroDivisionError",  # raised by an attack that makes no sense for who runs it
}


def test_the_documentation_says_the_same() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_table(page), "Write it anew: python -m tests.sandbox.table"


def test_there_is_something_to_try_here() -> None:
    assert working_mechanisms()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret").write_text("secret")
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text("key")
    (folder / "shared").mkdir()
    (folder / "shared" / "data").write_text("data")
    return folder


@pytest.fixture(scope="module", autouse=True)
def _sockets(outside: Path, workspace: Path) -> Iterator[None]:
    """Listen where cells can see it."""
    with (
        socket.socket(socket.AF_UNIX) as shared,
        socket.socket(socket.AF_UNIX) as own,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        shared.bind(str(outside / "shared" / "s"))
        own.bind(str(workspace / "s"))
        datagrams.bind(str(outside / "shared" / "datagrams"))
        shared.listen()
        own.listen()
        yield


@pytest.fixture(scope="module")
def segment() -> Iterator[int]:
    """Share a segment of memory with whoever knows its key."""
    libc = ctypes.CDLL(None, use_errno=True)
    key = os.getpid() | 1 << 24
    number = libc.shmget(key, 4096, 0o1600)
    assert number >= 0
    yield key
    libc.shmctl(number, 0, None)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    (folder / ".git" / "hooks").mkdir(parents=True)
    (folder / ".git" / "config").write_text("")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".env").write_text("KEY=x")
    return folder


@pytest.fixture(scope="module", params=working_mechanisms())
def mechanism(request: pytest.FixtureRequest) -> SandboxMode:
    return cast("SandboxMode", request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cells(mechanism: SandboxMode, workspace: Path, outside: Path) -> AsyncIterator[Cells]:
    environment = {**os.environ, "HOME": str(outside / "home")}
    settings = SandboxSettings(mechanism, readable=(str(outside / "shared"),))
    kernel = JupyterKernel(workspace, sandbox=settings, environment=environment)
    await kernel.start(Listener())
    yield Cells(kernel)
    await kernel.shutdown()


@pytest.fixture(scope="module")
def targets(outside: Path, segment: int) -> "dict[str, str]":
    return {
        "outside": str(outside),
        "shared": str(outside / "shared"),
        "segment": str(segment),
        "secret": str(outside / "secret"),
        "home": str(outside / "home"),
        "app": str(os.getpid()),
        "abstract": f"codeact-test-{os.getpid()}",
        "add_key": "248" if os.uname().machine == "x86_64" else "217",
        "bpf": "321" if os.uname().machine == "x86_64" else "280",
    }


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: cast("Attack", attack).name)
async def test_an_attack_does_the_harm_that_is_said_of_it_and_mostly_none(
    cells: Cells, mechanism: SandboxMode, attack: Attack, targets: "dict[str, str]", outside: Path
) -> None:
    code = attack.code
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + targets["abstract"])
        abstract.listen()
        for name, value in {**targets, "port": str(tcp.getsockname()[1])}.items():
            code = code.replace("{" + name + "}", value)
        cells.outputs.clear()
        await cells.run(code)
    printed = "".join(output.text for output in cells.merged if isinstance(output, StreamOutput))
    assert ("HARM" in printed) == (mechanism == "landlock" and not attack.landlock)
    assert set(cells.errors) <= REFUSALS  # any other would be a mistake in the attack
    assert contents(outside) == {"secret": "secret", "home/.ssh/id_rsa": "key", "shared/data": "data"}
    assert (await cells.run("1 + 1")).status == "ok"
