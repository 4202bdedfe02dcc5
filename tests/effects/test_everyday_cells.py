"""Cells as models write them every day, and what the card says of each: a line behind `## `, then the cell."""

from pathlib import Path

import pytest

from codeact_tui.effects.analysis import analyse
from codeact_tui.effects.words import phrases

BLOCKS = Path(__file__).with_name("everyday_cells.txt").read_text().removeprefix("## ").split("\n## ")
CELLS = [(code.strip(), words) for words, _, code in (block.partition("\n") for block in BLOCKS)]


@pytest.mark.parametrize(("code", "words"), CELLS)
def test_what_the_card_says(code: str, words: str) -> None:
    assert " · ".join(phrase.text for phrase in phrases(analyse(code))) == words
