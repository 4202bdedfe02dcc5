"""What a kernel may touch, in codeact's words; the mechanisms turn it into theirs. Pure."""

from typing import Literal

from msgspec import Struct

__all__ = [
    "DEFAULT_HIDDEN",
    "DEFAULT_PROTECTED",
    "CheckpointLimits",
    "Limits",
    "Mechanism",
    "SandboxMode",
    "SandboxPolicy",
]

SandboxMode = Literal["auto", "require", "bubblewrap", "landlock", "container", "off"]
"""auto: the strongest that works, else limits. require: the same, and refuse to start without. container: by podman or
docker. off: none."""

Mechanism = Literal["bubblewrap", "seatbelt", "landlock", "container", "limits", "none"]
"""`limits` closes the network and bounds what is taken, and leaves the user's files open. `none` confines nothing."""

DEFAULT_PROTECTED = (".git", ".hg", ".svn", ".venv", "venv", ".envrc", ".vscode", ".idea", ".codeact")
"""Names in the workspace's folder that cells may read and not change: what runs code of theirs outside the sandbox."""

DEFAULT_HIDDEN = (".env", ".env.*", "*.pem", "*.key", "id_rsa*", "id_ed25519*", ".netrc", ".pypirc", ".npmrc")
"""Patterns of files in the workspace that cells may not read: what holds secrets."""


class Limits(Struct, frozen=True):
    """How much of the machine a kernel may take. 0 means no limit."""

    memory_bytes: int = 0
    """Owned by the kernel and all that it starts, shared memory divided."""
    processes: int = 1024
    """Processes and threads; counted for the sandbox alone where it has users of its own."""
    open_files: int = 4096
    file_bytes: int = 8 << 30
    """The largest file that can be written."""
    disk_bytes: int = 0
    """How much fuller the disks may get by what the kernel and all that it starts have written."""
    cpu_seconds: float = 0.0
    """Of the processors' time, for one cell and all that it starts. The application watches it, sandbox or not."""


class CheckpointLimits(Struct, frozen=True):
    """How many frozen copies of a kernel are kept."""

    count: int = 40
    budget_bytes: int = 0
    """What they may hold beyond what the kernel holds itself."""
    warm: tuple[str, ...] = ()
    """Modules of which a fresh kernel is kept that has them imported already; none: none is kept."""


class SandboxPolicy(Struct, frozen=True):
    """What a kernel may touch."""

    workspace: str
    """The folder that cells run in: an absolute path, no symbolic links."""
    workspace_writable: bool = True
    workspace_is_home: bool = False
    """Of the workspace there is only what `readable` and `writable` name of it."""
    readable: tuple[str, ...] = ()
    """Folders and files beyond the system's own that may be read: the interpreter, data."""
    writable: tuple[str, ...] = ()
    """Folders that may be written, beside the workspace: the sockets' folder."""
    homes: tuple[str, ...] = ()
    """Folders of the user's of which nothing is shown."""
    protected: tuple[str, ...] = DEFAULT_PROTECTED
    hidden: tuple[str, ...] = DEFAULT_HIDDEN
    network: tuple[str, ...] = ()
    """What may be reached through the proxy, see `proxy.rules.AllowList`; empty for no network at all."""
    limits: Limits = Limits()
