"""What is pasted is text: no escape sequence in it is read as keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from codeact_tui.tui.terminal_pastes import PasteFilter, teach_pastes
from tests.hostile_text import HOSTILE

START, END = "\x1b[200~", "\x1b[201~"


def read(*pieces: str) -> list[Message]:
    teach_pastes()
    parser = XTermParser()
    return [message for piece in pieces for message in parser.feed(piece)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_paste_presses_no_key(name: str) -> None:
    messages = read(f"{START}before {HOSTILE[name]} \nafter{END}", "q")
    assert [type(message) for message in messages] == [events.Paste, events.Key]
    [pasted, _] = messages
    assert isinstance(pasted, events.Paste)
    assert pasted.text.startswith("before ")
    assert pasted.text.endswith("\nafter")
    assert not set(pasted.text) & set("\x00\x07\x08\x1b\x7f\x9b")


def test_colours_go_and_lines_stay() -> None:
    [pasted] = read(f"{START}\x1b[1;31mred\x1b[0m\tx\r\ny{END}")
    assert isinstance(pasted, events.Paste)
    assert pasted.text == "red\tx\r\ny"


def test_keys_around_a_paste_are_read_as_ever() -> None:
    messages = read(f"a\x1b[A{START}b{END}\x1b[Bc")
    assert [message.key if isinstance(message, events.Key) else "paste" for message in messages] == [
        "a",
        "up",
        "paste",
        "down",
        "c",
    ]


@given(st.lists(st.sampled_from(["a", "\x1b", "[", "200~", "201~", START, END, "\x07", "\n", "中"])), st.data())
def test_however_the_input_is_cut_the_same_is_read(parts: list[str], data: st.DataObject) -> None:
    whole = "".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    once, twice = PasteFilter(), PasteFilter()
    assert once.feed(whole + END) == twice.feed(whole[:cut]) + twice.feed(whole[cut:] + END)
