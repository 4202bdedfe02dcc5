"""The profile of macOS's `sandbox-exec`: everything is refused but what is named. Pure.

Source: sandbox-exec(1), sandbox(7); the profile's language is Apple's own and is not documented.
"""

from collections.abc import Iterable, Sequence

from codeact_tui.sandbox.policy import SandboxPolicy

__all__ = ["SANDBOX_EXEC", "TRY_PROFILE", "seatbelt_command", "seatbelt_profile"]

SANDBOX_EXEC = "/usr/bin/sandbox-exec"
TRY_PROFILE = '(version 1)(allow default)(deny file-read* (subpath "/usr/share"))'
"""Under which nothing may list `/usr/share`."""

_CLOSED = ("/Users", "/Volumes", "/private/tmp", "/private/var/folders", "/private/var/tmp", "/private/var/root")
"""Where people and programs keep what is theirs."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty")
_SERVICES = tuple(f"com.apple.system.{name}" for name in ("opendirectoryd.libinfo", "logger", "notification_center"))
_ALLOWED = (
    *("(allow process-fork)", "(allow process-exec*)", "(allow process-info* (target same-sandbox))"),
    *("(allow signal (target same-sandbox))", "(allow sysctl-read)", "(allow ipc-posix-sem)", "(allow pseudo-tty)"),
)


def seatbelt_profile(
    policy: SandboxPolicy, *, protected: Sequence[str] = (), hidden: Sequence[str] = (), port: int | None = None
) -> str:
    """Write the profile; of rules that hold for the same file the last counts.

    Args:
        policy: What may be touched.
        protected: Paths in the workspace that stay as they are.
        hidden: Files that can't be read.
        port: Of this machine's loopback, the one that may be connected to; None for no network.
    """
    workspace = () if policy.workspace_is_home else (policy.workspace,)
    shown = (*workspace, *policy.readable, *policy.writable)
    writable = (*policy.writable, *(workspace if policy.workspace_writable else ()))
    kept = (*protected, *(f"{policy.workspace}/{name}" for name in policy.protected))
    lines = [
        *("(version 1)", "(deny default)", *_ALLOWED),
        *(f"(allow mach-lookup (global-name {_quoted(name)}))" for name in _SERVICES),
        "(allow file-read*)",
        _rule("deny file-read*", "subpath", (*_CLOSED, *policy.homes)),
        _rule("allow file-read-metadata", "literal", _above(shown)),
        _rule("allow file-read*", "subpath", shown),
        _rule("allow file-read* file-write-data file-ioctl", "literal", _DEVICES),
        _rule("allow file-write*", "subpath", writable),
        _rule("deny file-write*", "subpath", kept),
        _rule("deny file-read* file-write*", "literal", hidden),
        *(f"(allow network-bind network-inbound (local unix-socket (subpath {_quoted(path)})))" for path in writable),
    ]
    if port is not None:
        lines.append(f'(allow network-outbound (remote ip "localhost:{port}"))')
    return "\n".join(filter(None, lines))


def seatbelt_command(profile: str, command: Sequence[str]) -> list[str]:
    """Write the command line that runs a command under a profile."""
    return [SANDBOX_EXEC, "-p", profile, *command]


def _rule(what: str, how: str, paths: Iterable[str]) -> str:
    given = " ".join(f"({how} {_quoted(path)})" for path in dict.fromkeys(paths))
    return f"({what} {given})" if given else ""


def _above(paths: Iterable[str]) -> list[str]:
    """Give the folders on the way to paths: who opens a file looks at each of them."""
    found: dict[str, None] = {}
    for path in paths:
        parts = path.strip("/").split("/")
        found |= dict.fromkeys("/" + "/".join(parts[:count]) for count in range(len(parts)))
    return list(found)


def _quoted(text: str) -> str:
    """Write a string of the profile's language; a path can hold anything."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
