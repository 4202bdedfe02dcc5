"""The command line of bubblewrap: namespaces of its own, a read-only root, an empty home. Pure.

Source: bwrap(1).
"""

from collections.abc import Mapping, Sequence

from codeact_tui.sandbox.policy import SandboxPolicy

__all__ = ["EMPTIED", "MEMORY_FOLDERS", "PROBE", "bubblewrap_command"]

_NAMESPACES = (
    *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--as-pid-1"),
)
"""The command is the first process of its namespace: no other in there can stop or kill it."""
PROBE = (*_NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp")
"""What has to work for this mechanism to be there at all."""
_TEMPORARY_BYTES = 1 << 30
"""Of each folder of files in memory; what is in them counts as memory that the kernel holds."""
EMPTIED = ("/tmp", "/run", "/root", "/home", "/var/tmp")
"""Folders of the system's in which others keep sockets, secrets and files of a moment."""
MEMORY_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
"""Where cells may write what is kept in memory."""


def bubblewrap_command(
    bwrap: str,
    policy: SandboxPolicy,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    protected: Sequence[str] = (),
    hidden: Sequence[str] = (),
    as_root: bool = False,
) -> list[str]:
    """Write the command line that runs a command in a sandbox.

    Args:
        bwrap: The path of bubblewrap.
        policy: What may be touched.
        command: What is run, and its arguments.
        environment: All of its environment.
        protected: Paths in the workspace that stay as they are.
        hidden: Files that can't be read.
        as_root: The user is root, for whom user namespaces can't be forbidden inside.
    """
    emptied = sorted({*EMPTIED, *policy.homes})
    binds = sorted(
        [
            *(("--ro-bind", path) for path in policy.readable),
            *(("--bind", path) for path in policy.writable),
            *(() if policy.workspace_is_home else [_workspace(policy)]),
        ],
        key=lambda bind: bind[1].count("/"),
    )
    words = [bwrap, *_NAMESPACES]
    if not as_root:
        words += ["--disable-userns"]
    words += ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", str(_shared_bytes(policy)), "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    for folder in emptied:
        words += ["--size", str(_TEMPORARY_BYTES), "--tmpfs", folder]
    for flag, path in binds:
        words += [flag, path, path]
    for path in protected:
        words += ["--ro-bind", path, path]
    for path in hidden:
        words += ["--ro-bind", "/dev/null", path]
    bound = {path for _, path in binds}
    for folder in emptied:
        if folder not in {"/tmp", "/var/tmp", *bound}:
            words += ["--remount-ro", folder]
    words += ["--chdir", policy.workspace, "--clearenv"]
    for name, value in environment.items():
        words += ["--setenv", name, value]
    return [*words, "--", *command]


def _workspace(policy: SandboxPolicy) -> tuple[str, str]:
    return ("--bind" if policy.workspace_writable else "--ro-bind", policy.workspace)


def _shared_bytes(policy: SandboxPolicy) -> int:
    """Say how much memory processes may share by name, as multiprocessing and torch do: half of what there is."""
    return max(policy.limits.memory_bytes // 2, _TEMPORARY_BYTES)
