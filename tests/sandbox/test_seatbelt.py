"""What macOS is told; no macOS is needed to read it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.sandbox.policy import SandboxPolicy
from codeact_tui.sandbox.seatbelt import SANDBOX_EXEC, seatbelt_command, seatbelt_profile

POLICY = SandboxPolicy(
    "/Users/me/work",
    readable=("/Users/me/.venv",),
    writable=("/private/r/in",),
    homes=("/Users/me",),
    protected=(".git",),
)


def test_everything_is_refused_but_what_is_named_and_the_last_rule_counts() -> None:
    lines = seatbelt_profile(POLICY, protected=["/Users/me/work/.venv"], hidden=["/Users/me/work/.env"]).splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    order = [
        "(allow file-read*)",
        next(line for line in lines if line.startswith('(deny file-read* (subpath "/Users")')),
        '(allow file-read* (subpath "/Users/me/work") (subpath "/Users/me/.venv") (subpath "/private/r/in"))',
        '(allow file-write* (subpath "/private/r/in") (subpath "/Users/me/work"))',
        '(deny file-write* (subpath "/Users/me/work/.venv") (subpath "/Users/me/work/.git"))',
        '(deny file-read* file-write* (literal "/Users/me/work/.env"))',
    ]
    assert [line for line in lines if line in order] == order
    assert not [line for line in lines if "network-outbound" in line or line == "(allow network*)"]


def test_a_workspace_that_stays_as_it_is_is_not_written() -> None:
    read_only = SandboxPolicy("/Users/me/work", workspace_writable=False)
    assert "allow file-write*" not in seatbelt_profile(read_only)


def test_the_proxy_is_the_only_way_to_the_network() -> None:
    lines = seatbelt_profile(POLICY, port=4711).splitlines()
    assert [line for line in lines if "outbound" in line] == ['(allow network-outbound (remote ip "localhost:4711"))']


@given(st.text().map(lambda name: f"/{name}"))
def test_a_path_stays_a_string(path: str) -> None:
    strings = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
    profile = seatbelt_profile(SandboxPolicy(path))
    words = strings.sub("", profile)
    assert '"' not in words
    assert words.count("(") == words.count(")")
    assert re.fullmatch(r"[a-z*()\s1-]*", words)
    assert path in {re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.DOTALL) for found in strings.findall(profile)}


def test_the_command_runs_under_the_profile() -> None:
    assert seatbelt_command("(version 1)", ["python", "-V"]) == [SANDBOX_EXEC, "-p", "(version 1)", "python", "-V"]
