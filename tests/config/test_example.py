"""`config.example.toml` and the table in the documentation say what the schema says."""

import re
from pathlib import Path

import msgspec

from codeact_tui.config.example import example_toml, section_text, settings_of, settings_table
from codeact_tui.config.files import from_file
from codeact_tui.config.resources import example_config_text, shipped_themes_dir, theme_dirs
from codeact_tui.config.schema import Config, ModelOverride
from codeact_tui.config.sources import check

ROOT = Path(__file__).parents[2]
ANEW = "Write it anew: python -m codeact_tui.config.example"


def test_the_example_is_what_the_schema_says() -> None:
    assert (ROOT / "config.example.toml").read_text("utf-8") == example_toml(), ANEW


def test_the_documentation_lists_what_the_schema_says() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert text.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip() == settings_table().strip(), ANEW


def test_every_setting_and_every_section_has_its_line() -> None:
    for section in Config.__struct_fields__:
        if section not in {"models", "keys"}:
            assert section_text(section)
            settings = settings_of(section)
            assert [item.name for item in settings] == list(getattr(Config(), section).__struct_fields__)
            assert [item.name for item in settings if not item.text.endswith(".")] == []


def test_the_example_as_it_is_sets_nothing() -> None:
    source = from_file(example_config_text().encode(), Path("example"), "user")
    check(source)
    assert msgspec.convert(source.values, Config) == Config()


def test_the_example_without_its_comment_signs_sets_every_key_to_its_default() -> None:
    text = re.sub(r"(?m)^#(?=\S)", "", example_config_text())
    source = from_file(text.encode(), Path("example"), "user")
    check(source)
    config = msgspec.convert(source.values, Config)
    assert msgspec.structs.replace(config, models={}, keys={}) == Config()
    defaults = msgspec.json.decode(msgspec.json.encode(Config()))
    assert source.values | {"models": {}, "keys": {}} == defaults
    [(_, override)] = config.models.items()
    assert {name for name in ModelOverride.__struct_fields__ if getattr(override, name) is None} == set()


def test_what_ships_is_found(home: Path) -> None:
    assert (shipped_themes_dir() / "dark.toml").is_file()
    assert theme_dirs() == (home / "config" / "themes", shipped_themes_dir())
