"""Names of settings, as they are written and where they stand."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.config.keys import dotted, key_lines, toml_text


def test_lines_of_tables_keys_and_dotted_keys() -> None:
    text = '# a = 1\na = 1\n\n[b]\nc.d = 2\n["x y" . z]\n  q=1 # = \n[[l]]\nk="[m]"\n'
    assert key_lines(text) == {
        ("a",): 2,
        ("b",): 4,
        ("b", "c"): 5,
        ("b", "c", "d"): 5,
        ("x y",): 6,
        ("x y", "z"): 6,
        ("x y", "z", "q"): 7,
        ("l",): 8,
        ("l", "k"): 9,
    }


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=3))
def test_a_key_is_written_as_toml_reads_it(parts: list[str]) -> None:
    value: object = tomllib.loads(f"{dotted(tuple(parts))} = 0")
    for part in parts:
        assert isinstance(value, dict)
        assert list(value) == [part]  # pyright: ignore[reportUnknownArgumentType]
        value = value[part]  # pyright: ignore[reportUnknownVariableType]


def test_what_is_very_long_or_invisible_in_a_key_is_not_drawn() -> None:
    assert dotted(("a\x1b[31m", "b\u202e")) == '"a\\u001b[31m"."b\\u202e"'
    assert len(dotted(("x" * 10_000,))) < 80


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_survive_and_show_no_control_character(text: str) -> None:
    written = toml_text(text)
    assert tomllib.loads(f"a = {written}") == {"a": text}
    assert written.isprintable()
