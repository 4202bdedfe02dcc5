"""What is made of the errors of cells that the sandbox has stopped; and that what is offered mends them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.config.schema import SandboxConfig
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings, make_policy
from codeact_tui.sandbox.policy import Limits, Mechanism, SandboxPolicy
from codeact_tui.sandbox.refusals import Refusal, refusals
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.mechanisms import working_mechanisms

POLICY = SandboxPolicy("/work/project", readable=("/home/me/shared",), writable=("/srv/out",), homes=("/home/me",))
DENIED, NOT_THERE = "[Errno 13] Permission denied", "[Errno 2] No such file or directory"
READ_ONLY = "[Errno 30] Read-only file system"
UNRESOLVED = "Temporary failure in name resolution"
OPEN = SandboxPolicy("/work/project", homes=("/home/me",), network=("api.example.org",))


def grants(text: str, policy: SandboxPolicy = POLICY, mechanism: Mechanism = "bubblewrap") -> list[str]:
    return [each.grant for each in refusals(text, policy, mechanism)]


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        (f"OSError: {READ_ONLY}: '/data/out.csv'", 'sandbox.writable = ["/data"]'),
        (f"PermissionError: {DENIED}: '/home/me/data/a.csv'", 'sandbox.readable = ["/home/me/data"]'),
        (f"FileNotFoundError: {NOT_THERE}: '/home/me/d/a'", 'sandbox.readable = ["/home/me/d"]'),
        (f"FileNotFoundError: {NOT_THERE}: '/home/me/a.csv'", 'sandbox.readable = ["/home/me/a.csv"]'),
        (f"open('/home/me/d/a', 'w')\n{NOT_THERE}: '/home/me/d/a'", 'sandbox.writable = ["/home/me/d"]'),
        (f"open\x1b[39m(p, \x1b[33m'w'\x1b[39m)\n{DENIED}: '/home/me/d/a'", 'sandbox.writable = ["/home/me/d"]'),
        (f"df.to_csv(p)\n{READ_ONLY}: '/home/me/d/a'", 'sandbox.writable = ["/home/me/d"]'),
        (f"{READ_ONLY}: '../other/x'", 'sandbox.writable = ["/work/other"]'),
        ("cat: /home/me/d/notes.txt: No such file or directory", 'sandbox.readable = ["/home/me/d"]'),
        ("touch: cannot touch '/data/x': Read-only file system", 'sandbox.writable = ["/data"]'),
        ("/bin/bash: line 1: /data/x: Read-only file system", 'sandbox.writable = ["/data"]'),
        ("mkdir: cannot create directory ‘/data/x’: Read-only file system", 'sandbox.writable = ["/data"]'),
    ],
)
def test_a_file_that_was_refused_names_its_folder(text: str, grant: str) -> None:
    assert grants("Traceback…\n" + text) == [grant]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("OSError: [Errno 27] File too large", "a file of more than 10 MiB (sandbox.file_mb)"),
        ("dd: error writing 'x': File too large", "a file of more than 10 MiB (sandbox.file_mb)"),
        ("OSError: [Errno 24] Too many open files: 'x'", "more than 100 open files of a process (sandbox.open_files)"),
        ("RuntimeError: can't start new thread", "more than 40 processes and threads (sandbox.processes)"),
        ("_fork_exec(\nBlockingIOError: [Errno 11] Resource", "more than 40 processes and threads (sandbox.processes)"),
        ("bash: fork: Resource temporarily unavailable", "more than 40 processes and threads (sandbox.processes)"),
        ("BlockingIOError: [Errno 11] Resource temporarily unavailable", ""),
    ],
)
def test_a_limit_that_was_reached_is_named(text: str, what: str) -> None:
    policy = SandboxPolicy("/work/project", limits=Limits(processes=40, open_files=100, file_bytes=10 << 20))
    assert [each.what for each in refusals(text, policy)] == ([what] if what else [])
    assert refusals(text, policy, "none") == []


@pytest.mark.parametrize(
    "text",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/data/a.csv'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/home/me/shared/a.csv'",
        "PermissionError: [Errno 13] Permission denied: '/etc/shadow'",
        "PermissionError: [Errno 13] Permission denied: '/work/project/mine'",
        "PermissionError: [Errno 13] Permission denied: '/srv/out/x'",
        "ValueError: nothing of the kind",
        "",
    ],
)
def test_what_was_not_the_sandboxs_doing_is_none(text: str) -> None:
    assert refusals(text, POLICY) == []


def test_nothing_is_refused_without_a_sandbox() -> None:
    assert refusals("[Errno 30] Read-only file system: '/data/x'", POLICY, "none") == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/home/me/.ssh/id_rsa",
            "/home/me/.aws/credentials",
            "/home/me/.config/codeact/config.toml",
            "/home/me/.netrc",
        ),
        *("/home/me/.bashrc", "/run/x", "/etc/passwd", "/usr/lib/x", "/x", "/home/x", "/home/me", "/"),
    ],
)
def test_what_would_open_too_much_is_not_offered(path: str) -> None:
    [refusal] = refusals(f"OSError: [Errno 30] Read-only file system: '{path}'", POLICY)
    assert (refusal.grant, bool(refusal.why)) == ("", True)


def test_in_the_workspace_it_says_what_protects_it() -> None:
    [git] = refusals("[Errno 30] Read-only file system: '.git/config'", POLICY)
    assert git == Refusal(
        "writing /work/project/.git/config", why=".git runs code outside the sandbox, and stays as it is"
    )
    [env] = refusals("[Errno 13] Permission denied: '/work/project/a/.env'", POLICY)
    assert env == Refusal("reading /work/project/a/.env", "hidden", ".env")
    read_only = SandboxPolicy("/work/project", workspace_writable=False)
    assert grants("[Errno 30] Read-only file system: 'out.csv'", read_only) == ['sandbox.workspace = "writable"']
    assert grants("[Errno 13] Permission denied: 'o.csv'", read_only, "landlock") == ['sandbox.workspace = "writable"']


def test_with_landlock_what_can_be_read_was_written() -> None:
    text = "PermissionError: [Errno 13] Permission denied: '/data/x'"
    assert grants(text, mechanism="landlock") == ['sandbox.writable = ["/data"]']
    assert grants(text) == []


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        ("OSError: Tunnel connection failed: 403 sandbox.network does not list a.example:443", '["a.example"]'),
        ("403 Client Error: sandbox.network does not list a.example:80 for url: http://a.example/", '["a.example"]'),
        ("ProxyError: 403 sandbox.network does not list a.example:8443", '["a.example:8443"]'),
    ],
)
def test_a_host_that_the_proxy_refused_is_named(text: str, grant: str) -> None:
    assert grants(text, OPEN) == [f"sandbox.network = {grant}"]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (f"HTTPSConnectionPool(host='a.example', port=443): … {UNRESOLVED}", ["a.example"]),
        ("curl: (6) Could not resolve host: a.example", ["a.example"]),
        ("fatal: unable to access 'https://a.example/x.git/': Could not resolve host: a.example", ["a.example"]),
        (f"urlopen('http://a.example:8080/x')\n<urlopen error {UNRESOLVED}>", ["a.example:8080"]),
        ("get('https://a.example')\nOSError: [Errno 101] Network is unreachable", ["a.example"]),
        ("get('https://a.example', x)\n<urlopen error [Errno 13] Permission denied>", ["a.example"]),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", [""]),
        ("get('http://10.0.0.1/')\n<urlopen error [Errno 101] Network is unreachable>", [""]),
        ("get('http://localhost:80/')\n<urlopen error [Errno 101] Network is unreachable>", [""]),
    ],
)
def test_without_a_network_the_host_is_read_from_the_error(text: str, hosts: Sequence[str]) -> None:
    assert grants(text) == [f'sandbox.network = ["{host}"]' if host else "" for host in hosts]


def test_what_the_proxy_will_never_do_is_said_and_not_offered() -> None:
    texts = (
        "sandbox.network does not list 127.0.0.1:80",
        "sandbox.network does not list [::1]:80",
        "api.example.org leads to an address that is not public",
        "get('https://api.example.org/')\nTemporary failure in name resolution",
    )
    for text in texts:
        [refusal] = refusals(text, OPEN)
        assert (refusal.grant, bool(refusal.why)) == ("", True)


PATHS = st.builds("{}{}".format, st.sampled_from(["/", "/data/", "/home/", "/home/me/", "", "../"]), st.text())


@given(st.text(), PATHS, st.sampled_from([2, 13, 30]))
def test_whatever_a_cell_says_only_what_the_settings_take_is_offered(before: str, path: str, number: int) -> None:
    text = f"{before}\n[Errno {number}] No such file or directory: '{path}'\n{before}"
    for refusal in refusals(text, POLICY):
        assert refusal.what.isprintable()
        if refusal.setting in {"readable", "writable"}:
            msgspec.convert({refusal.setting: [refusal.value]}, SandboxConfig)
            assert refusal.value.startswith("/")
            assert refusal.value not in {"/", "/home", "/home/me"}


def test_a_long_text_is_looked_at_from_its_end_and_few_are_given() -> None:
    lines = [f"[Errno 30] Read-only file system: '/data/{number}/x'" for number in range(10_000)]
    assert len(refusals("\n".join(lines), POLICY)) == 8


# -- for real


@pytest.mark.kernel
@pytest.mark.parametrize("mechanism", working_mechanisms())
@pytest.mark.parametrize(
    "code",
    [
        "open('{home}/data/a.csv').read()",
        "open('{home}/data/new.csv', 'w').write('x')",
        "import pathlib; pathlib.Path('{outside}/new.txt').write_text('x')",
        "import subprocess; r = subprocess.run(['cat', '{home}/data/a.csv'], capture_output=True, text=True)\n"
        "print(r.stderr); r.check_returncode()",
    ],
)
async def test_what_is_offered_mends_the_cell(mechanism: Mechanism, code: str, tmp_path: Path) -> None:
    home, outside, workspace = (tmp_path / name for name in ("home", "outside", "workspace"))
    for folder in (home / "data", outside, workspace):
        folder.mkdir(parents=True)
    (home / "data" / "a.csv").write_text("x")
    code = code.replace("{home}", str(home)).replace("{outside}", str(outside))
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}

    async def run(**settings: Any) -> tuple[str, list[Refusal]]:
        wanted = SandboxSettings(cast("SandboxMode", mechanism), **settings)
        kernel = JupyterKernel(workspace, sandbox=wanted, environment=environment)
        await kernel.start(Listener())
        cells = Cells(kernel)
        try:
            status = (await cells.run(code)).status
        finally:
            await kernel.shutdown()
        printed = "".join(output.text for output in cells.outputs if isinstance(output, StreamOutput))
        errors = ["\n".join(output.traceback) for output in cells.outputs if isinstance(output, ErrorOutput)]
        policy = make_policy(wanted, workspace, tmp_path / "private", tmp_path / "code", environment)
        return status, refusals("\n".join([printed, *errors]), policy, mechanism)

    status, [refusal] = await run()
    assert (status, refusal.setting in {"readable", "writable"}) == ("error", True)
    assert await run(**{refusal.setting: (refusal.value,)}) == ("ok", [])
