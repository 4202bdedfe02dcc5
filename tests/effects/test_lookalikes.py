import pytest

from codeact_tui.effects.analysis import analyse
from codeact_tui.effects.lookalikes import lookalikes
from codeact_tui.effects.words import phrases


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("p\u0430th = 1", [(1, "p\u0430th (\u0430 is U+0430)")]),
        ("a = 1\nb = '\u0430pple.com'", [(2, "\u0430pple (\u0430 is U+0430)")]),
        ("# \u0441opy", [(1, "\u0441opy (\u0441 is U+0441)")]),
        ("\u0430 = 1", [(1, "\u0430 (\u0430 is U+0430)")]),
        (
            "\U0001d41e\U0001d42f\U0001d41a\U0001d425(x)",
            [(1, "\U0001d41e\U0001d42f\U0001d41a\U0001d425 (read as eval)")],
        ),
        ("x = (\np\u0430th", [(2, "p\u0430th (\u0430 is U+0430)")]),
        ("p\u0430th = p\u0430th", [(1, "p\u0430th (\u0430 is U+0430)")]),
        ("\u0394t = 1; \u03c3_x = 2; \u03b1 = 3", []),
        ("print('\u043f\u0440\u0438\u0432\u0435\u0442, \u0445\u043e\u0440')  # \u0430", []),
        ("\u0444\u0443\u043d\u043a\u0446\u0438\u044f = 1", []),
        ("na\u00efve = 'caf\u00e9'", []),
        ("plain = 1", []),
    ],
)
def test_letters_that_look_like_others_are_told_and_languages_are_left_in_peace(
    code: str, told: list[tuple[int, str]]
) -> None:
    assert list(lookalikes(code)) == told


def test_the_card_says_it_and_what_the_name_really_does() -> None:
    told = analyse("\U0001d428\U0001d429\U0001d41e\U0001d427('x', 'w')")
    assert [phrase.text for phrase in phrases(told)] == [
        "writes x",
        "has letters that look like others: \U0001d428\U0001d429\U0001d41e\U0001d427 (read as open)",
    ]


def test_a_text_of_nothing_else_stays_bounded() -> None:
    assert len(list(lookalikes(" ".join(f"p\u0430{number}x" for number in range(5000))))) == 50
