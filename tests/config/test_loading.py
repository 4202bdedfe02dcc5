"""Layers: the nearest wins, key by key, and each value knows its place."""

from pathlib import Path

import pytest

from codeact_tui.config.loading import Loaded, Origin, load, read_project, trust_book
from codeact_tui.config.schema import Config, ModelConfig, ModelOverride
from codeact_tui.config.sources import Flag
from codeact_tui.errors import ConfigError


def trust(folder: Path) -> None:
    found = read_project(folder)
    assert found is not None
    trust_book().decide(found.folder, found.sha256, trusted=True)


def write_project(project: Path, text: str) -> Path:
    path = project / ".codeact" / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_any_file_everything_is_default(tmp_path: Path, user_file: Path) -> None:
    assert load(tmp_path, environ={}) == Loaded(Config(), {}, user_file, None)
    assert load(tmp_path, environ={}).origin("model.name") == Origin("default", "")


def test_the_nearest_wins_key_by_key(user_file: Path, project: Path) -> None:
    user_file.write_text('[model]\nname = "a"\ntemperature = 0.5\nretries = 1\nmax_tokens = 100\n', "utf-8")
    path = write_project(project, '[model]\nname = "b"\ntemperature = 1\nretries = 2\n')
    trust(project)
    loaded = load(
        project,
        environ={"CODEACT_MODEL_NAME": "c", "CODEACT_MODEL_TEMPERATURE": "1.5"},
        flags=[Flag("--model", ("model", "name"), "d")],
    )
    assert loaded.config == Config(model=ModelConfig(name="d", temperature=1.5, retries=2, max_tokens=100))
    assert loaded.origins == {
        "model.name": Origin("flag", "--model"),
        "model.temperature": Origin("environment", "CODEACT_MODEL_TEMPERATURE"),
        "model.retries": Origin("project", f"{path}:4"),
        "model.max_tokens": Origin("user", f"{user_file}:5"),
    }


def test_one_models_settings_are_laid_over_each_other(user_file: Path, project: Path) -> None:
    user_file.write_text('[models."x/y"]\nbase_url = "http://h/v1"\ntemperature = 0.5\n', "utf-8")
    write_project(project, '[models."x/y"]\ntemperature = 1.0\n[models."z"]\nclient = "openai"\n')
    trust(project)
    loaded = load(project, environ={})
    assert loaded.config.models == {
        "x/y": ModelOverride(base_url="http://h/v1", temperature=1.0),
        "z": ModelOverride(client="openai"),
    }
    assert loaded.origin('models."x/y".base_url') == Origin("user", f"{user_file}:2")


@pytest.mark.parametrize(
    ("variable", "text", "section", "name", "value"),
    [
        ("CODEACT_MODEL_BASE_URL", "http://localhost:1/v1", "model", "base_url", "http://localhost:1/v1"),
        ("CODEACT_MODEL_NAME", "123", "model", "name", "123"),
        ("CODEACT_MODEL_RETRIES", "7", "model", "retries", 7),
        ("CODEACT_MODEL_STALL_SECONDS", "5", "model", "stall_seconds", 5.0),
        ("CODEACT_INTERFACE_REDUCED_MOTION", "true", "interface", "reduced_motion", True),
        ("CODEACT_INTERFACE_REDUCED_MOTION", "0", "interface", "reduced_motion", False),
        ("CODEACT_KERNEL_ENVIRONMENT", "A, B_1,", "kernel", "environment", ("A", "B_1")),
        ("CODEACT_SESSION_POLICY", "turn", "session", "policy", "turn"),
    ],
)
def test_variables_are_read_as_their_settings_type(
    tmp_path: Path, variable: str, text: str, section: str, name: str, value: object
) -> None:
    config = load(tmp_path, environ={variable: text}).config
    assert getattr(getattr(config, section), name) == value


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    environ = {
        "CODEACT_HOME": "/x",
        "CODEACT_LOG": "debug",
        "CODEACT_DEBUG": "1",
        "CODEACT_MODEL_NAME": "",
        "CODEACT_MODEL_RETRIES": "",
        "_CODEACT_COMPLETE": "bash_source",
        "PATH": "/bin",
    }
    assert load(tmp_path, environ=environ).config == Config()


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"CODEACT_MODLE_NAME": "x"},
            "The environment variable CODEACT_MODLE_NAME is no setting. Did you mean CODEACT_MODEL_NAME?",
        ),
        (
            {"CODEACT_MODEL": "x"},
            "The environment variable CODEACT_MODEL is no setting. Did you mean CODEACT_MODEL_NAME?",
        ),
        (
            {"CODEACT_MODEL_TEMPERATURE": "warm"},
            'CODEACT_MODEL_TEMPERATURE can\'t be "warm". It takes a number from 0 to 2.',
        ),
        ({"CODEACT_MODEL_TEMPERATURE": "3"}, "CODEACT_MODEL_TEMPERATURE can't be 3.0. It takes a number from 0 to 2."),
        (
            {"CODEACT_KERNEL_ENVIRONMENT": "A=1"},
            "CODEACT_KERNEL_ENVIRONMENT can't be this list. "
            'It takes a list, each the name of an environment variable: ["A", "B"].',
        ),
        (
            {"CODEACT_SESSION_POLICY": "never"},
            'CODEACT_SESSION_POLICY can\'t be "never". It takes one of "all", "ask", "safe", "sandbox", "turn".',
        ),
    ],
)
def test_a_wrong_variable_is_refused(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ=environ)
    assert caught.value.sentence == sentence


def test_no_variable_sets_a_table_of_models(tmp_path: Path) -> None:
    for variable in ("CODEACT_MODELS", "CODEACT_MODELS_X", "CODEACT_MODEL_", "CODEACT_", "CODEACT_model_name"):
        with pytest.raises(ConfigError, match="is no setting"):
            load(tmp_path, environ={variable: "x"})


def test_a_wrong_flag_is_named_as_it_was_typed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={}, flags=[Flag("--theme", ("interface", "theme"), "../etc/passwd")])
    assert caught.value.sentence == "--theme can't be this text. It takes a theme's name, such as \"dark\"."


def test_the_environment_is_the_processs_own_when_none_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEACT_MODEL_NAME", "demo")
    assert load(tmp_path).config.model.name == "demo"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[model]\nname = \n", "{file}:2: this is not TOML: Invalid value."),
        (b"[model\n", "{file}:1: this is not TOML: Expected ']' at the end of a table declaration."),
        (b"a = '", "{file}:1: this is not TOML:"),
        (b"[model]\n\nname = '\xff'\n", "{file}:3: this is not UTF-8."),
        (b"a = " + b"[" * 100_000, "{file}: its tables are nested too deep."),
        (b"#" * 2_000_000, "{file} is larger than 1 MB."),
        (b"[model]\n[model]\n", "{file}:2: this is not TOML:"),
    ],
)
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, user_file: Path, data: bytes, message: str) -> None:
    user_file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={})
    assert caught.value.message.startswith(message.format(file=user_file))
    assert caught.value.remedy


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, user_file: Path) -> None:
    user_file.write_bytes(b'\xef\xbb\xbf[model]\r\nname = "x"\r\n')
    assert load(tmp_path, environ={}).config.model.name == "x"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path, user_file: Path) -> None:
    user_file.mkdir()
    with pytest.raises(ConfigError, match="is no file"):
        load(tmp_path, environ={})


def test_a_named_pipe_does_not_hold_up(tmp_path: Path, user_file: Path) -> None:
    import os

    os.mkfifo(user_file)
    with pytest.raises(ConfigError, match="is no file"):
        load(tmp_path, environ={})
