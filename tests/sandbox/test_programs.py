"""The supervisor tells which programs a cell starts, inside each mechanism, and hinders none of them."""

import importlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.records import ProgramStart
from codeact_tui.sandbox import choice
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.detect import INSIDE, Finding, Findings
from codeact_tui.sandbox.programs import Programs
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.filters import verdict
from tests.sandbox.mechanisms import working_mechanisms

with pytest.MonkeyPatch.context() as patch:
    patch.setattr(sys, "path", [str(INSIDE), *sys.path])  # where its modules find each other
    seccomp = importlib.import_module("seccomp")
program = cast("Callable[..., bytes]", seccomp.program)
real = pytest.mark.parametrize("cells", [*working_mechanisms(), "limits"], indirect=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cells]:
    only_limits = request.param == "limits"
    settings = SandboxSettings(cast("SandboxMode", "auto" if only_limits else request.param), network=("example.org",))
    kernel = JupyterKernel(tmp_path_factory.mktemp("workspace"), sandbox=settings)
    with pytest.MonkeyPatch.context() as patch:
        if only_limits:
            nothing = Finding(works=False, detail="left out")
            patch.setattr(choice, "find_mechanisms", lambda: Findings(nothing, nothing, Finding(True, "seccomp")))
        info = await kernel.start(Listener())
    assert info.sandbox == request.param
    yield Cells(kernel)
    await kernel.shutdown()


async def started(cells: Cells, code: str) -> list[tuple[str, ...]]:
    """Run a cell; give the path and the arguments of each program that it has started."""
    cells.outputs.clear()
    await cells.kernel.news()
    await cells.run(code)
    assert cells.errors == [], cells.outputs[-1]
    return [(start.path, *start.words) for start in (await cells.kernel.news()).programs]


@pytest.mark.kernel
@pytest.mark.asyncio(loop_scope="module")
@real
async def test_each_is_told_once_with_its_words(cells: Cells) -> None:
    code = "import subprocess as s, os\ns.run(['true', 'a b', 'é'], env={'PATH': '/nowhere:/usr/bin'}, check=True)"
    assert await started(cells, code) == [("/usr/bin/true", "true", "a b", "é")]
    code = "print(s.run('/bin/echo hi | /bin/cat', shell=True, capture_output=True).stdout)"
    told = await started(cells, code)
    assert cells.text == "b'hi\\n'\n"
    assert told[0] == ("/bin/sh", "/bin/sh", "-c", "/bin/echo hi | /bin/cat")
    assert sorted(told[1:]) == [("/bin/cat", "/bin/cat"), ("/bin/echo", "/bin/echo", "hi")]


@pytest.mark.kernel
@pytest.mark.asyncio(loop_scope="module")
@real
async def test_odd_ways_to_start_one_are_seen_and_what_is_not_there_is_not(cells: Cells) -> None:
    code = """
import os, subprocess as s
open('mine.sh', 'w').write('#!/bin/sh\\n'); os.chmod('mine.sh', 0o755)
s.run(['./mine.sh'], check=True)
fd = os.open('/bin/true', os.O_RDONLY)
if (pid := os.posix_spawn('/bin/sh', ['sh', '-c', 'exec true'], {})) and os.waitpid(pid, 0): pass
program = "import ctypes, os; c = ctypes.CDLL(None); fd = os.open('/bin/true', os.O_RDONLY); " \\
    "a = (ctypes.c_char_p * 2)(b'by fd', None); c.fexecve(fd, a, (ctypes.c_char_p * 1)(None))"
import sys
s.run([sys.executable, '-c', program], check=True)
try: s.run(['nonesuch'])
except FileNotFoundError: pass
try: s.run(['/etc/passwd'])
except PermissionError: pass
"""
    told = await started(cells, code)
    paths = [path for path, *_ in told]
    assert paths[0].endswith("/mine.sh")
    assert [words for _, *words in told][1:3] == [["sh", "-c", "exec true"], ["true"]]
    assert told[-1][1:] == ("by fd",)
    assert told[-1][0].endswith("/bin/true")
    assert not any("nonesuch" in path or "passwd" in path for path in paths)


@pytest.mark.kernel
@pytest.mark.asyncio(loop_scope="module")
@real
async def test_words_without_end_are_cut_and_hostile_ones_are_text(cells: Cells) -> None:
    code = "import subprocess as s; s.run(['true', 'x' * 100_000, *['y'] * 5000], check=True)"
    [(_, *words)] = await started(cells, code)
    assert words[:2] == ["true", "x" * 400]
    assert len(words) <= 40
    [told] = await started(cells, "s.run(['true', b'\\xff\\x1b[2J\\n{\"exit\": 0}', '\\x01' * 900, '\\x01' * 900])")
    assert told[2] == '\ufffd\x1b[2J\n{"exit": 0}'


@pytest.mark.kernel
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("cells", [each for each in working_mechanisms() if each == "bubblewrap"], indirect=True)
async def test_a_connection_that_waits_holds_up_nobody(cells: Cells) -> None:
    code = """
import os, socket, subprocess as s, tempfile, threading
path = os.path.join(tempfile.mkdtemp(), 'full')
server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen(0)
first, second = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
first.connect(path)
waiting = threading.Thread(target=second.connect, args=(path,)); waiting.start()
s.run(['true'], check=True)
server.accept(); server.accept(); waiting.join()
"""
    assert [path for path, *_ in await started(cells, code)] == ["/usr/bin/true"]


def test_the_kept_are_bounded_and_the_rest_counted() -> None:
    programs = Programs()
    for _ in range(600):
        programs.add(ProgramStart("p" * 5000, ("w" * 5000,) * 50), missed=1)
    starts, more = programs.news()
    assert (len(starts), more) == (500, 700)
    assert starts[0] == ProgramStart("p" * 1000, ("w" * 400,) * 40)
    assert programs.news() == ((), 0)


@pytest.mark.parametrize("network", seccomp.NETWORK)
@pytest.mark.parametrize(("machine", "starts"), [("x86_64", (59, 322)), ("aarch64", (221, 281))])
def test_the_filter_asks_at_each_start_where_it_is_told_to(network: str, machine: str, starts: tuple[int, int]) -> None:
    for number in starts:
        asked, plain = (program(network, machine, starts_asked=each) for each in (True, False))
        assert (verdict(asked, machine, number), verdict(plain, machine, number)) == (0x7FC00000, 0x7FFF0000)
