"""`--resume` with and without a value."""

import pytest

from codeact_tui.cli.arguments import spell_out_pick


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("chat", "chat"),
        ("chat -r", "chat --pick"),
        ("chat --resume", "chat --pick"),
        ("chat -r abc", "chat -r abc"),
        ("chat --resume abc", "chat --resume abc"),
        ("chat --resume=abc", "chat --resume=abc"),
        ("chat -rabc", "chat -rabc"),
        ("chat -r --line", "chat --pick --line"),
        ("chat -r -m demo", "chat --pick -m demo"),
        ("chat -m demo -r", "chat -m demo --pick"),
        ("chat -r abc prompt", "chat -r abc prompt"),
        ("chat -m -r", "chat -m -r"),
        ("chat prompt -r", "chat prompt --pick"),
        ("chat -- -r", "chat -- -r"),
        ("chat -r -- prompt", "chat --pick -- prompt"),
        ("chat -r -", "chat -r -"),
        ("sessions show -r", "sessions show -r"),
        ("", ""),
    ],
)
def test_a_resume_without_a_value_asks_for_a_choice(typed: str, spelled: str) -> None:
    assert spell_out_pick(typed.split()) == spelled.split()
