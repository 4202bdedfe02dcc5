"""What a cell would do, in as many words as there is room for."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import Phrase, phrases, phrases_that_fit
from codeact_tui.protocol.effects import Effect, EffectKind

ALL = Analysis(
    (
        Effect(1, "read", "data/sales-of-the-northern-region.csv"),
        Effect(1, "read", "b.csv"),
        Effect(2, "delete", "build"),
        Effect(2, "delete", "old.txt"),
        Effect(3, "process", "git commit -m 'Update the sales of the northern and of the southern region'"),
        Effect(4, "loop"),
    )
)
KINDS: list[EffectKind] = ["read", "write", "delete", "network", "process", "dynamic", "loop", "unknown"]


def within(chars: int) -> Callable[[Sequence[Phrase]], bool]:
    return lambda found: len(told(found)) <= chars


def told(found: Sequence[Phrase]) -> str:
    return " · ".join(phrase.text for phrase in found)


@pytest.mark.parametrize(
    ("chars", "text"),
    [
        (
            300,
            "deletes build, old.txt · runs git commit -m 'Update the sales of the northern and of the… · "
            "reads data/sales-of-the-northern-region.csv, b.csv · may never end",
        ),
        (
            150,
            "deletes build, old.txt · runs git commit -m 'Update the sales of the northern and of the… · "
            "reads data/sales-of-the-north… and 1 more · may never end",
        ),
        (110, "deletes build and 1 more · runs git commit -m 'Update… · reads files · may never end"),
        (70, "deletes files · runs other programs · reads files · may never end"),
        (50, "deletes files · runs other programs · and 2 more"),
        (10, "deletes files · and 3 more"),
    ],
)
def test_names_of_what_is_harmless_go_first_and_what_has_no_room_is_counted(chars: int, text: str) -> None:
    assert told(phrases_that_fit(ALL, within(chars))) == text


def test_what_is_counted_is_as_grave_as_what_it_stands_for() -> None:
    [first, rest] = phrases_that_fit(ALL, within(10))
    assert (first.danger, rest.danger) == (2, 2)
    assert phrases_that_fit(Analysis(problem="odd"), within(1)) == phrases(Analysis(problem="odd"))
    assert phrases_that_fit(Analysis(), within(1)) == phrases(Analysis())


@given(
    st.lists(st.builds(Effect, st.just(1), st.sampled_from(KINDS), st.text("ab /.", max_size=90)), max_size=20),
    st.integers(0, 400),
)
def test_it_fits_or_is_as_short_as_can_be(effects: list[Effect], chars: int) -> None:
    found = phrases_that_fit(Analysis(tuple(effects)), within(chars))
    assert within(chars)(found) or len(found) <= 2
    kinds = {effect.kind for effect in effects}
    counted = [phrase.text for phrase in found if phrase.text.startswith("and ")]
    assert len(found) == len(kinds or {1}) or counted == [f"and {len(kinds) - len(found) + 1} more"]
