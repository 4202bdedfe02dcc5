"""Chooses how a kernel is confined: what the user wants, and what this machine has. Starts processes."""

import getpass
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox.detect import find_engine, find_mechanisms
from codeact_tui.sandbox.policy import DEFAULT_HIDDEN, Limits, Mechanism, SandboxMode, SandboxPolicy

__all__ = ["Limits", "SandboxMode", "SandboxSettings", "choose_mechanism", "make_policy"]

_SETTINGS = frozenset({"Library", "AppData", "snap"})
"""Names in a home where systems keep programs' settings and keys."""


class SandboxSettings(Struct, frozen=True):
    """What the user wants."""

    mode: SandboxMode = "auto"
    workspace_writable: bool = True
    readable: tuple[str, ...] = ()
    """Folders outside the workspace that cells may read, where the sandbox hides them otherwise."""
    writable: tuple[str, ...] = ()
    """Folders outside the workspace that cells may write."""
    hidden: tuple[str, ...] = DEFAULT_HIDDEN
    """Patterns of file names in the workspace that cells can't read."""
    network: tuple[str, ...] = ()
    """Hosts that cells may reach, see `proxy.rules.AllowList`; empty for no network at all."""
    limits: Limits = Limits()
    """0 bytes of memory stands for three quarters of what the machine has, 0 bytes of disk for half of what is free."""
    image: str = ""
    """What a container is made of."""


def choose_mechanism(wanted: SandboxSettings) -> Mechanism:
    """Choose the mechanism.

    Raises:
        KernelStartFailed: What the user insists on does not work here; the message says why.
    """
    chosen = _container(wanted) if wanted.mode == "container" else _choose(wanted.mode)
    if chosen in {"limits", "none"} and not wanted.workspace_writable:
        raise KernelStartFailed(
            "Without a sandbox nothing keeps cells from changing the folder, which is to stay read-only.",
            remedy="Install bubblewrap; or let them change it: leave out --read-only and sandbox.workspace.",
        )
    return chosen


def _choose(mode: SandboxMode) -> Mechanism:
    if mode == "off":
        return "none"
    findings = find_mechanisms()
    strongest = findings.strongest
    why = findings.why_not
    if mode == "require" and strongest in {"limits", "none"}:
        raise KernelStartFailed(
            f"No sandbox works here ({why}).", remedy="Install bubblewrap, or start without: --sandbox off."
        )
    if mode == "bubblewrap" and strongest != "bubblewrap":
        raise KernelStartFailed(f"Bubblewrap does not work here ({why}).", remedy="Try --sandbox auto.")
    if mode == "landlock":
        if not (findings.landlock.works and findings.seccomp.works):
            raise KernelStartFailed(f"Landlock does not work here ({why}).", remedy="Try --sandbox auto.")
        return "landlock"
    return strongest


def _container(wanted: SandboxSettings) -> Mechanism:
    if not find_engine():
        what, remedy = "There is neither podman nor docker here.", "Install one of them, or try --sandbox auto."
    elif not wanted.image:
        what = "No image is named for the container."
        remedy = "Name one that has Python and ipykernel: sandbox.image in config.toml."
    elif wanted.network:
        what, remedy = "A container of codeact's has no network.", "Leave out sandbox.network, or try --sandbox auto."
    else:
        return "container"
    raise KernelStartFailed(what, remedy=remedy)


def make_policy(
    settings: SandboxSettings, workspace: Path, private: Path, code: Path, environment: Mapping[str, str]
) -> SandboxPolicy:
    """Say what a kernel may touch.

    Args:
        settings: What the user wants.
        workspace: The folder that cells run in.
        private: The folder with the kernel's sockets.
        code: The folder with what runs inside the kernel.
        environment: This process's: its HOME is hidden, as is the home that the system knows of.

    Raises:
        KernelStartFailed: The workspace holds the user's home.
    """
    named = (environment.get("HOME", ""), os.path.expanduser(f"~{getpass.getuser()}"))  # noqa: PTH111 - may be none
    homes = dict.fromkeys(Path(home).resolve() for home in named if home.startswith("/") and Path(home).is_dir())
    workspace = workspace.resolve()
    if any(workspace in home.parents for home in homes):
        raise KernelStartFailed(
            f"All homes lie in {workspace}: a sandbox would protect nothing.",
            remedy="Start in a project's folder, or without a sandbox: --sandbox off.",
        )
    own = environment.get("CODEACT_HOME", "")
    of_home = _open_part(workspace, Path(own).resolve() if own else None) if workspace in homes else ()
    return SandboxPolicy(
        workspace=str(workspace),
        workspace_writable=settings.workspace_writable,
        workspace_is_home=workspace in homes,
        readable=(*_existing(settings.readable), str(code), *(() if settings.workspace_writable else of_home)),
        writable=(*_existing(settings.writable), str(private), *(of_home if settings.workspace_writable else ())),
        homes=tuple(map(str, homes)),
        hidden=settings.hidden,
        network=settings.network,
        limits=_limits(settings.limits, str(workspace)),
    )


def _open_part(home: Path, own: Path | None) -> tuple[str, ...]:
    """Give what cells may see of a home that they work in: nothing whose name begins with a dot, and no link.

    So programs' settings and keys are not there, and none can be made: nothing can be added beside these.

    Args:
        home: The folder.
        own: What codeact keeps, where the user has said where.
    """

    def is_open(entry: "os.DirEntry[str]") -> bool:
        if entry.name.startswith(".") or entry.name in _SETTINGS or entry.is_symlink():
            return False
        return own is None or not own.is_relative_to(entry.path)

    try:
        with os.scandir(home) as entries:
            return tuple(sorted(each.path for each in entries if is_open(each)))
    except OSError:
        return ()


def _existing(paths: tuple[str, ...]) -> list[str]:
    """Give what there is of folders that the user names, whole paths and no symbolic links."""
    found = (Path(path).expanduser() for path in paths)
    return [str(path.resolve()) for path in found if path.exists()]


def _limits(limits: Limits, workspace: str) -> Limits:
    machine = os.sysconf("SC_PAGESIZE") * os.sysconf("SC_PHYS_PAGES")
    return msgspec.structs.replace(
        limits,
        memory_bytes=limits.memory_bytes or machine // 4 * 3,
        disk_bytes=limits.disk_bytes or shutil.disk_usage(workspace).free // 2,
    )
