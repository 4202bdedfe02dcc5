"""Payloads come out of a stream of bytes, however it is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.errors import ModelBadStream
from codeact_tui.model.server_sent_events import EventLines

STREAM = (
    b': keepalive\n\nevent: message\ndata: {"a": "\xe2\x82\xac"}\n\ndata:{"b": 2}\r\n\r\nid: 1\nretry: 5\ndata:\n\n'
    b"data:   spaced  \n\n:data: no\n data: no\ndatax: no\ndata: [DONE]\n\n"
)
PAYLOADS = [b'{"a": "\xe2\x82\xac"}', b'{"b": 2}', b"spaced", b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_any_cutting_gives_the_same_payloads(cuts: list[int]) -> None:
    lines, found = EventLines(), list[bytes]()
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(places):
        found += lines.feed(STREAM[start:end])
    assert found == PAYLOADS
    assert lines.any


def test_comments_alone_are_no_payload() -> None:
    lines = EventLines()
    assert lines.feed(b": ping\n\n") == []
    assert not lines.any


def test_a_line_without_an_end_is_given_up() -> None:
    lines = EventLines()
    for _ in range(16):
        assert lines.feed(b"x" * 1024 * 1024) == []
    with pytest.raises(ModelBadStream, match="without an end"):
        lines.feed(b"x")
