"""What a kernel has said is heard by its supervisor before an order that was given after it."""

import array
import importlib
import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from codeact_tui.sandbox.detect import INSIDE
from tests.kernel.helpers import DEADLINE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="checkpoints are Linux's")

with pytest.MonkeyPatch.context() as patch:
    patch.setattr(sys, "path", [str(INSIDE), *sys.path])  # where its modules find each other
    keeping: Any = importlib.import_module("keeping")
    watching: Any = importlib.import_module("watching")

_SAYS = "import socket, sys; way = socket.socket(fileno=0); way.send(b'frozen'); print(way.recv(4096).decode())"


def test_a_checkpoint_that_was_just_made_is_woken() -> None:
    told: list[dict[str, object]] = []

    def tell(**what: object) -> None:
        told.append(what)

    keeper = keeping.Keeper(tell, count=4, budget_bytes=1 << 30)
    ours, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    keeper.add(1, os.getpid(), ours)
    way, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    way.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    commands, application = os.pipe()
    frozen = subprocess.Popen([sys.executable, "-c", _SAYS], stdin=theirs.fileno(), stdout=subprocess.PIPE, text=True)
    with kernel, way, theirs, frozen:
        way.settimeout(DEADLINE_S)
        assert way.recv(16, socket.MSG_PEEK) == b"frozen"
        passed = array.array("i", [way.fileno()])
        kernel.sendmsg([b'{"frozen": "c1"}'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
        os.write(application, json.dumps({"do": "wake", "checkpoint": "c1", "kernel": 2, "sockets": "k"}).encode())
        os.write(application, b"\n")
        assert watching._obey(commands, os.getpid(), keeper)
        assert "kernel" in json.loads(frozen.communicate(timeout=DEADLINE_S)[0])
    os.close(commands)
    os.close(application)
    assert told == [{"kept": "c1", "pid": frozen.pid}]
    for number in list(keeper._waking):
        keeper._waking.pop(number)[0].close()
    keeper.let_go(["c1"], "asked")
    ours.close()
