"""What confines cells on this machine."""

from collections.abc import Iterator
from pathlib import Path

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.schema import Config, SandboxConfig
from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox.choice import SandboxSettings, choose_mechanism
from codeact_tui.sandbox.detect import Findings, can_ask, find_engine, find_mechanisms
from codeact_tui.sandbox.policy import Mechanism

__all__ = ["check_sandbox"]

_PROTECTS: dict[Mechanism, tuple[str, ...]] = {
    "bubblewrap": (
        "files: your home is not there, /tmp and /run are its own; the rest of the system can't be written",
        "workspace: .git, environments and editors' folders can't be changed, files with secrets not read",
        "processes: cells see their own and no others",
        "system: new namespaces, mounts, tracing and the like are refused",
    ),
    "landlock": (
        "files: your home can't be read, the rest of the system can't be written",
        "processes: cells can signal and look into their own and no others",
        "system: new namespaces, mounts, tracing and the like are refused",
    ),
    "seatbelt": (
        "files: your home and others' can't be read, the system can't be written; untested, see docs/security.md",
        "workspace: .git, environments and editors' folders can't be changed, files with secrets not read",
    ),
    "container": (
        "files: the workspace and nothing else of yours; untested, see docs/security.md",
        "workspace: .git, environments and editors' folders can't be changed, files with secrets not read",
    ),
    "limits": ("system: tracing, new namespaces, io_uring and the like are refused",),
    "none": (),
}
_UNPROTECTED = "workspace: .git, environments and files with secrets in it are not protected; bubblewrap does that"
_RIGHTS = "none: cells run with all your rights"
_FILES_OPEN = "none: only limits and no network; cells can read, change and delete all your files"
_CARE = "Read each cell before you approve it; keep --approve ask."


_NO_NETWORK = "network: none, not even to this machine"
_SHOWN_HOSTS = 8


def check_sandbox(config: Config, folder: Path) -> Iterator[Finding]:
    """Say which sandbox cells get in a folder, and line by line what it protects."""
    if config.sandbox.mode == "off":
        yield Finding("sandbox", "warning", f"{_RIGHTS}, as sandbox.mode says", _CARE)
        yield _records("none")
        return
    wanted = config.sandbox
    writable = wanted.workspace == "writable"
    try:
        mechanism = choose_mechanism(SandboxSettings(wanted.mode, writable, network=wanted.network, image=wanted.image))
    except KernelStartFailed as error:
        yield Finding("sandbox", "missing", error.message, error.remedy)
        return
    findings = find_mechanisms()
    if mechanism in {"limits", "none"}:
        what = _FILES_OPEN if mechanism == "limits" else _RIGHTS
        yield Finding("sandbox", "warning", f"{what} ({findings.why_not})", f"Install bubblewrap. {_CARE}")
    else:
        yield Finding("sandbox", "ok", _name(mechanism, findings, wanted.image))
    if mechanism == "none":
        yield _records(mechanism)
        return
    for line in _PROTECTS[mechanism]:
        yield Finding("sandbox", "ok", line)
    yield from _of_home(folder)
    yield _network(wanted.network, mechanism)
    if mechanism != "seatbelt":
        yield Finding("sandbox", "ok", _limits(wanted))
    yield _records(mechanism)
    if mechanism == "landlock":
        yield Finding("sandbox", "warning", _UNPROTECTED, "Install bubblewrap; codeact then takes it by itself.")


def _of_home(folder: Path) -> Iterator[Finding]:
    """Say what becomes of a home that is worked in."""
    home = Path.home().resolve()
    if folder == home:
        text = "this is your home folder: cells see what begins with no dot, and can add nothing beside it"
        yield Finding("sandbox", "warning", text, "Start in a project's folder.")
    elif folder in home.parents:
        text = f"your home lies in {folder}: cells can't run here in a sandbox"
        yield Finding("sandbox", "missing", text, "Start in a project's folder.")


def _name(mechanism: Mechanism, findings: Findings, image: str) -> str:
    if mechanism == "container":
        return f"a container of {image}, by {find_engine()}"
    found = {"bubblewrap": findings.bubblewrap, "seatbelt": findings.seatbelt, "landlock": findings.landlock}
    return found[mechanism].detail


def _limits(wanted: SandboxConfig) -> str:
    memory = f"{wanted.memory_mb:,} MiB" if wanted.memory_mb else "three quarters of the machine's"
    disk = f"{wanted.disk_mb:,} MiB" if wanted.disk_mb else "half of what is free"
    time = f"{wanted.cpu_seconds:g} s" if wanted.cpu_seconds else "no limit but session.cell_seconds"
    return (
        f"limits: memory {memory}; {wanted.processes:,} processes; processors' time of a cell {time}; files of "
        f"{wanted.file_mb:,} MiB, {wanted.open_files:,} open; written to disk {disk}"
    )


def _records(mechanism: Mechanism) -> Finding:
    """Say what is kept of what cells did."""
    if mechanism == "none":
        what = "the files that cells change; not the programs that they start, nor what they reach on the network"
    elif mechanism in {"seatbelt", "container"}:
        what = "the files that cells change and what they reach on the network; not the programs that they start"
    else:
        what = "the files that cells change, the programs that they start, what they reach on the network"
    return Finding("sandbox", "ok", f"kept: {what}")


def _network(allowed: tuple[str, ...], mechanism: Mechanism) -> Finding:
    """Say what of the network cells reach."""
    if not allowed:
        return Finding("sandbox", "ok", _NO_NETWORK)
    if mechanism in {"landlock", "limits"} and not can_ask():
        text = f"{_NO_NETWORK}: this system does not let a program decide about another's connections"
        return Finding("sandbox", "warning", text, "Install bubblewrap, which sandbox.network works with.")
    if "all" in allowed:
        text = "network: the whole internet, by a proxy; not this machine, not your own network"
        return Finding("sandbox", "warning", text, "Name the hosts that you need in sandbox.network.")
    more = f" and {len(allowed) - _SHOWN_HOSTS} more" if len(allowed) > _SHOWN_HOSTS else ""
    hosts = ", ".join(allowed[:_SHOWN_HOSTS]) + more
    return Finding(
        "sandbox", "ok", f"network: {hosts}, by a proxy; nothing else, not this machine, not your own network"
    )
