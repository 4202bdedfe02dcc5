"""Whatever stands in a file, it is either taken or refused with the key, the line and what would be right."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect as types

from codeact_tui.config.checking import allowed, find_problems, nearest_key, value_type
from codeact_tui.config.files import from_file
from codeact_tui.config.keys import Key, dotted, leaves, toml_text
from codeact_tui.config.schema import Config, ModelOverride
from codeact_tui.config.sources import check
from codeact_tui.errors import ConfigError

SETTINGS: list[Key] = [key for key, _ in leaves(msgspec.to_builtins(Config()))]
OVERRIDES: list[Key] = [("models", "openai/gpt-4.1", name) for name in ModelOverride.__struct_fields__]
FILE = Path("/settings.toml")


def refusal(text: str) -> ConfigError | None:
    try:
        check(from_file(text.encode(), FILE, "user"))
    except ConfigError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[model]\nnam = 1\n", "/settings.toml:2: model.nam is no setting. Did you mean model.name?"),
        ("[modle]\nname = 'x'\n", "/settings.toml:1: modle is no setting. Did you mean model?"),
        ("\n\nname = 'x'\n", "/settings.toml:3: name is no setting. Did you mean model.name?"),
        ("model.temperatur = 1\n", "/settings.toml:1: model.temperatur is no setting. Did you mean model.temperature?"),
        (
            "[models.'a/b']\n\ntemperatur = 1\n",
            '/settings.toml:3: models."a/b".temperatur is no setting. Did you mean models."a/b".temperature?',
        ),
        (
            "zzzzzz = 1\n",
            "/settings.toml:1: zzzzzz is no setting. "
            "Here it can be model, models, session, kernel, sandbox, checkpoints, secrets, resume, output, interface "
            "or keys.",
        ),
        (
            "[output]\nqqqqqq = 1\n",
            "/settings.toml:2: output.qqqqqq is no setting. Here it can be head_kb, tail_kb, stored_mb or display_mb.",
        ),
        ("model = 3\n", "/settings.toml:1: model is a table, not a value. Write its settings below a line [model]."),
        (
            "models = 3\n",
            "/settings.toml:1: models is a table, not a value. "
            'Write its settings below a line [models."provider/model"].',
        ),
        (
            "[model]\ntemperature = 2.1\n",
            "/settings.toml:2: model.temperature can't be 2.1. It takes a number from 0 to 2.",
        ),
        (
            "[model]\ntemperature = nan\n",
            "/settings.toml:2: model.temperature can't be nan. It takes a number from 0 to 2.",
        ),
        (
            "[model]\nmax_tokens = 1.5\n",
            "/settings.toml:2: model.max_tokens can't be 1.5. It takes a whole number from 1 to 10000000.",
        ),
        (
            "[model]\nstall_seconds = 0\n",
            "/settings.toml:2: model.stall_seconds can't be 0. It takes a number above 0 and at most 86400.",
        ),
        (
            "[interface]\nreduced_motion = 'yes'\n",
            "/settings.toml:2: interface.reduced_motion can't be this text. It takes true or false.",
        ),
        (
            "[session]\npolicy = 'aks'\n",
            '/settings.toml:2: session.policy can\'t be "aks". '
            'It takes one of "all", "ask", "safe", "sandbox", "turn".',
        ),
        (
            "[model.name]\nx = 1\n",
            "/settings.toml:1: model.name can't be a table. It takes a model's name, without spaces.",
        ),
        (
            "[model]\nname = 2026-01-01\n",
            "/settings.toml:2: model.name can't be a date. It takes a model's name, without spaces.",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place_and_what_is_right(text: str, sentence: str) -> None:
    error = refusal(text)
    assert error is not None
    assert error.sentence == sentence


@pytest.mark.parametrize("name", ["api_key", "token", "api_key_env"])
def test_a_key_in_the_wrong_place_is_not_repeated(name: str) -> None:
    error = refusal(f'[model]\n{name} = "sk-1234567890abcdef"\n')
    assert error is not None
    assert "sk-" not in error.sentence
    assert "environment variable" in error.sentence


def test_an_address_with_a_password_is_refused() -> None:
    assert refusal('[model]\nbase_url = "https://me:secret@host/v1"\n') is not None
    assert refusal('[model]\nbase_url = "https://host/v1?api_key=secret"\n') is not None
    assert refusal('[model]\nbase_url = "https://host/accounts/@me/v1"\n') is None


@settings(deadline=None)
@given(st.data())
def test_every_mistyped_setting_is_told_the_right_one(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(SETTINGS))
    name = key[-1]
    at = data.draw(st.integers(0, len(name) - 1))
    kind = data.draw(st.sampled_from(["drop", "double", "replace", "swap"]))
    edits = {
        "drop": name[:at] + name[at + 1 :],
        "double": name[:at] + name[at] + name[at:],
        "replace": f"{name[:at]}x{name[at + 1 :]}",
        "swap": name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
    }
    wrong = (*key[:-1], edits[kind])
    if value_type(wrong) is None:
        assert nearest_key(wrong) == key


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_every_unknown_setting_is_refused_with_something_to_do(section: str, name: str) -> None:
    problems = list(find_problems({section: {name: 1}}))
    if section != "models" and value_type((section, name)) is None:
        assert [problem.remedy != "" for problem in problems] == [True]


PLAIN_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.booleans(), st.integers(-(2**40), 2**40), st.floats(), st.text(), st.lists(st.text() | st.integers(), max_size=3)
)


@settings(deadline=None)
@given(st.sampled_from(SETTINGS + OVERRIDES), PLAIN_VALUES)
def test_a_value_is_taken_or_it_is_said_what_is_allowed(key: Key, value: object) -> None:
    """The quick check and the one in words agree, and the one in words is about this key alone."""
    values: Any = value
    for name in reversed(key):
        values = {name: values}
    problems = list(find_problems(values))
    try:
        msgspec.convert(values, Config)
    except msgspec.ValidationError:
        kind = value_type(key)
        assert kind is not None
        assert [(problem.key, problem.remedy) for problem in problems] == [(key, f"It takes {allowed(kind)}.")]
    else:
        assert problems == []


def _in_range(kind: types.Type) -> st.SearchStrategy[Any]:
    match kind:
        case types.UnionType():
            return st.one_of(*[_in_range(item) for item in kind.types if not isinstance(item, types.NoneType)])
        case types.Metadata():
            return _in_range(kind.type)
        case types.BoolType():
            return st.booleans()
        case types.IntType():
            return st.integers(kind.ge or 0, kind.le or 0)
        case types.FloatType():
            return st.floats(kind.ge if kind.ge is not None else 0.001, kind.le, allow_nan=False)
        case types.LiteralType():
            return st.sampled_from(kind.values)
        case types.VarTupleType():
            return st.lists(_in_range(kind.item_type), max_size=3)
        case types.StrType(pattern=str(pattern)):
            return st.from_regex(pattern)
        case _:
            return st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.data())
def test_what_is_written_as_toml_is_read_as_it_was(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(SETTINGS + OVERRIDES))
    kind = value_type(key)
    assert kind is not None
    value = data.draw(_in_range(kind))
    source = from_file(f"{dotted(key)} = {toml_text(value)}\n".encode(), FILE, "user")
    check(source)
    assert list(leaves(source.values)) == [(key, value)]
    assert source.place_of(key) == "/settings.toml:1"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused(text: str) -> None:
    error = refusal(text.encode("utf-8", "replace").decode())
    assert error is None or error.message.startswith("/settings.toml")


def test_every_setting_says_what_it_takes() -> None:
    for key in SETTINGS + OVERRIDES:
        kind = value_type(key)
        assert kind is not None
        assert allowed(kind)
