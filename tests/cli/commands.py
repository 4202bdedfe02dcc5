"""Running commands: in this process, and as a fresh one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from codeact_tui.cli.app import run
from codeact_tui.cli.guard import guarded

__all__ = ["Outcome", "codeact", "fresh"]


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def codeact(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """Run a command in this process."""
    capsys.readouterr()
    code = guarded(lambda: run(arguments))
    out, err = capsys.readouterr()
    return Outcome(code, out, err)


def fresh(*arguments: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> Outcome:
    """Run `python -m codeact_tui` in a fresh interpreter, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "codeact_tui", *arguments],
        input=stdin,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
