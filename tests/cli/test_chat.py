"""From flags to what the wiring is given."""

from pathlib import Path

import pytest

from codeact_tui.cli import app, chat
from codeact_tui.cli.chat import ChatFlags, chat_options
from codeact_tui.cli.guard import guarded
from codeact_tui.config.loading import Origin, load
from codeact_tui.config.options import ChatOptions
from codeact_tui.errors import CodeActError, ConfigError


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[ChatFlags]:
    """What reached the chat, instead of opening it."""
    seen: list[ChatFlags] = []

    def note(flags: ChatFlags) -> int:
        seen.append(flags)
        return 0

    monkeypatch.setattr(chat, "start_chat", note)
    return seen


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["chat"], ChatFlags()),
        (["chat", "what is 2+2?"], ChatFlags(prompt="what is 2+2?")),
        (["chat", "-c"], ChatFlags(latest=True)),
        (["chat", "-r"], ChatFlags(pick=True)),
        (["chat", "-r", "abc"], ChatFlags(part="abc")),
        (["chat", "--resume=abc", "go on"], ChatFlags(part="abc", prompt="go on")),
        (["chat", "-r", "--look"], ChatFlags(pick=True, look=True)),
        (["chat", "--read-only"], ChatFlags(read_only=True)),
        (["chat", "--", "-r is a flag"], ChatFlags(prompt="-r is a flag")),
        (
            ["chat", "-m", "demo", "--python", "py", "--approve", "turn", "--theme", "light", "--line", "-C", "/x"],
            ChatFlags(model="demo", python="py", approve="turn", theme="light", line=True, folder=Path("/x")),
        ),
    ],
)
def test_flags_arrive_as_they_were_typed(typed: list[ChatFlags], arguments: list[str], flags: ChatFlags) -> None:
    assert guarded(lambda: app.run(arguments)) == 0
    assert typed == [flags]


@pytest.mark.parametrize(
    "arguments",
    [
        ["chat", "-c", "-r"],
        ["chat", "-c", "-r", "abc"],
        ["chat", "--look"],
        ["chat", "-r", ""],
        ["chat", "one", "two"],
        ["chat", "--approve", "never"],
    ],
)
def test_flags_that_make_no_sense_are_wrong_usage(
    typed: list[ChatFlags], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: app.run(arguments)) == 2
    assert typed == []
    assert "Error:" in capsys.readouterr().err


def options(flags: ChatFlags, *, screen: bool = True, interactive: bool = True) -> ChatOptions:
    return chat_options(flags, screen=screen, interactive=interactive)


def test_a_bare_chat_is_a_new_session_here(folder: Path) -> None:
    assert options(ChatFlags()) == ChatOptions(loaded=load(folder), folder=folder)


def test_flags_are_the_nearest_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEACT_MODEL_NAME", "far")
    given = options(ChatFlags(model="near", python="py", approve="all", theme="light"))
    assert (given.config.model.name, given.config.kernel.python) == ("near", "py")
    assert (given.config.session.policy, given.config.interface.theme) == ("all", "light")
    assert given.loaded.origin("model.name") == Origin("flag", "--model")


def test_without_a_screen_it_is_the_line_front_end(folder: Path) -> None:
    assert not options(ChatFlags()).line
    assert options(ChatFlags(), screen=False).line
    assert options(ChatFlags(line=True)).line


@pytest.mark.parametrize(
    ("terminals", "term", "can"),
    [
        ("stdin stdout stderr", "xterm-256color", True),
        ("stdin stdout stderr", "dumb", False),
        ("stdin stdout stderr", "", False),
        ("stdout stderr", "xterm", False),
        ("stdin stderr", "xterm", False),
        ("stdin stdout", "xterm", False),
    ],
)
def test_a_screen_needs_a_terminal_at_every_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, terminals: str, term: str, can: bool
) -> None:
    import sys

    import codeact_tui.wiring

    seen: list[ChatOptions] = []
    monkeypatch.setattr(codeact_tui.wiring, "run_chat", seen.append)
    monkeypatch.setenv("TERM", term)
    for name in ("stdin", "stdout", "stderr"):
        is_one = name in terminals.split()
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda is_one=is_one: is_one)
    assert chat.start_chat(ChatFlags()) == 0
    assert [given.line for given in seen] == [not can]


def test_a_choice_needs_somebody_who_chooses(folder: Path) -> None:
    assert options(ChatFlags(pick=True)).pick
    with pytest.raises(CodeActError, match="no terminal to pick"):
        options(ChatFlags(pick=True), screen=False, interactive=False)


def test_a_folder_that_is_none_is_said(folder: Path) -> None:
    with pytest.raises(CodeActError, match="nowhere is not there"):
        options(ChatFlags(folder=Path("nowhere")))
    (folder / "file").write_text("", "utf-8")
    with pytest.raises(CodeActError, match="is no folder"):
        options(ChatFlags(folder=Path("file")))


def test_a_folder_that_was_removed_under_us_is_said(folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(CodeActError, match="The folder you are in is not there"):
        options(ChatFlags())


def test_a_wrong_model_is_named_by_its_flag(folder: Path) -> None:
    with pytest.raises(ConfigError, match="--model can't be this text"):
        options(ChatFlags(model="two words"))


class TestProject:
    """A project with settings of its own."""

    @pytest.fixture(autouse=True)
    def project(self, folder: Path) -> Path:
        path = folder / ".codeact" / "config.toml"
        path.parent.mkdir()
        path.write_text('[model]\nname = "theirs"\n# \u202e\n', "utf-8")
        return path

    def answer(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
        questions: list[str] = []
        left = list(answers)

        def reply(question: str) -> str:
            questions.append(question)
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr("builtins.input", reply)
        return questions

    def test_a_yes_lets_it_count_now_and_later(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        questions = self.answer(monkeypatch, "y")
        given = options(ChatFlags())
        assert (given.config.model.name, given.notices) == ("theirs", ())
        assert 'model.name = "theirs"' in capsys.readouterr().out
        assert options(ChatFlags()).config.model.name == "theirs"
        assert len(questions) == 1

    @pytest.mark.parametrize("answers", [["n"], [""], ["yess"], []])
    def test_anything_else_leaves_it_out_and_is_not_asked_again(
        self, monkeypatch: pytest.MonkeyPatch, answers: list[str]
    ) -> None:
        questions = self.answer(monkeypatch, *answers)
        given = options(ChatFlags())
        assert given.config.model.name == ""
        assert given.notices[0].endswith("is left out. `codeact config trust` asks again.")
        assert options(ChatFlags()).notices == ()
        assert len(questions) == 1

    def test_nobody_to_ask_leaves_it_out_with_a_notice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        questions = self.answer(monkeypatch)
        given = options(ChatFlags(), interactive=False)
        assert given.config.model.name == ""
        assert "nobody has said that it is trusted" in given.notices[0]
        assert questions == []

    def test_one_that_no_project_may_have_is_not_asked_about(
        self, monkeypatch: pytest.MonkeyPatch, project: Path
    ) -> None:
        questions = self.answer(monkeypatch)
        project.write_text('[session]\npolicy = "all"\n', "utf-8")
        given = options(ChatFlags())
        assert "a project may not set session.policy" in given.notices[0]
        assert given.config.session.policy == "ask"
        assert questions == []
