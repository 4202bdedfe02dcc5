"""Turns a command into the same command in a sandbox. Reads the disk."""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from codeact_tui.sandbox.bubblewrap import EMPTIED, bubblewrap_command
from codeact_tui.sandbox.detect import INSIDE
from codeact_tui.sandbox.policy import Limits, Mechanism, SandboxPolicy
from codeact_tui.sandbox.workspace import hidden_files, protected_paths

__all__ = ["Confined", "confine", "interpreter_folders"]

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_LEFT_OUT = frozenset({"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"})
_LONGEST_PATH = 1 << 15


class Confined(Struct, frozen=True):
    """A command that confines what it starts."""

    command: list[str]
    environment: dict[str, str]
    protected: tuple[str, ...] = ()
    """Paths in the workspace that stay as they are."""
    hidden: tuple[str, ...] = ()
    """Files in the workspace that can't be read."""
    all_looked_at: bool = True
    """The workspace was small enough to look for all that has to be hidden."""


def confine(
    mechanism: Mechanism,
    policy: SandboxPolicy,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    temporary: str,
    pipes: tuple[int, int],
    bwrap: str = "bwrap",
) -> Confined:
    """Write the command that runs a command in a sandbox.

    Args:
        mechanism: How it is confined.
        policy: What may be touched.
        command: What is run: an interpreter and its arguments.
        environment: What the command's environment would be without a sandbox.
        temporary: A private folder for temporary files, where the mechanism has none of its own.
        pipes: The descriptors that the supervisor reads commands from and tells its status by.
        bwrap: Where bubblewrap is.
    """
    python = command[0]
    readable = (*policy.readable, *interpreter_folders(python), str(INSIDE))
    policy = _with(policy, readable=tuple(dict.fromkeys(readable)))
    protected = protected_paths(policy.workspace, policy.protected)
    hidden, all_looked_at = hidden_files(policy.workspace, policy.hidden)
    if mechanism == "bubblewrap":
        temporary = "/tmp"
    kept = _environment(environment, temporary)
    supervised = [
        *(python, "-I", "-S", str(INSIDE / "supervisor.py")),
        _specification(mechanism, policy, temporary, pipes),
        *("--", *command),
    ]
    if mechanism != "bubblewrap":
        return Confined(supervised, kept)
    words = bubblewrap_command(
        bwrap,
        policy,
        supervised,
        environment=kept,
        protected=protected,
        hidden=hidden,
        as_root=os.getuid() == 0,
    )
    return Confined(words, kept, tuple(protected), tuple(hidden), all_looked_at)


def interpreter_folders(python: str) -> list[str]:
    """Give the folders that an interpreter needs: its environment's, and the one that was made from.

    An environment may belong to a project that is not to be trusted, so a folder counts only when it looks like what
    it is said to be, and is not one that the home folder lies in.
    """
    given = Path(python)
    candidates = [given.parent.parent.resolve(), given.resolve().parent.parent]
    configuration = given.parent.parent / "pyvenv.cfg"
    with contextlib.suppress(OSError):
        lines = configuration.read_text(encoding="utf-8", errors="replace")[:_LONGEST_PATH].splitlines()
        homes = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"]
        candidates += [Path(home).resolve().parent for home in homes if home.startswith("/")]
    if not configuration.is_file():
        candidates += Path("~/.local/lib").expanduser().glob("python3*")
    return [str(folder) for folder in dict.fromkeys(candidates) if _holds_python(folder)]


def _holds_python(folder: Path) -> bool:
    home = Path("~").expanduser()
    if folder in {Path("/"), Path("/usr"), home, *home.parents}:
        return False
    installed = any(folder.glob("lib/python3*/os.py"))
    made_of_one = (folder / "pyvenv.cfg").is_file() and any(folder.glob("lib/python3*/site-packages"))
    return installed or made_of_one or (folder / "site-packages").is_dir()


def _with(policy: SandboxPolicy, *, readable: tuple[str, ...]) -> SandboxPolicy:
    return SandboxPolicy(
        workspace=policy.workspace,
        workspace_writable=policy.workspace_writable,
        readable=readable,
        writable=policy.writable,
        homes=policy.homes,
        protected=policy.protected,
        hidden=policy.hidden,
        limits=policy.limits,
    )


def _environment(environment: Mapping[str, str], temporary: str) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if name not in _LEFT_OUT}
    return {
        **kept,
        "TMPDIR": temporary,
        "IPYTHONDIR": f"{temporary}/ipython",
        "XDG_CACHE_HOME": f"{temporary}/cache",
        "MPLCONFIGDIR": f"{temporary}/matplotlib",
    }


def _specification(mechanism: Mechanism, policy: SandboxPolicy, temporary: str, pipes: tuple[int, int]) -> str:
    command_fd, status_fd = pipes
    return json.dumps(
        {
            "command_fd": command_fd,
            "status_fd": status_fd,
            "limits": _limits(policy.limits, counted_alone=mechanism == "bubblewrap"),
            "memory_bytes": policy.limits.memory_bytes,
            "landlock": _landlock(policy, temporary) if mechanism == "landlock" else None,
            "network": {"bubblewrap": "own", "landlock": "none", "none": None}[mechanism],
        }
    )


def _limits(limits: Limits, *, counted_alone: bool) -> dict[str, int]:
    found = {"core": 0, "open_files": limits.open_files, "file_bytes": limits.file_bytes}
    if counted_alone:  # elsewhere the user's other programs would count as well
        found["processes"] = limits.processes
    return {name: value for name, value in found.items() if value or name == "core"}


def _landlock(policy: SandboxPolicy, temporary: str) -> dict[str, list[str]]:
    closed = {*EMPTIED, *policy.homes}
    top = [f"/{name}" for name in sorted(os.listdir("/"))]  # noqa: PTH208
    beneath = {path for path in top if any(each == path or each.startswith(path + "/") for each in closed)}
    var = [f"/var/{name}" for name in ("cache", "lib") if Path("/var", name).is_dir()]
    read_only = [path for path in top if path not in beneath and path != "/dev"]
    workspace = [policy.workspace]
    return {
        "read_only": [*read_only, *var, *policy.readable, *([] if policy.workspace_writable else workspace)],
        "writable": [*policy.writable, temporary, *(workspace if policy.workspace_writable else [])],
        "devices": list(_DEVICES),
    }
