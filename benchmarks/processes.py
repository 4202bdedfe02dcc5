"""Processes that are measured: started in a clean environment, spoken to in lines, ended with all they started."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Child", "child", "clean_environment", "cpu_s", "family", "memory_mb", "peak_mb"]


def clean_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give an environment that knows nothing of this user: no keys, no settings, no proxy."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CODEACT_HOME": str(home / "codeact"),
        "IPYTHONDIR": str(home / "ipython"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        **(extra or {}),
    }


class Child:
    """A Python module that runs as a process and speaks in lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id; it leads a process group of its own."""
        return self._process.pid

    def read(self) -> str:
        """Wait for a line.

        Raises:
            RuntimeError: It ended instead.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return line.strip()

    def ask(self, line: str) -> str:
        """Send a line and wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.read()


@contextmanager
def child(module: str, *arguments: str, home: Path, environment: Mapping[str, str] | None = None) -> Generator[Child]:
    """Run a module; at the end its standard input closes, and what is left of its family is killed."""
    argv: Sequence[str] = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
        env=clean_environment(home, environment),
        start_new_session=True,
    )
    try:
        yield Child(process)
    finally:
        left = family(process.pid)
        process.terminate() if module.endswith("server") else process.communicate()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    found = [pid]
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for descendant in (task / "children").read_text().split():
                found += family(int(descendant))
    return found


def cpu_s(pid: int) -> float:
    """Give the seconds that a process and its living descendants have computed."""
    ticks = 0
    for member in family(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Give what a process and its descendants hold, memory that is shared counted once (the sum of their PSS)."""
    return _sum_kb(pid, "smaps_rollup", "Pss:") / 1024


def peak_mb(pid: int) -> float:
    """Give the most that a process and its living descendants ever held, shared memory counted in each."""
    return _sum_kb(pid, "status", "VmHWM:") / 1024


def _sum_kb(pid: int, file: str, field: str) -> int:
    total_kb = 0
    for member in family(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{member}/{file}").read_text().splitlines()
            total_kb += sum(int(line.split()[1]) for line in lines if line.startswith(field))
    return total_kb
