"""What the doctor says of each thing that it looks at."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from codeact_tui.cli.checks import python as python_checks
from codeact_tui.cli.checks import storage
from codeact_tui.cli.checks.finding import Finding
from codeact_tui.cli.checks.python import check_python
from codeact_tui.cli.checks.settings import check_settings
from codeact_tui.cli.checks.storage import check_folder, check_sessions
from codeact_tui.cli.checks.terminal import Terminal, check_terminal
from codeact_tui.config.loading import read_project, trust_book
from codeact_tui.config.schema import Config, KernelConfig
from codeact_tui.paths import store_path
from codeact_tui.store.sqlite import SqliteCatalog


def terminal(environ: Mapping[str, str] | None = None, *, columns: int = 120, rows: int = 36) -> Terminal:
    return Terminal(True, columns, rows, "utf-8", environ or {"TERM": "xterm-256color"}, "xclip")


def signs(findings: list[Finding]) -> list[str]:
    return [finding.sign for finding in findings]


class TestTerminal:
    @pytest.mark.parametrize(
        ("environ", "text"),
        [
            ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "xterm-256color, 16 million colours"),
            ({"TERM": "screen-256color"}, "screen-256color, 256 colours"),
            ({"TERM": "vt100"}, "vt100, its own 16 colours"),
            ({"TERM": "xterm", "NO_COLOR": "1"}, "xterm, no colours"),
        ],
    )
    def test_says_which_colours(self, environ: dict[str, str], text: str) -> None:
        findings = list(check_terminal(terminal(environ)))
        assert findings[0].text.startswith(text)
        assert set(signs(findings)) == {"ok"}

    @pytest.mark.parametrize("term", ["", "dumb"])
    def test_without_a_kind_no_screen_can_be_drawn(self, term: str) -> None:
        assert "no screen can be drawn" in next(check_terminal(terminal({"TERM": term}))).text

    def test_a_small_one_and_a_wrong_encoding_are_warned_of(self) -> None:
        small = Terminal(True, 40, 10, "latin-1", {"TERM": "xterm"})
        warned = [finding.text for finding in check_terminal(small) if finding.sign == "warning"]
        assert warned == ["40×10 is small", "encoding latin-1: signs will be missing"]

    def test_a_pipe_is_no_terminal(self) -> None:
        [finding] = check_terminal(Terminal(False, 80, 24, "utf-8", {}))
        assert (finding.sign, finding.text) == ("warning", "input or output is no terminal")

    @pytest.mark.parametrize(
        ("environ", "said"),
        [
            ({"TMUX": "/tmp/x"}, "inside tmux"),
            ({"STY": "1.x"}, "inside screen: copying out does not work"),
            ({"SSH_CONNECTION": "a b"}, "over SSH: through the terminal (OSC 52), where it allows that"),
            ({}, "xclip, and through the terminal (OSC 52)"),
        ],
    )
    def test_says_what_lies_between(self, environ: dict[str, str], said: str) -> None:
        findings = check_terminal(terminal({"TERM": "xterm", **environ}))
        assert said in [finding.text for finding in findings]


class TestPython:
    def test_says_what_runs_the_cells(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
            monkeypatch.delenv(name, raising=False)
        findings = {finding.area: finding for finding in check_python(folder, Config())}
        assert findings["kernel"].sign == "ok"
        assert findings["kernel"].text.startswith(f"{sys.executable} (codeact's own), Python 3.")
        assert "ipykernel" in findings["kernel"].text

    def test_a_projects_environment_is_read_and_not_run(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
            monkeypatch.delenv(name, raising=False)
        packages = folder / ".venv" / "lib" / "python3.12" / "site-packages"
        (packages / "ipykernel-6.29.5.dist-info").mkdir(parents=True)
        (folder / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.4\n", "utf-8")
        ran = folder / "ran"
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir()
        python.write_text(f"#!/bin/sh\ntouch {ran}\n", "utf-8")
        python.chmod(0o755)
        [finding] = [finding for finding in check_python(folder, Config()) if finding.area == "kernel"]
        assert finding.text == f"{python} (.venv), Python 3.12.4, ipykernel 6.29.5"
        assert not ran.exists()

    def test_one_that_is_wanted_and_not_there_is_missing(self, folder: Path) -> None:
        config = Config(kernel=KernelConfig(python="no-such-python"))
        [finding] = [finding for finding in check_python(folder, config) if finding.area == "kernel"]
        assert (finding.sign, finding.remedy != "") == ("missing", True)

    def test_a_release_that_steals_keys_is_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(python_checks.metadata, "version", dict.fromkeys(["litellm", "ipykernel"], "1.82.7").get)
        [finding] = [finding for finding in check_python(folder, Config()) if finding.area == "litellm"]
        assert (finding.sign, finding.text) == ("missing", "1.82.7 is a version that steals keys")


class TestSettings:
    def test_none_is_fine(self, folder: Path) -> None:
        checked = check_settings(folder)
        assert (checked.config, signs(list(checked.findings))) == (Config(), ["ok"])

    def test_every_error_of_the_users_file_is_listed_and_defaults_are_used(self, folder: Path, home: Path) -> None:
        path = home / "config" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text('[model]\nname = "x"\nnam = 1\n[session]\npolicy = "x"\n', "utf-8")
        checked = check_settings(folder)
        assert [finding.text for finding in checked.findings] == [
            f"{path}:3: model.nam is no setting.",
            f'{path}:5: session.policy can\'t be "x".',
        ]
        assert set(signs(list(checked.findings))) == {"missing"}
        assert checked.config == Config()
        path.write_text("[", "utf-8")
        assert signs(list(check_settings(folder).findings)) == ["missing"]

    def test_a_wrong_variable_is_listed(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CODEACT_MODLE_NAME", "x")
        assert signs(list(check_settings(folder).findings)) == ["ok", "missing"]

    def test_a_project_is_trusted_or_not(self, folder: Path) -> None:
        path = folder / ".codeact" / "config.toml"
        path.parent.mkdir()
        path.write_text('[model]\nname = "x"\n', "utf-8")
        checked = check_settings(folder)
        assert (checked.config.model.name, signs(list(checked.findings))) == ("", ["ok", "warning"])
        project = read_project(folder)
        assert project is not None
        trust_book().decide(project.folder, project.sha256, trusted=True)
        checked = check_settings(folder)
        assert (checked.config.model.name, checked.findings[1].text) == ("x", f"{path}, trusted")

    def test_errors_of_a_project_that_is_not_trusted_stop_nothing(self, folder: Path) -> None:
        path = folder / ".codeact" / "config.toml"
        path.parent.mkdir()
        path.write_text('[session]\npolicy = "all"\n', "utf-8")
        assert signs(list(check_settings(folder).findings)) == ["ok", "warning", "warning"]


class DiskUsage(NamedTuple):
    total: int
    used: int
    free: int


class TestStorage:
    def test_a_folder_that_can_be_made_is_fine_and_is_not_made(self, home: Path) -> None:
        [finding] = check_folder()
        assert finding.sign == "ok"
        assert not home.exists()

    def test_a_file_in_its_place_is_missing(self, home: Path) -> None:
        home.write_text("", "utf-8")
        assert signs(list(check_folder())) == ["missing"]

    def test_little_room_is_warned_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def usage(_path: Path) -> DiskUsage:
            return DiskUsage(100, 100, 20_000_000)

        monkeypatch.setattr(storage.shutil, "disk_usage", usage)
        [finding] = check_folder()
        assert (finding.sign, finding.text[:20]) == ("warning", "20 MB are left for " + finding.text[19])

    async def test_sessions_are_read_where_there_are_any(self, home: Path) -> None:
        catalog = SqliteCatalog(store_path())
        assert await check_sessions(catalog) == []
        assert not home.exists()  # noqa: ASYNC240 - a test may block
        await (await catalog.create(folder="/x", model="demo")).close()
        assert signs(await check_sessions(catalog)) == ["ok"]
        await catalog.close()

    async def test_a_store_that_is_none_is_missing(self) -> None:
        store_path().parent.mkdir(parents=True)
        store_path().write_bytes(b"no database " * 1000)
        catalog = SqliteCatalog(store_path())
        assert signs(await check_sessions(catalog)) == ["missing"]
        await catalog.close()
