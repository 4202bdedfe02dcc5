"""What is asked of the command line before a front end opens imports next to nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codeact_tui import __version__
from tests.cli.commands import fresh

HEAVY = ("textual", "litellm", "jupyter_client", "zmq", "prompt_toolkit", "rich", "httpx", "platformdirs", "sqlite3")

PROBE = """
import json, sys
from codeact_tui.__main__ import main
sys.argv = ["codeact", *sys.argv[1:]]
try:
    main()
finally:
    print("\\nmodules:", json.dumps(sorted(sys.modules)))
"""


def modules_after(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    found: list[str] = json.loads(done.stdout.rpartition("modules:")[2])
    return set(found)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["-V"], ["--help"], [], ["chat", "--help"], ["sessions", "list", "--help"]]
)
def test_version_and_help_import_nothing_heavy(arguments: list[str]) -> None:
    assert modules_after(*arguments).isdisjoint(HEAVY)


def test_the_version_needs_no_parser_and_no_settings() -> None:
    modules = modules_after("--version")
    assert modules.isdisjoint({"typer", "msgspec", "asyncio", "logging", "codeact_tui.config"})


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    for flag in ("--version", "-V"):
        assert fresh(flag) == (0, f"codeact {__version__}\n", "")


def test_what_a_chat_needs_before_its_front_end_is_light() -> None:
    code = "import sys; import codeact_tui.cli.chat; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    modules = set(done.stdout.split())
    assert modules.isdisjoint({*HEAVY, "typer", "tomllib", "difflib", "logging", "asyncio", "tempfile"})


def test_a_module_of_the_folder_is_not_imported(folder: Path) -> None:
    for name in ("typer", "msgspec", "json", "difflib", "textual"):
        (folder / f"{name}.py").write_text("raise SystemExit('taken in')", "utf-8")
    assert fresh("config", "show").code == 0
