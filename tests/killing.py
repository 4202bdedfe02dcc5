"""Runs a module of tests as a process of its own, and kills it in the middle of what it says."""

import os
import select
import signal
import subprocess
import sys
import time

__all__ = ["said_until_killed"]


def said_until_killed(module: str, *arguments: str, after_lines: int, after_s: float) -> tuple[list[bytes], bytes]:
    """Let it run, and kill it so long after so many lines.

    Returns:
        The whole lines that it said, and what it complained of.
    """
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        received = b""
        while received.count(b"\n") < after_lines and (piece := os.read(child.stdout.fileno(), 65536)):
            received += piece
        deadline_s = time.monotonic() + after_s
        while (left_s := deadline_s - time.monotonic()) > 0 and select.select([child.stdout], [], [], left_s)[0]:
            received += os.read(child.stdout.fileno(), 65536)
        child.send_signal(signal.SIGKILL)
        while piece := os.read(child.stdout.fileno(), 65536):
            received += piece
        errors = child.stderr.read()
    # A last line without its end was on its way when the process died: it may be cut short.
    return received[: received.rfind(b"\n") + 1].splitlines(), errors
