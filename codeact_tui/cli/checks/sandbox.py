"""What confines cells on this machine."""

from collections.abc import Iterator

from codeact_tui.cli.checks.finding import Finding
from codeact_tui.config.schema import Config
from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox.choice import choose_mechanism
from codeact_tui.sandbox.detect import find_mechanisms
from codeact_tui.sandbox.policy import Mechanism

__all__ = ["check_sandbox"]

_PROTECTS: dict[Mechanism, tuple[str, ...]] = {
    "bubblewrap": (
        "files: your home is not there, /tmp and /run are its own; the rest of the system can't be written",
        "workspace: .git, environments and editors' folders can't be changed, files with secrets not read",
        "network: none, not even to this machine",
        "processes: cells see their own and no others",
        "system: new namespaces, mounts, tracing and the like are refused",
    ),
    "landlock": (
        "files: your home can't be read, the rest of the system can't be written",
        "network: none, not even to this machine",
        "processes: cells can signal and look into their own and no others",
        "system: new namespaces, mounts, tracing and the like are refused",
    ),
    "none": (),
}
_UNPROTECTED = "workspace: .git, environments and files with secrets in it are not protected; bubblewrap does that"
_RIGHTS = "none: cells run with all your rights"
_CARE = "Read each cell before you approve it; keep --approve ask."


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
    if mechanism == "landlock":
        yield Finding("sandbox", "warning", _UNPROTECTED, "Install bubblewrap; codeact then takes it by itself.")
