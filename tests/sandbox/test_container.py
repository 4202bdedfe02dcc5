"""The command line of a container, and who makes one."""

import csv
import marshal
from pathlib import Path

import pytest

from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox import choice
from codeact_tui.sandbox.choice import SandboxSettings, choose_mechanism
from codeact_tui.sandbox.confine import confine
from codeact_tui.sandbox.container import container_command
from codeact_tui.sandbox.detect import find_engine
from codeact_tui.sandbox.policy import Limits, SandboxPolicy

POLICY = SandboxPolicy(
    "/work", readable=("/code",), writable=("/run/in",), limits=Limits(memory_bytes=1 << 30, processes=64, file_bytes=9)
)


def command(engine: str = "/usr/bin/docker", policy: SandboxPolicy = POLICY, **more: list[str]) -> list[str]:
    environment = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "HOME": "/home/me", "PYTHONPATH": "/x"}
    return container_command(
        engine, "science:1", policy, ["supervisor.py"], environment=environment, user=(1000, 100), **more
    )


def mounts(words: list[str]) -> list[dict[str, str]]:
    lines: list[str] = [words[at + 1] for at, word in enumerate(words) if word == "--mount"]
    return [{name: value for name, _, value in (f.partition("=") for f in fields)} for fields in csv.reader(lines)]


def test_what_is_mounted_is_what_the_policy_names() -> None:
    found = mounts(command(protected=["/work/.git"], hidden=["/work/.env"]))
    assert [(each["src"], each["dst"], "readonly" in each) for each in found] == [
        ("/code", "/code", True),
        ("/run/in", "/run/in", False),
        ("/work", "/work", False),
        ("/work/.git", "/work/.git", True),
        ("/dev/null", "/work/.env", True),
    ]


def test_a_workspace_that_stays_as_it_is_is_mounted_so() -> None:
    [found] = mounts(command(policy=SandboxPolicy("/work", workspace_writable=False)))
    assert "readonly" in found


def test_a_path_with_commas_and_quotes_stays_one_path() -> None:
    [found] = mounts(command(policy=SandboxPolicy('/a,readonly,"b"')))
    assert found == {"type": "bind", "src": '/a,readonly,"b"', "dst": '/a,readonly,"b"'}


def test_there_is_no_network_no_power_and_nothing_is_fetched() -> None:
    words = command()
    for pair in (("--network", "none"), ("--cap-drop", "ALL"), ("--pull", "never"), ("--memory", "1073741824b")):
        assert words[words.index(pair[0]) + 1] == pair[1]
    assert {"--read-only", "--rm", "--interactive", "no-new-privileges", "fsize=9"} <= set(words)
    assert words[-5:] == ["/work", "--entrypoint", "python3", "science:1", "supervisor.py"]


def test_files_belong_to_the_user() -> None:
    assert command()[command().index("--user") + 1] == "1000:100"
    assert "keep-id" in command("/usr/bin/podman")


def test_what_names_this_machines_folders_is_left_out_of_its_environment() -> None:
    given = [word for before, word in zip(command(), command()[1:], strict=False) if before == "--env"]
    assert given == ["LANG=C.UTF-8", "HOME=/tmp", "TMPDIR=/tmp"]


def test_the_supervisor_hears_commands_by_standard_input(tmp_path: Path) -> None:
    confined = confine(
        "container",
        SandboxPolicy(str(tmp_path)),
        ["/usr/bin/python3.11", "launch.py"],
        environment={},
        temporary="/t",
        pipes=(7, 8),
        container=("/usr/bin/podman", "science"),
    )
    told = marshal.loads(bytes.fromhex(confined.command[-4]))
    assert (told["command_fd"], told["status_fd"]) == (0, -1)
    assert confined.command[-3:] == ["--", "python3", "launch.py"]


@pytest.mark.parametrize(("there", "found"), [(["docker"], "docker"), (["docker", "podman"], "podman"), ([], "")])
def test_an_engine_is_found_where_there_is_one(tmp_path: Path, there: list[str], found: str) -> None:
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert find_engine(str(tmp_path)) == (str(tmp_path / found) if found else "")


@pytest.mark.parametrize(
    ("engine", "settings", "words"),
    [
        ("", SandboxSettings("container", image="x"), "neither podman nor docker"),
        ("/d", SandboxSettings("container"), "No image"),
        ("/d", SandboxSettings("container", image="x", network=("pypi",)), "no network"),
    ],
)
def test_what_is_missing_for_a_container_is_said(
    monkeypatch: pytest.MonkeyPatch, engine: str, settings: SandboxSettings, words: str
) -> None:
    monkeypatch.setattr(choice, "find_engine", lambda: engine)
    with pytest.raises(KernelStartFailed, match=words):
        choose_mechanism(settings)


def test_a_container_is_chosen_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_engine", lambda: "/usr/bin/podman")
    assert choose_mechanism(SandboxSettings("container", image="x")) == "container"
