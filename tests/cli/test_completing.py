"""What the shell offers."""

from pathlib import Path

from codeact_tui.paths import store_path
from tests.cli.commands import fresh
from tests.cli.test_sessions import EVIL, keep


def offered(*words: str) -> list[str]:
    """Complete the last word as bash would ask for it."""
    line = " ".join(["codeact", *words])
    environ = {"_CODEACT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    outcome = fresh(environ=environ)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.split()


def test_commands_flags_choices_and_themes() -> None:
    assert {"chat", "sessions", "config", "models", "doctor"} <= set(offered(""))
    assert "--continue" in offered("chat", "--c")
    assert offered("chat", "--approve", "t") == ["turn"]
    assert "dark" in offered("chat", "--theme", "d")


def test_sessions_by_the_end_of_their_id(folder: Path) -> None:
    assert offered("sessions", "show", "") == []
    assert not store_path().exists()
    session = keep(folder, f"title {EVIL}")
    for words in (("sessions", "show"), ("sessions", "delete"), ("chat", "-r")):
        assert offered(*words, session[-6:-4]) == [session[-6:]]
    store_path().write_bytes(b"no database " * 1000)
    assert offered("sessions", "show", "") == []
