"""A choice is kept by changing one line of the user's file; everything else stays as it is written."""

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.config.example import example_toml
from codeact_tui.config.put_off import PutOff
from codeact_tui.config.remembering import remember, with_setting
from codeact_tui.errors import ConfigError

THEME = ("interface", "theme")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[interface]\ntheme = "kiln"\n'),
        ("# mine\n", '# mine\n\n[interface]\ntheme = "kiln"\n'),
        ("[model]\nretries = 2", '[model]\nretries = 2\n\n[interface]\ntheme = "kiln"\n'),
        ('[interface]\ntheme = "dark"\n', '[interface]\ntheme = "kiln"\n'),
        (
            '[interface]\n  theme="dark"  # quiet\neditor = "vi"\n',
            '[interface]\n  theme = "kiln"  # quiet\neditor = "vi"\n',
        ),
        (
            '[interface]\n# how it looks\n#theme = "dark"\n\n[model]\n',
            '[interface]\n# how it looks\n#theme = "dark"\ntheme = "kiln"\n\n[model]\n',
        ),
        ('[interface]\neditor = "vi"\n', '[interface]\ntheme = "kiln"\neditor = "vi"\n'),
        ('interface.theme = "dark"\n', 'interface.theme = "kiln"\n'),
        ("[interface] # look\r\neditor = 'vi'\r\n", "[interface] # look\r\ntheme = \"kiln\"\r\neditor = 'vi'\r\n"),
    ],
)
def test_one_line_changes(before: str, after: str) -> None:
    assert with_setting(before, THEME, "kiln") == after


@pytest.mark.parametrize("text", ['interface = { theme = "dark" }\n', 'interface = "odd"\n'])
def test_where_no_line_can_be_changed_nothing_is(text: str) -> None:
    assert with_setting(text, THEME, "kiln") is None


def test_in_the_example_the_line_stands_below_its_own_comment() -> None:
    changed = with_setting(example_toml(), THEME, "kiln")
    assert changed is not None
    lines = changed.splitlines()
    assert lines[lines.index('theme = "kiln"') - 1].startswith("#theme = ")


@given(
    st.dictionaries(st.sampled_from(["editor", "theme", "other"]), st.text(max_size=20), max_size=3),
    st.text(max_size=30),
)
def test_whatever_stands_there_only_this_setting_differs_afterwards(entries: dict[str, str], value: str) -> None:
    from codeact_tui.config.keys import toml_text

    text = "[interface]\n" + "".join(f"{name} = {toml_text(entry)}\n" for name, entry in entries.items())
    changed = with_setting(text, THEME, value)
    assert changed is not None
    assert tomllib.loads(changed) == {"interface": {**entries, "theme": value}}


def test_a_file_is_made_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    remember(path, THEME, "kiln")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    remember(path, ("model", "name"), "openai/gpt-4.1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert tomllib.loads(path.read_text("utf-8")) == {
        "interface": {"theme": "kiln"},
        "model": {"name": "openai/gpt-4.1"},
    }
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("# kept elsewhere\n")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    remember(link, THEME, "tide")
    assert link.is_symlink()
    assert 'theme = "tide"' in real.read_text("utf-8")


def test_a_file_that_is_wrong_already_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[interface\n")
    with pytest.raises(ConfigError, match=r"config\.toml:1"):
        remember(path, THEME, "kiln")
    assert path.read_text("utf-8") == "[interface\n"


def test_what_has_no_place_names_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("interface = {}\n")
    with pytest.raises(ConfigError) as caught:
        remember(path, THEME, "kiln")
    assert 'theme = "kiln"' in caught.value.remedy


def test_what_was_put_off_is_remembered_and_a_broken_file_counts_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data" / "put-off.json"
    left = PutOff(path)
    assert left.names() == set()
    left.add({"openai/gpt-4.1"})
    left.add({"demo"})
    assert PutOff(path).names() == {"openai/gpt-4.1", "demo"}
    path.write_text("nonsense")
    assert left.names() == set()
