"""`codeact doctor` and `codeact models`: what is there, and never a key."""

import json
from pathlib import Path

import pytest

from codeact_tui.cli import doctor
from codeact_tui.cli.checks.finding import Finding
from codeact_tui.cli.checks.models import chosen_model, found_models
from codeact_tui.cli.checks.sandbox import check_sandbox
from codeact_tui.config.schema import Config, ModelConfig, ModelOverride, SandboxConfig, SandboxMode
from codeact_tui.model.catalog import PROVIDERS, UsableModel
from codeact_tui.model.local_servers import LOCAL_SERVERS
from codeact_tui.sandbox.choice import SandboxSettings
from codeact_tui.sandbox.policy import Mechanism
from tests.cli.commands import codeact
from tests.cli.test_imports import modules_after
from tests.sandbox.mechanisms import working_mechanisms

Capture = pytest.CaptureFixture[str]

SECRET = "sk-proj-0123456789abcdefghij"


@pytest.fixture(autouse=True)
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is set, and no server of this machine is asked."""
    for provider in PROVIDERS:
        for name in provider.keys:
            monkeypatch.delenv(name, raising=False)
    for server in LOCAL_SERVERS:
        monkeypatch.setenv(server.url_env[0], "http://127.0.0.1:1")


def chosen(model: ModelConfig, models: dict[str, ModelOverride] | None = None, **environ: str) -> tuple[str, str]:
    finding = chosen_model(Config(model=model, models=models or {}), environ)
    return finding.sign, finding.text


def test_the_chosen_model_has_what_it_needs_or_not() -> None:
    assert chosen(ModelConfig()) == ("ok", "none chosen: the offline demo opens")
    assert chosen(ModelConfig(name="demo")) == ("ok", "the offline demo")
    openai = ModelConfig(name="openai/gpt-4.1")
    assert chosen(openai) == ("missing", "openai/gpt-4.1 needs a key, and OPENAI_API_KEY is not set")
    assert chosen(openai, OPENAI_API_KEY=" ")[0] == "missing"
    assert chosen(openai, OPENAI_API_KEY=SECRET) == ("ok", "openai/gpt-4.1, with the key in OPENAI_API_KEY")
    gemini = chosen(ModelConfig(name="gemini/x"))
    assert gemini == ("missing", "gemini/x needs a key, and GEMINI_API_KEY or GOOGLE_API_KEY is not set")
    assert chosen(ModelConfig(name="ollama_chat/qwen3")) == ("ok", "ollama_chat/qwen3")
    mine = {"openai/mine": ModelOverride(base_url="http://localhost:8000/v1")}
    assert chosen(ModelConfig(name="openai/mine"), mine) == ("ok", "openai/mine, at http://localhost:8000/v1")
    mine = {"openai/mine": ModelOverride(api_key_env="MY_KEY", base_url="http://h/v1")}
    assert chosen(ModelConfig(name="openai/mine"), mine) == (
        "missing",
        "openai/mine needs a key, and MY_KEY is not set",
    )
    assert chosen(ModelConfig(name="openai/mine"), mine, MY_KEY=SECRET)[0] == "ok"


def test_models_are_grouped_by_what_makes_them_usable() -> None:
    usable = [UsableModel(f"ollama_chat/m{number}", "Ollama is running") for number in range(5)]
    findings = found_models([*usable, UsableModel("x/y", "X_API_KEY is set"), UsableModel("demo", "scripted")])
    assert findings == [
        Finding("models", "ok", "Ollama is running: ollama_chat/m0, ollama_chat/m1, ollama_chat/m2 and 2 more"),
        Finding("models", "ok", "X_API_KEY is set: x/y"),
    ]
    [none] = found_models([UsableModel("demo", "scripted")])
    assert none.sign == "warning"


def test_the_doctor_looks_at_everything_and_changes_nothing(folder: Path, home: Path, capsys: Capture) -> None:
    outcome = codeact(capsys, "doctor")
    assert (outcome.code, outcome.err) == (0, "")
    areas = {line[9:20].strip() for line in outcome.out.splitlines()} - {""}
    assert areas == {
        *(
            "codeact",
            "python",
            "litellm",
            "kernel",
            "terminal",
            "settings",
            "sessions",
            "model",
            "models",
            "keys",
            "sandbox",
        )
    }
    assert working_mechanisms()[0] in outcome.out.lower()
    assert not home.exists()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("allowed", "mode", "told"),
    [
        ((), "bubblewrap", ("ok", "network: none, not even to this machine")),
        (
            ("pypi", "api.example.org"),
            "bubblewrap",
            ("ok", "network: pypi, api.example.org, by a proxy; nothing else, not this machine, not your own network"),
        ),
        (
            ("all",),
            "bubblewrap",
            ("warning", "network: the whole internet, by a proxy; not this machine, not your own network"),
        ),
        (
            ("pypi",),
            "landlock",
            ("ok", "network: pypi, by a proxy; nothing else, not this machine, not your own network"),
        ),
    ],
)
def test_what_of_the_network_is_open_is_told(
    allowed: tuple[str, ...], mode: SandboxMode, told: tuple[str, str]
) -> None:
    if mode not in working_mechanisms():
        pytest.skip("not on this machine")
    config = Config(sandbox=SandboxConfig(mode=mode, network=allowed))
    found = [(each.sign, each.text) for each in check_sandbox(config, Path("/work"))]
    assert [each for each in found if each[1].startswith("network")] == [told]


@pytest.mark.parametrize(
    ("mode", "mechanism", "told"),
    [
        ("off", "none", "the files that cells change; not the programs that they start, nor what they reach"),
        ("auto", "none", "the files that cells change; not the programs that they start, nor what they reach"),
        ("auto", "container", "the files that cells change and what they reach on the network; not the programs"),
        ("auto", "seatbelt", "the files that cells change and what they reach on the network; not the programs"),
        ("auto", "landlock", "the files that cells change, the programs that they start, what they reach on"),
    ],
)
def test_what_is_kept_of_what_cells_do_is_told(
    mode: SandboxMode, mechanism: Mechanism, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(_settings: SandboxSettings) -> Mechanism:
        return mechanism

    monkeypatch.setattr("codeact_tui.cli.checks.sandbox.choose_mechanism", choose)
    found = [each.text for each in check_sandbox(Config(sandbox=SandboxConfig(mode=mode)), Path("/work"))]
    assert [each for each in found if each.startswith(f"kept: {told}")]


@pytest.mark.parametrize("width", [60, 80, None])
def test_on_a_terminal_no_word_is_broken(width: int | None, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(doctor, "terminal_width", lambda: width)
    text = "limits: memory three quarters of the machine's; 1,024 processes; processors' time of a cell no limit"
    remedy = (
        "Install wl-clipboard, xclip or xsel where the terminal does not allow it; or /a/very/long/path" + "/x" * 40
    )
    doctor.show([Finding("sandbox", "ok", text, remedy), Finding("keys", "ok", "")])
    printed = capsys.readouterr().out
    assert printed.split() == f"ok sandbox {text} → {remedy} ok keys".split()
    lines = printed.splitlines()
    if width is None:
        assert len(lines) == 3
    else:
        assert max(len(line) for line in lines if "/x/x" not in line) <= width
        assert all(line.startswith(" " * 20) for line in lines[1:-1])


def test_a_network_that_can_not_be_opened_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    if "landlock" not in working_mechanisms():
        pytest.skip("not on this machine")
    monkeypatch.setattr("codeact_tui.cli.checks.sandbox.can_ask", lambda: False)
    config = Config(sandbox=SandboxConfig(mode="landlock", network=("pypi",)))
    [told] = [each for each in check_sandbox(config, Path("/work")) if each.text.startswith("network")]
    assert (told.sign, told.remedy) == ("warning", "Install bubblewrap, which sandbox.network works with.")


def test_what_is_missing_is_an_exit_code_of_1_and_says_what_to_do(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEACT_MODEL_NAME", "openai/gpt-4.1")
    outcome = codeact(capsys, "doctor", "--json")
    assert outcome.code == 1
    findings = json.loads(outcome.out)
    [missing] = [finding for finding in findings if finding["sign"] == "missing"]
    assert (missing["area"], missing["remedy"] != "") == ("model", True)
    assert {finding["sign"] for finding in findings} <= {"ok", "warning", "missing"}


def test_a_broken_file_does_not_stop_the_doctor(folder: Path, home: Path, capsys: Capture) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[model", "utf-8")
    outcome = codeact(capsys, "doctor")
    assert outcome.code == 1
    assert "missing  settings" in outcome.out
    assert "sandbox" in outcome.out


def test_no_part_of_a_key_is_shown_anywhere(
    folder: Path, home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in PROVIDERS:
        for name in provider.keys:
            monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("MY_KEY", SECRET)
    monkeypatch.setenv("CODEACT_MODEL_NAME", "openai/gpt-4.1")
    monkeypatch.setenv("CODEACT_MODEL_API_KEY_ENV", "MY_KEY")
    for arguments in (["doctor"], ["doctor", "--json"], ["models"], ["models", "--json"], ["config", "show"]):
        outcome = codeact(capsys, *arguments)
        assert outcome.code == 0
        shown = outcome.out + outcome.err
        assert not [start for start in range(len(SECRET) - 8) if SECRET[start : start + 8] in shown]
    assert "OPENAI_API_KEY" in codeact(capsys, "doctor").out


def test_models_lists_what_is_usable_and_marks_the_chosen(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEACT_MODEL_NAME", "openai/mine")
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    outcome = codeact(capsys, "models")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["*", "openai/mine", "chosen", "by", "CODEACT_MODEL_NAME"]
    assert any(line.startswith("   anthropic/") and line.endswith("ANTHROPIC_API_KEY is set") for line in lines)
    assert [line for line in lines if line.startswith("   demo")]
    models = json.loads(codeact(capsys, "models", "--json").out)
    assert [model["name"] for model in models if model["chosen"]] == ["openai/mine"]


def test_neither_imports_what_takes_seconds() -> None:
    for command in ("doctor", "models"):
        assert modules_after(command).isdisjoint({"litellm", "textual", "jupyter_client", "zmq"})
