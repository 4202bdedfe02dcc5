"""Every test here has a home of its own, and sessions without a process where none is needed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeact_tui import Session
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import Script, ScriptedModel

MakeSession = Callable[..., Session]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CODEACT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def session(tmp_path: Path) -> MakeSession:
    """Make a session whose model replies what the arguments say."""

    def make(*scripts: Script, **options: Any) -> Session:
        chosen: dict[str, Any] = {"model": ScriptedModel(scripts), "kernel": FakeKernel(), "keep": False}
        chosen["folder"] = tmp_path
        return Session(**chosen | options)

    return make


def act(code: str, words: str = "Let me see.") -> str:
    """A reply with an action."""
    return f"{words}\n<execute>\n{code}\n</execute>"
