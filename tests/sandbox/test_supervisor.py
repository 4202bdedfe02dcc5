"""The sandbox's first process, alone: what it starts, tells, limits and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from codeact_tui.sandbox.confine import supervisor_word
from codeact_tui.sandbox.detect import INSIDE
from tests.kernel.helpers import DEADLINE_S, eventually

SLEEPER = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
ORPHAN = (
    f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], stdout=subprocess.PIPE)\n"
    "print(int(p.stdout.readline()), flush=True)\n"
)


class Supervised:
    """A command under a supervisor, and the pipes to it."""

    def __init__(self, code: str, **specification: Any) -> None:
        commands, self.commands = os.pipe()
        self.status, status = os.pipe()
        given: dict[str, Any] = {"limits": {}, "memory_bytes": 0, "landlock": None, "network": None, **specification}
        words = supervisor_word({"command_fd": commands, "status_fd": status, **given})
        supervisor = [sys.executable, "-I", "-S", str(INSIDE / "supervisor.py"), words, "--"]
        self.process = subprocess.Popen(
            [*supervisor, sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(commands, status),
        )
        os.close(commands)
        os.close(status)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ended(self) -> tuple[int, list[dict[str, int]]]:
        """Wait for the end; give the exit code and what the supervisor told after the start."""
        self.process.wait(timeout=DEADLINE_S)
        told = os.read(self.status, 1 << 16).splitlines()
        return self.process.returncode, [json.loads(line) for line in told][1:]

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def let_go(self) -> None:
        if self.commands >= 0:
            os.close(self.commands)
            self.commands = -1


@pytest.fixture
def supervised() -> Iterator[Callable[..., Supervised]]:
    made: list[Supervised] = []

    def start(code: str, **specification: Any) -> Supervised:
        made.append(Supervised(code, **specification))
        return made[-1]

    yield start
    for each in made:
        each.let_go()
        each.process.wait(timeout=DEADLINE_S)
        for stream in (each.process.stdout, each.process.stderr):
            assert stream is not None
            stream.close()
        os.close(each.status)


Start = Callable[..., Supervised]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(
    ("code", "exit_code", "told"),
    [
        ("", 0, 0),
        ("import os; os._exit(3)", 3, 3),
        ("import ctypes; ctypes.string_at(0)", 139, -11),
        ("import os; os.kill(os.getpid(), 9)", 137, -9),
        ("import os; os.closerange(0, 3); os._exit(4)", 4, 4),
    ],
)
def test_it_ends_as_the_command_did(supervised: Start, code: str, exit_code: int, told: int) -> None:
    assert supervised(code).ended() == (exit_code, [{"exit": told}])


async def test_what_the_command_has_left_running_ends_with_it(supervised: Start) -> None:
    running = supervised(ORPHAN + "import os; os._exit(0)")
    orphan = int(running.line())
    assert running.ended()[0] == 0
    await eventually(lambda: is_gone(orphan))


@pytest.mark.parametrize(
    "deaf",
    [
        "while True: pass",
        "import signal; signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN); signal.pause()",
        "import re; re.match('(a+)+b', 'a' * 60)",
    ],
)
async def test_everything_ends_when_the_application_is_gone(supervised: Start, deaf: str) -> None:
    running = supervised(ORPHAN + f"import os; print(os.getpid(), flush=True)\n{deaf}")
    orphan, command = int(running.line()), int(running.line())
    running.let_go()
    assert running.process.wait(timeout=DEADLINE_S) == 0
    await eventually(lambda: is_gone(orphan) and is_gone(command))


def test_an_interrupt_is_handed_on(supervised: Start) -> None:
    code = (
        "import time\ntry:\n    print('up', flush=True); time.sleep(600)\nexcept KeyboardInterrupt:\n    print('heard')"
    )
    running = supervised(code)
    assert running.line() == "up"
    os.write(running.commands, b"i")
    assert running.line() == "heard"
    assert running.ended()[0] == 0


def test_too_much_memory_is_the_end(supervised: Start) -> None:
    grow = "import time\nkept = [b'x' * (1 << 20) for _ in range(400)]\ntime.sleep(600)"
    code, told = supervised(grow, memory_bytes=200 << 20).ended()
    assert code == 128 + signal.SIGKILL
    assert [set(each) for each in told] == [{"memory"}, {"exit"}]
    assert 200 << 20 < told[0]["memory"] < 1 << 30


def test_memory_that_children_share_is_counted_once(supervised: Start) -> None:
    forks = (
        "import os\nheld = bytearray(b'x' * (80 << 20))\n"
        "children = [os.fork() for _ in range(2)]\n"
        "import time\nif 0 in children: time.sleep(2); os._exit(0)\n"
        "os.wait()"
    )
    assert supervised(forks, memory_bytes=160 << 20).ended() == (0, [{"exit": 0}])


def test_files_have_a_largest_size(supervised: Start, tmp_path: Path) -> None:
    path = tmp_path / "large"
    code = (
        f"import signal; signal.signal(25, signal.SIG_IGN); \nwith open({str(path)!r}, 'wb') as f: f.write(bytes(2000))"
    )
    running = supervised(code, limits={"file_bytes": 1000})
    assert running.ended()[0] == 1
    assert "File too large" in running.errors()


def test_a_sandbox_that_can_not_be_closed_runs_nothing(supervised: Start) -> None:
    running = supervised("print('ran')", network="no such thing", landlock={"read_only": 3})
    assert running.ended()[0] == 126
    assert running.line() == ""
    assert "the sandbox could not be closed" in running.errors()


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("socket.create_connection(('127.0.0.1', PORT)); print('in')", "in"),
        ("s = socket.socket(); s.setblocking(False); print(s.connect_ex(('127.0.0.1', PORT)) in (0, 115))", "True"),
        ("t = threading.Thread(target=lambda: socket.create_connection(('127.0.0.1', PORT))); t.start(); t.join()", ""),
        ("s = socket.socket(1); s.bind('\\0x' + str(os.getpid())); s.listen(); print('unix')", "unix"),
        ("a, b = socket.socketpair(); a.sendall(b'x'); print(b.recv(1))", "b'x'"),
    ],
)
def test_one_port_can_be_reached_where_the_filter_asks(supervised: Start, port: int, code: str, printed: str) -> None:
    running = supervised(f"import os, socket, threading; PORT = {port}; {code}", network="asked", reach=port)
    assert running.line() == printed
    assert running.ended()[0] == 0
    assert running.errors() == ""


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', OTHER))",
        "socket.create_connection(('127.0.0.2', PORT))",
        "socket.create_connection(('::1', PORT))",
        "socket.socket(socket.AF_UNIX).connect('\\0x')",
        "socket.socket(type=socket.SOCK_DGRAM)",
        "socket.socket(type=socket.SOCK_STREAM, proto=262)",
        "socket.socket().listen()",
        "socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', PORT))",
        "socket.socket().sendmsg([b'x'], [], 0x20000000, ('127.0.0.1', PORT))",
        "refused(libc.connect(-1, address, 16))",
        "refused(libc.connect(0, address, 16))",
        "refused(libc.connect(socket.socket().fileno(), None, 16))",
        "refused(libc.connect(socket.socket().fileno(), ctypes.c_void_p(-8), 16))",
        "refused(libc.connect(socket.socket().fileno(), address, 3))",
        "refused(libc.connect(socket.socket().fileno(), address, -1))",
    ],
)
def test_nothing_else_can_be_reached_by_the_filter_alone(supervised: Start, port: int, code: str) -> None:
    given = (
        "import ctypes, socket, struct; libc = ctypes.CDLL(None, use_errno=True)\n"
        f"PORT, OTHER = {port}, {port - 1}; address = struct.pack('=H', 2) + struct.pack('!HI', PORT, 0x7f000001)\n"
        "def refused(result):\n    if result < 0: raise OSError(ctypes.get_errno(), '')\n"
        f"try:\n    {code}\nexcept PermissionError:\n    print('refused')\n"
    )
    running = supervised(given, network="asked", reach=port)
    assert (running.line(), running.ended()[0], running.errors()) == ("refused", 0, "")


def is_connecting(port: int) -> bool:
    """Say whether somebody waits for a connection to a port of the loopback."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return any(words[2:4] == [f"0100007F:{port:04X}", "02"] for words in lines)


async def test_who_waits_for_a_connection_is_ended_with_the_application(supervised: Start) -> None:
    with socket.socket() as full:  # nobody takes what connects to it, and it holds one
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        code = (
            "import os, socket, threading; print(os.getpid(), flush=True)\n"
            f"while True: threading.Thread(target=socket.create_connection, args=(('127.0.0.1', {port}),)).run()"
        )
        running = supervised(code, network="asked", reach=port)
        command = int(running.line())
        await eventually(lambda: is_connecting(port))
        running.let_go()
        assert running.process.wait(timeout=DEADLINE_S) == 0
        await eventually(lambda: is_gone(command))
