"""Places in a text that is read piece by piece: the same as in the text as a whole."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui import stored_text
from codeact_tui.tui.stored_text import ReadBytes, find_line, find_words, lines_before

TEXTS = st.text(alphabet="abA\né", max_size=60).map(str.encode)


def reader(text: bytes) -> ReadBytes:
    async def read(start: int, length: int) -> bytes:
        return text[start : start + length]

    return read


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_text, "_STEP", 4)


@given(TEXTS, st.text(alphabet="abAé\n", min_size=1, max_size=4), st.integers(min_value=0, max_value=60))
def test_words_are_found_where_they_are(text: bytes, words: str, start: int) -> None:
    start = min(start, len(text))
    wanted = words.encode().lower()
    forth = asyncio.run(find_words(reader(text), words, start, forward=True))
    back = asyncio.run(find_words(reader(text), words, start, forward=False))
    assert (-1 if forth is None else forth) == text.lower().find(wanted, start)
    assert (-1 if back is None else back) == text[:start].lower().rfind(wanted)


@given(TEXTS, st.integers(min_value=1, max_value=20))
def test_lines_are_found_where_they_begin(text: bytes, number: int) -> None:
    lines = text.decode().splitlines(keepends=True)
    place = asyncio.run(find_line(reader(text), number))
    there = number <= len(lines) or number == 1
    assert place == (len("".join(lines[: number - 1]).encode()) if there else None)


@given(TEXTS, st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=3))
def test_the_lines_above_a_place(text: bytes, place: int, count: int) -> None:
    place = min(place, len(text))
    above = text[:place].split(b"\n")
    kept = b"\n".join(above[max(0, len(above) - count - 1) :])
    assert asyncio.run(lines_before(reader(text), place, count)) == place - len(kept)
