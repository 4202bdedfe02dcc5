"""Every command has help, and is documented with all its flags."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from typer.main import get_command

from codeact_tui.cli.app import app
from codeact_tui.cli.arguments import spell_out_pick
from tests.cli.commands import codeact

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every command and group below `codeact`."""
    below = cast("dict[str, Any]", getattr(command, "commands", {}))
    for name, found in below.items():
        yield (*path, name), found
        yield from commands(found, (*path, name))


EVERY = dict(commands(get_command(app)))


def section(path: tuple[str, ...]) -> str:
    """Give what the documentation says under a command's heading."""
    found = re.search(rf"(?ms)^##+ codeact {' '.join(path)}$(.*?)(?=^##|\Z)", DOCS.read_text("utf-8"))
    assert found, f"docs/commands.md has no heading for codeact {' '.join(path)}"
    return found[1]


def flags(command: Any) -> list[str]:
    return [
        name
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.hidden
        for name in parameter.opts
    ]


def test_there_are_commands() -> None:
    assert {path[0] for path in EVERY} >= {"chat", "run", "serve", "sessions", "config", "policy", "models", "doctor"}
    assert len(EVERY) >= 18


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "-h"):
        outcome = codeact(capsys, *path, flag)
        assert (outcome.code, outcome.err) == (0, "")
        assert f"Usage: codeact {' '.join(path)} " in outcome.out
    undescribed = [parameter.name for parameter in EVERY[path].params if not parameter.help and not parameter.hidden]
    assert undescribed == []


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_and_flag_is_documented(path: tuple[str, ...]) -> None:
    text = section(path)
    assert len(text.split()) > 5
    assert [flag for flag in flags(EVERY[path]) if f"`{flag}" not in text and flag not in {"--help", "-h"}] == []


def test_nothing_is_documented_that_is_not_there() -> None:
    text = DOCS.read_text("utf-8")
    headings = {tuple(found.split()) for found in re.findall(r"(?m)^##+ codeact (.+)$", text)}
    assert headings == set(EVERY)
    known = {flag for command in (get_command(app), *EVERY.values()) for flag in flags(command)}
    assert set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", text)) <= known | {"--help", "-h"}


def test_codeact_alone_is_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = codeact(capsys)
    assert (outcome.code, outcome.err) == (0, "")
    assert "`codeact chat` opens it" in outcome.out


def test_every_flag_of_chat_that_takes_a_value_keeps_it() -> None:
    """What follows such a flag is its value, even if it looks like `--resume` without one."""
    taking = [
        name
        for parameter in EVERY["chat",].params
        if parameter.param_type_name == "option" and not parameter.is_flag and parameter.name != "resume"
        for name in parameter.opts
    ]
    assert len(taking) >= 5
    for name in taking:
        assert spell_out_pick(["chat", name, "-r"]) == ["chat", name, "-r"]
