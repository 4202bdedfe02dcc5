"""What confines cells on this machine."""

from collections.abc import Iterator

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.schema import Config
from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox.choice import choose_mechanism
from codeact_tui.sandbox.detect import can_ask, find_mechanisms
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
    "none": (),
}
_UNPROTECTED = "workspace: .git, environments and files with secrets in it are not protected; bubblewrap does that"
_RIGHTS = "none: cells run with all your rights"
_CARE = "Read each cell before you approve it; keep --approve ask."


_NO_NETWORK = "network: none, not even to this machine"
_SHOWN_HOSTS = 8


def check_sandbox(config: Config) -> Iterator[Finding]:
    """Say which sandbox cells get here, and line by line what it protects."""
    if config.sandbox.mode == "off":
        yield Finding("sandbox", "warning", f"{_RIGHTS}, as sandbox.mode says", _CARE)
        return
    try:
        mechanism = choose_mechanism(config.sandbox.mode)
    except KernelStartFailed as error:
        yield Finding("sandbox", "missing", error.message, error.remedy)
        return
    findings = find_mechanisms()
    if mechanism == "none":
        why = f"bubblewrap: {findings.bubblewrap.detail}; Landlock: {findings.landlock.detail}"
        yield Finding("sandbox", "warning", f"{_RIGHTS} ({why})", f"Install bubblewrap. {_CARE}")
        return
    found = {"bubblewrap": findings.bubblewrap, "landlock": findings.landlock}[mechanism]
    yield Finding("sandbox", "ok", found.detail)
    for line in _PROTECTS[mechanism]:
        yield Finding("sandbox", "ok", line)
    yield _network(config.sandbox.network, mechanism)
    if mechanism == "landlock":
        yield Finding("sandbox", "warning", _UNPROTECTED, "Install bubblewrap; codeact then takes it by itself.")


def _network(allowed: tuple[str, ...], mechanism: Mechanism) -> Finding:
    """Say what of the network cells reach."""
    if not allowed:
        return Finding("sandbox", "ok", _NO_NETWORK)
    if mechanism == "landlock" and not can_ask():
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
