"""What of a failed cell's error was the sandbox's doing, and the one setting that would let it through. Pure.

The text is the cell's: it may say anything. What is made of it is an offer, never a grant, and it never offers what
keys and codeact's own data lie in.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from codeact_tui.protocol.refusals import Refusal, RefusalSetting
from codeact_tui.protocol.terminal_text import strip_controls
from codeact_tui.protocol.visible import has_invisible
from codeact_tui.sandbox.bubblewrap import EMPTIED
from codeact_tui.sandbox.policy import Mechanism, SandboxPolicy
from codeact_tui.sandbox.proxy.rules import AllowList, NotAHost, grant_for, read_host

__all__ = ["Refusal", "refusals"]

_TEXT_CHARS = 1 << 16
_MOST = 8
_PATH_CHARS = 1000
_KEPT_CLOSED = frozenset(
    {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".pypirc", ".npmrc", ".git-credentials"}
    | {".password-store", ".mozilla", "codeact", "keyrings", "gcloud", "gh"}
)
"""Names of folders and files that no error makes codeact offer."""
_SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr")

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_FILE = re.compile(
    r"\[Errno (?P<number>2|13|30)\] [A-Z][A-Za-z -]{3,40}: "
    r"'(?P<path>[^'\n]{1,1000})'(?: -> '(?P<second>[^'\n]{1,1000})')?"
)
_SHELL = re.compile(
    r"^[\w./-]{1,40}: (?:line \d+: )?(?P<before>[a-z][a-z ]{1,40} )?['‘]?(?P<path>/[^'’:\n]{1,1000})['’]?: "
    r"(?P<why>No such file or directory|Permission denied|Read-only file system)$",
    re.MULTILINE,
)
_NUMBERS = {"No such file or directory": 2, "Permission denied": 13, "Read-only file system": 30}
_WRITES = re.compile(
    r"open\([^()\n]{0,300}['\"][rbt]*[wax+]|\.to_[a-z]+\(|\.write|mkdir|makedirs|touch|savefig|create "
)

_NOT_LISTED = re.compile(r"sandbox\.network does not list (\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253}):([0-9]{1,5})")
_NOT_PUBLIC = re.compile(r"(?<![a-z0-9._-])([a-z0-9._-]{1,253}) leads to an address that is not public")
_NO_NETWORK = re.compile(
    r"name resolution|[Cc]ould not resolve host|Failed to resolve|nodename nor servname|Network is unreachable"
    r"|Failed to establish a new connection: \[Errno 13\]|<urlopen error \[Errno 13\]"
)
_HOSTS = (
    re.compile(r"ConnectionPool\(host='([^'\n]{1,253})', port=([0-9]{1,5})\)"),
    re.compile(r"[Cc]ould not resolve host:? '?([A-Za-z0-9._-]{1,253})()"),
    re.compile(r"Failed to resolve '([^'\n]{1,253})'()"),
    re.compile(r"https?://([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(?=[/?#'\"\s)>]|$)"),
)
_HTTPS_PORT = 443
_TOO_LARGE = re.compile(r"\[Errno 27\]|: File too large$", re.MULTILINE)
_TOO_MANY_FILES = re.compile(r"\[Errno 24\]|: Too many open files$", re.MULTILINE)
_TOO_MANY_PROCESSES = re.compile(r"can't start new thread|fork: (?:retry: )?Resource temporarily unavailable")
_TRY_AGAIN, _TRACEBACK_CHARS = "[Errno 11]", 4000


def refusals(error_text: str, policy: SandboxPolicy, mechanism: Mechanism = "bubblewrap") -> list[Refusal]:
    """Find what of an error was the sandbox's doing.

    Args:
        error_text: What the cell ended with: a traceback, or what a program printed. Its end counts where it is long.
        policy: What the cell was allowed.
        mechanism: What confined it; `none` refuses nothing, `limits` no files.

    Returns:
        Each once, in the order of the text, the network's first; a few at most.
    """
    if mechanism == "none":
        return []
    text = _COLOUR.sub("", strip_controls(error_text[-_TEXT_CHARS:]))
    found = dict.fromkeys(_of_network(text, policy))
    if mechanism != "limits":
        found |= dict.fromkeys(_of_files(text, policy, mechanism))
    if mechanism != "seatbelt":
        found |= dict.fromkeys(_of_limits(text, policy))
    return list(found)[:_MOST]


# -- the network


def _of_network(text: str, policy: SandboxPolicy) -> Iterator[Refusal]:
    told = False
    for match in _NOT_LISTED.finditer(text):
        told = True
        yield _host(match[1].strip("[]"), int(match[2]), policy)
    for match in _NOT_PUBLIC.finditer(text):
        told = True
        yield Refusal(f"reaching {match[1]}", why="it leads to this machine or to your own network, which stay closed")
    if told or not _NO_NETWORK.search(text):
        return
    hosts = [_host(*asked, policy) for asked in _hosts(text)]
    yield from hosts or [Refusal("reaching the network", why="name the host that is needed in sandbox.network")]


def _hosts(text: str) -> Iterator[tuple[str, int]]:
    for pattern in _HOSTS:
        found = {(match[1], int(match[2] or _HTTPS_PORT)): None for match in pattern.finditer(text)}
        if found:
            yield from found
            return


def _host(text: str, port: int, policy: SandboxPolicy) -> Refusal:
    try:
        host = read_host(text)
    except NotAHost:
        return Refusal("reaching the network", why="name the host that is needed in sandbox.network")
    what = f"reaching {host}:{port}"
    if not isinstance(host, str):
        return Refusal(what, why="sandbox.network takes names of hosts, not addresses")
    if AllowList(policy.network).allows(host, port):
        return Refusal(what, why="the program takes no notice of HTTPS_PROXY, and there is no other way")
    if "." not in host:
        return Refusal(what, why="it is a name of this machine or of your own network, which stay closed")
    return Refusal(what, "network", grant_for(host, port))


# -- limits


def _of_limits(text: str, policy: SandboxPolicy) -> Iterator[Refusal]:
    """Name the limit that a cell has come to. The system may have refused it for reasons of its own."""
    limits = policy.limits
    if _TOO_LARGE.search(text):
        yield Refusal(f"a file of more than {limits.file_bytes >> 20:,} MiB (sandbox.file_mb)", certain=False)
    if _TOO_MANY_FILES.search(text):
        yield Refusal(f"more than {limits.open_files:,} open files of a process (sandbox.open_files)", certain=False)
    if _TOO_MANY_PROCESSES.search(text) or _fork_failed(text):
        yield Refusal(f"more than {limits.processes:,} processes and threads (sandbox.processes)", certain=False)


def _fork_failed(text: str) -> bool:
    """Say whether it ends with the error of a call to fork; a pattern would look at hostile text over and over."""
    at = text.rfind(_TRY_AGAIN)
    return at >= 0 and "fork" in text[max(0, at - _TRACEBACK_CHARS) : at]


# -- files


def _of_files(text: str, policy: SandboxPolicy, mechanism: Mechanism) -> Iterator[Refusal]:
    writes = bool(_WRITES.search(text))
    for match in _FILE.finditer(text):
        for name in ("path", "second"):
            if match[name]:
                yield from _file(match[name], int(match["number"]), policy, mechanism, writes=writes)
    for match in _SHELL.finditer(text):
        number = _NUMBERS[match["why"]]
        created = bool(match["before"] and _WRITES.search(match["before"]))
        yield from _file(match["path"], number, policy, mechanism, writes=created)


def _file(given: str, number: int, policy: SandboxPolicy, mechanism: Mechanism, *, writes: bool) -> Iterator[Refusal]:
    if has_invisible(given) or not given.isprintable() or len(given) > _PATH_CHARS:
        return
    path = posixpath.normpath(posixpath.join(policy.workspace, given))
    if path.startswith("//"):
        path = path[1:]
    if _is_in(path, policy.workspace):
        yield from _in_workspace(path, number, policy)
    elif any(_is_in(path, folder) for folder in policy.writable):
        return
    elif number == 30:
        yield _offer("writable", path, policy)
    elif _is_closed(path, policy):
        yield _offer("writable" if writes else "readable", path, policy, certain=number == 13)
    elif number == 13 and mechanism == "landlock":  # it can be read as far as the user can, so this was writing
        yield _offer("writable", path, policy)


def _in_workspace(path: str, number: int, policy: SandboxPolicy) -> Iterator[Refusal]:
    top = posixpath.relpath(path, policy.workspace).split("/")[0]
    pattern = next((each for each in policy.hidden if fnmatch.fnmatchcase(posixpath.basename(path), each)), "")
    if number == 13 and pattern:
        yield Refusal(f"reading {path}", "hidden", pattern)
    elif number == 30 and not policy.workspace_writable:
        yield Refusal(f"writing {path}", "workspace", "writable")
    elif number == 30 and top in policy.protected:
        yield Refusal(f"writing {path}", why=f"{top} runs code outside the sandbox, and stays as it is")
    elif number == 13 and not policy.workspace_writable:  # so Landlock says it
        yield Refusal(f"writing {path}", "workspace", "writable")


def _is_closed(path: str, policy: SandboxPolicy) -> bool:
    """Say whether nothing is shown of a path: it lies in a home or in a folder that the sandbox has emptied."""
    if any(_is_in(path, folder) for folder in policy.readable):
        return False
    return any(_is_in(path, folder) for folder in (*policy.homes, *EMPTIED))


def _offer(setting: RefusalSetting, path: str, policy: SandboxPolicy, *, certain: bool = True) -> Refusal:
    what = f"{'writing' if setting == 'writable' else 'reading'} {path}"
    folder = posixpath.dirname(path)
    if any(part in _KEPT_CLOSED for part in path.split("/")):
        return Refusal(what, why="keys and data of other programs lie there, and it stays closed", certain=certain)
    if any(_is_in(path, system) for system in _SYSTEM):
        return Refusal(what, why="the system's own files stay as they are", certain=certain)
    if _holds_much(path, policy):
        return Refusal(what, why="far too much would be open: use a folder below it", certain=certain)
    if _holds_much(folder, policy):
        if setting == "writable" or posixpath.basename(path).startswith("."):
            return Refusal(what, why=f"all of {folder} would be open: use a folder below it", certain=certain)
        folder = path  # a file of the home's own: it alone
    return Refusal(what, setting, folder, certain=certain)


def _holds_much(folder: str, policy: SandboxPolicy) -> bool:
    """Say whether a folder is a home, one of those that are emptied, or holds such a one."""
    return folder == "/" or folder in EMPTIED or any(_is_in(home, folder) for home in policy.homes)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
