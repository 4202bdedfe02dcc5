"""Finds out what can confine a kernel on this machine, by doing it. Starts processes: not for the event loop."""

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from codeact_tui.sandbox.bubblewrap import PROBE
from codeact_tui.sandbox.policy import Mechanism
from codeact_tui.sandbox.seatbelt import SANDBOX_EXEC, TRY_PROFILE, seatbelt_command

__all__ = ["INSIDE", "Finding", "Findings", "can_ask", "find_engine", "find_mechanisms"]

INSIDE = Path(__file__).parent / "inside"
_TRY_S = 10.0
_LANDLOCK_ABI = 6
"""The first that keeps signals and abstract sockets inside."""

_TRY_LANDLOCK = """
import sys; sys.path.insert(0, sys.argv[1])
import landlock, os
print(landlock.abi())
landlock.restrict(["/usr"], [], [])
try:
    os.listdir("/")
except PermissionError:
    print("confined")
"""
_TRY_SECCOMP = """
import sys; sys.path.insert(0, sys.argv[1])
import seccomp, socket
seccomp.install(seccomp.program("none"))
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
except PermissionError:
    print("confined")
"""
_TRY_ASKING = """
import sys; sys.path.insert(0, sys.argv[1])
import asking, os, reaching, socket, threading
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
ours, theirs = socket.socketpair()
if os.fork() == 0:
    ours.close()
    asking.ask(theirs, "asked")
    socket.create_connection(("127.0.0.1", port), 5)
    os.write(1, b"reached")
    os._exit(0)
theirs.close()
listener = asking.take_listener(ours)
threading.Thread(target=reaching.answer, args=(listener, port, (), print), daemon=True).start()
os.wait()
"""


class Finding(Struct, frozen=True):
    """What was found out about one mechanism."""

    works: bool
    detail: str
    """Its version, or why it does not work."""


class Findings(Struct, frozen=True):
    """What this machine has."""

    bubblewrap: Finding
    landlock: Finding
    seccomp: Finding
    bwrap: str = ""
    """Where bubblewrap is."""
    seatbelt: Finding = Finding(False, "for macOS only")

    @property
    def strongest(self) -> Mechanism:
        """The strongest mechanism that works."""
        if self.seatbelt.works:
            return "seatbelt"
        if not self.seccomp.works:
            return "none"
        if self.bubblewrap.works:
            return "bubblewrap"
        return "landlock" if self.landlock.works else "limits"

    @property
    def why_not(self) -> str:
        """Why what does not work does not."""
        named = {"bubblewrap": self.bubblewrap, "Landlock": self.landlock, "seccomp": self.seccomp}
        if sys.platform == "darwin":
            named = {"sandbox-exec": self.seatbelt}
        return "; ".join(f"{name}: {finding.detail}" for name, finding in named.items() if not finding.works)


@lru_cache(maxsize=1)
def find_mechanisms() -> Findings:
    """Try each mechanism once."""
    bwrap = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin") or ""
    return Findings(_try_bubblewrap(bwrap), _try_landlock(), _try_seccomp(), bwrap, _try_seatbelt())


def find_engine(path: str | None = None) -> str:
    """Say where podman is, or docker; empty where neither is.

    Args:
        path: Where to look; None for this process's search path.
    """
    return shutil.which("podman", path=path) or shutil.which("docker", path=path) or ""


@lru_cache(maxsize=1)
def can_ask() -> bool:
    """Say whether a supervisor may decide about single connections here: what `sandbox.network` needs with Landlock."""
    done = _run([sys.executable, "-I", "-S", "-c", _TRY_ASKING, str(INSIDE)]) if sys.platform == "linux" else None
    return done is not None and "reached" in done.stdout


def _try_bubblewrap(bwrap: str) -> Finding:
    if sys.platform != "linux":
        return Finding(False, "for Linux only")
    if not bwrap:
        return Finding(False, "bubblewrap is not installed")
    command = [bwrap, *PROBE, *(["--disable-userns"] if os.getuid() else []), "--", "/bin/sh", "-c", "exit 0"]
    done = _run(command)
    if done is None or done.returncode:
        why = done.stderr.strip().splitlines()[-1:] if done else ["it did not end"]
        return Finding(False, "user namespaces can't be made here: " + "".join(why)[:200])
    version = _run([bwrap, "--version"])
    return Finding(True, version.stdout.strip() if version else "bubblewrap")


def _try_landlock() -> Finding:
    if sys.platform != "linux":
        return Finding(False, "for Linux only")
    done = _run([sys.executable, "-I", "-S", "-c", _TRY_LANDLOCK, str(INSIDE)])
    words = done.stdout.split() if done else []
    abi = int(words[0]) if words and words[0].isdecimal() else 0
    if abi and abi < _LANDLOCK_ABI:
        return Finding(False, f"Landlock is too old: ABI {abi}, at least {_LANDLOCK_ABI} is needed (Linux 6.12)")
    return Finding("confined" in words, f"Landlock, ABI {abi}" if abi else "this kernel has no Landlock")


def _try_seccomp() -> Finding:
    if sys.platform != "linux":
        return Finding(False, "for Linux only")
    done = _run([sys.executable, "-I", "-S", "-c", _TRY_SECCOMP, str(INSIDE)])
    works = done is not None and "confined" in done.stdout
    return Finding(works, "seccomp" if works else "system calls can't be filtered here")


def _try_seatbelt() -> Finding:
    if sys.platform != "darwin":
        return Finding(False, "for macOS only")
    done = _run(seatbelt_command(TRY_PROFILE, ["/bin/ls", "/bin"]))
    refused = _run(seatbelt_command(TRY_PROFILE, ["/bin/ls", "/usr/share"]))
    works = done is not None and refused is not None and not done.returncode and bool(refused.returncode)
    return Finding(works, "sandbox-exec" if works else f"{SANDBOX_EXEC} does not confine here")


def _run(command: list[str]) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_TRY_S, check=False, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return None
