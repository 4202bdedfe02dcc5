"""Turns a command into the same command in a sandbox. Reads the disk."""

import contextlib
import marshal
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.beneath import read_beneath
from codeact_tui.sandbox.bubblewrap import EMPTIED, MEMORY_FOLDERS, bubblewrap_command
from codeact_tui.sandbox.container import CONTAINER_PYTHON, container_command
from codeact_tui.sandbox.detect import INSIDE
from codeact_tui.sandbox.policy import CheckpointLimits, Limits, Mechanism, SandboxPolicy
from codeact_tui.sandbox.seatbelt import seatbelt_command, seatbelt_profile
from codeact_tui.sandbox.workspace import hidden_files, protected_paths

__all__ = ["Confined", "WayOut", "confine", "interpreter_folders", "supervisor_word"]

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_LEFT_OUT = frozenset({"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"})
_STANDARD_INPUT = (0, -1)
"""What a container's supervisor reads commands from; nothing leads out for its status."""
_LONGEST_PATH = 1 << 15
_LINKS_OF_A_FOLDER = 2
"""That have nothing to do with what is in it."""
_PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_NO_PROXY_NAME = "NO_PROXY"
_ITSELF = "localhost,127.0.0.1,::1"


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


class WayOut(Struct, frozen=True):
    """How a sandbox reaches the proxy."""

    port: int
    """On the sandbox's own loopback."""
    fd: int = -1
    """A unix socket through which the supervisor hands out what listens there; -1 where that is there already."""
    password: str = ""

    @property
    def url(self) -> str:
        """The proxy's address, as programs in the sandbox are told it."""
        return f"http://{f'codeact:{self.password}@' if self.password else ''}127.0.0.1:{self.port}"


def confine(  # noqa: PLR0913 - each is independent of the others
    mechanism: Mechanism,
    policy: SandboxPolicy,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    temporary: str,
    pipes: tuple[int, int],
    bwrap: str = "bwrap",
    way_out: WayOut | None = None,
    container: tuple[str, str] = ("", ""),
    checkpoints: CheckpointLimits | None = None,
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
        way_out: To the proxy; None for no network.
        container: The path of podman or docker, and an image.
        checkpoints: How many frozen copies of the command are kept; None for none.
    """
    python = CONTAINER_PYTHON if mechanism == "container" else command[0]
    if mechanism == "none":
        plain = _plain_specification(pipes, checkpoints)
        supervised = [python, "-I", "-S", str(INSIDE / "supervisor.py"), plain, "--", *command]
        return Confined(supervised, dict(environment))
    folders = [] if mechanism == "container" else interpreter_folders(python)
    policy = msgspec.structs.replace(policy, readable=tuple(dict.fromkeys((*policy.readable, *folders, str(INSIDE)))))
    if mechanism in {"bubblewrap", "container"}:
        temporary = "/tmp"
    if mechanism == "container":
        pipes = _STANDARD_INPUT
    kept = _environment(environment, temporary) | _proxy_environment(way_out)
    supervised = [
        *(python, "-I", "-S", str(INSIDE / "supervisor.py")),
        _specification(mechanism, policy, temporary, pipes, way_out, checkpoints),
        *("--", python, *command[1:]),
    ]
    if mechanism in {"landlock", "limits"}:
        return Confined(supervised, kept)
    protected = [] if policy.workspace_is_home else protected_paths(policy.workspace, policy.protected)
    hidden, all_looked_at = hidden_files(policy.workspace, policy.hidden)
    if policy.workspace_is_home:
        hidden = [path for path in hidden if not path.removeprefix(f"{policy.workspace}/").startswith(".")]
    if mechanism == "seatbelt":
        profile = seatbelt_profile(
            policy, protected=protected, hidden=hidden, port=way_out.port if way_out is not None else None
        )
        words = seatbelt_command(profile, command)
    elif mechanism == "container":
        words = container_command(
            *container,
            policy,
            supervised[1:],
            environment=kept,
            protected=protected,
            hidden=hidden,
            user=(os.getuid(), os.getgid()),
        )
        kept = dict(environment)
    else:
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
        settings = read_beneath(configuration.parent, configuration.name, _LONGEST_PATH)
        lines = settings.decode("utf-8", "replace").splitlines()
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


def _environment(environment: Mapping[str, str], temporary: str) -> dict[str, str]:
    proxies = {each for name in (*_PROXY_NAMES, _NO_PROXY_NAME) for each in (name, name.lower())}
    kept = {name: value for name, value in environment.items() if name not in _LEFT_OUT | proxies}
    return {
        **kept,
        "TMPDIR": temporary,
        "IPYTHONDIR": f"{temporary}/ipython",
        "XDG_CACHE_HOME": f"{temporary}/cache",
        "MPLCONFIGDIR": f"{temporary}/matplotlib",
    }


def _proxy_environment(way_out: WayOut | None) -> dict[str, str]:
    """Tell programs of the proxy, in the ways that they look for one."""
    if way_out is None:
        return {}
    told = {**dict.fromkeys(_PROXY_NAMES, way_out.url), _NO_PROXY_NAME: _ITSELF}
    return told | {name.lower(): value for name, value in told.items()}


def supervisor_word(specification: Mapping[str, object]) -> str:
    """Write what the supervisor is told, as it reads it: plain data, in a form that every Python has read for long."""
    return marshal.dumps(dict(specification), 2).hex()


def _plain_specification(pipes: tuple[int, int], checkpoints: CheckpointLimits | None) -> str:
    """Say how a command is watched over that nothing confines."""
    command_fd, status_fd = pipes
    return supervisor_word(
        {
            "command_fd": command_fd,
            "status_fd": status_fd,
            "confined": False,
            "limits": {},
            "memory_bytes": 0,
            "landlock": None,
            "network": None,
            "checkpoints": checkpoints and {"count": checkpoints.count, "budget_bytes": checkpoints.budget_bytes},
        }
    )


def _specification(
    mechanism: Mechanism,
    policy: SandboxPolicy,
    temporary: str,
    pipes: tuple[int, int],
    way_out: WayOut | None,
    checkpoints: CheckpointLimits | None,
) -> str:
    command_fd, status_fd = pipes
    return supervisor_word(
        {
            "command_fd": command_fd,
            "status_fd": status_fd,
            "limits": _limits(policy.limits, counted_alone=mechanism in {"bubblewrap", "container"}),
            "memory_bytes": policy.limits.memory_bytes,
            "memory_folders": MEMORY_FOLDERS if mechanism == "bubblewrap" else [],
            "disk": _disk(policy, temporary),
            "landlock": _landlock(policy, temporary) if mechanism == "landlock" else None,
            "network": _network(mechanism, opened=way_out is not None),
            "listener": {"fd": way_out.fd, "port": way_out.port} if way_out and way_out.fd >= 0 else None,
            "reach": way_out.port if way_out else None,
            "checkpoints": checkpoints and {"count": checkpoints.count, "budget_bytes": checkpoints.budget_bytes},
        }
    )


def _network(mechanism: Mechanism, *, opened: bool) -> str | None:
    """Say which filter of system calls there is: a container has its engine's own."""
    if mechanism == "container":
        return None
    return "own_asked" if mechanism == "bubblewrap" else "asked" if opened else "none"


def _disk(policy: SandboxPolicy, temporary: str) -> dict[str, object] | None:
    if not policy.limits.disk_bytes:
        return None
    return {"folders": [policy.workspace, *policy.writable, temporary], "limit": policy.limits.disk_bytes}


def _limits(limits: Limits, *, counted_alone: bool) -> dict[str, int]:
    found = {"core": 0, "open_files": limits.open_files, "file_bytes": limits.file_bytes}
    if limits.processes:  # where the system counts those of the user's other programs as well, they are added
        found["processes"] = limits.processes + (0 if counted_alone else _threads_of_user())
    return {name: value for name, value in found.items() if value or name == "core"}


def _landlock(policy: SandboxPolicy, temporary: str) -> dict[str, list[str]]:
    closed = {*EMPTIED, *policy.homes}
    top = [f"/{name}" for name in sorted(os.listdir("/"))]  # noqa: PTH208
    beneath = {path for path in top if any(each == path or each.startswith(path + "/") for each in closed)}
    var = [f"/var/{name}" for name in ("cache", "lib") if Path("/var", name).is_dir()]
    read_only = [path for path in top if path not in beneath and path != "/dev"]
    workspace = [] if policy.workspace_is_home else [policy.workspace]
    return {
        "read_only": [*read_only, *var, *policy.readable, *([] if policy.workspace_writable else workspace)],
        "writable": [*policy.writable, temporary, *(workspace if policy.workspace_writable else [])],
        "devices": list(_DEVICES),
    }


def _threads_of_user() -> int:
    """Count the threads that this user has now: a process has one folder in `task` for each."""
    count = 0
    for name in os.listdir("/proc"):  # noqa: PTH208 - a kernel's start waits for this, and Path is slow
        if name[0].isdecimal():
            with contextlib.suppress(OSError):
                found = os.stat(f"/proc/{name}/task")  # noqa: PTH116
                count += found.st_nlink - _LINKS_OF_A_FOLDER if found.st_uid == os.getuid() else 0
    return count
