"""The way out for text, without a kernel around it."""

import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.kernel.inside.output import Output
from codeact_tui.kernel.inside.quota import Quota
from codeact_tui.kernel.inside.resting import rest, resume  # pyright: ignore[reportUnknownVariableType]
from codeact_tui.kernel.inside.streams import Stream


class Sent:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, str]] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, name: str, text: str, parent: dict[str, str]) -> None:
        self.may_go.wait(60)
        self.messages.append((name, text, parent.get("msg_id", "")))

    @property
    def text(self) -> str:
        return "".join(text for _, text, _ in self.messages)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def output(sent: Sent) -> Iterator[Any]:
    made: Any = Output(sent, lambda: None, 1 << 30)
    made.thread.start()
    yield made
    sent.may_go.set()


def streams(output: Any) -> tuple[Any, Any]:
    return Stream(output, "stdout", 1), Stream(output, "stderr", 2)


def captured(sent: Sent) -> tuple[Any, int]:
    """Start an output that reads a descriptor; give it with the descriptor."""
    output: Any = Output(sent, lambda: None, 1 << 30)
    read_end, write_end = os.pipe()
    os.close(read_end)
    output.capture(write_end, "stdout")
    output.start()
    return output, write_end


def test_both_streams_keep_their_order_and_neighbours_are_joined(output: Any, sent: Sent) -> None:
    out, err = streams(output)
    sent.may_go.clear()
    out.write("held")
    print("a", "b", file=out)
    print("c", file=err)
    print("d", file=out)
    sent.may_go.set()
    output.flush()
    assert sent.text == "helda b\nc\nd\n"
    assert [name for name, _, _ in sent.messages][-2:] == ["stderr", "stdout"]


def test_text_belongs_to_the_cell_in_which_it_was_written(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    out.set_parent({"header": {"msg_id": "first"}})
    out.write("1")
    out.set_parent({"header": {"msg_id": "second"}})
    out.write("2")
    output.flush()
    assert [(text, cell) for _, text, cell in sent.messages if text] == [("1", "first"), ("2", "second")]


def test_text_is_sent_soon_without_being_flushed(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    out.write("by itself")
    deadline = time.monotonic() + 60
    while sent.text != "by itself":
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_writer_that_is_far_ahead_waits(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    sent.may_go.clear()
    written = 0

    def write() -> None:
        nonlocal written
        for _ in range(100):
            out.write("x" * 65536)
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()
    assert written < 30
    sent.may_go.set()
    writer.join(60)
    output.flush()
    assert len(sent.text) == 100 * 65536
    assert max(len(text) for _, text, _ in sent.messages) <= 65536


def test_what_can_not_be_encoded_is_replaced(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    out.write("a\ud800b")
    output.flush()
    assert sent.text == "a?b"


def test_only_text_can_be_written(output: Any) -> None:
    out, _ = streams(output)
    with pytest.raises(TypeError, match="must be str, not bytes"):
        out.write(b"bytes")


def test_a_stream_can_not_be_closed_and_knows_its_descriptor(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    out.close()
    handler = logging.StreamHandler(out)
    handler.emit(logging.LogRecord("n", 20, "p", 1, "logged", None, None))
    output.flush()
    assert (sent.text, out.fileno(), out.isatty(), out.closed) == ("logged\n", 1, False, False)


def test_a_captured_descriptor_is_read_as_whole_characters(sent: Sent) -> None:
    output: Any = Output(sent, lambda: None, 1 << 30)
    read_end, write_end = os.pipe()
    os.close(read_end)
    output.capture(write_end, "stdout")
    output.thread.start()
    for byte in "żółw\n".encode():
        os.write(write_end, bytes([byte]))
        output.flush()
    assert sent.text == "żółw\n"
    os.close(write_end)
    out, _ = streams(output)
    out.write("and on")
    output.flush()
    assert sent.text.endswith("and on")


def test_what_a_child_process_has_written_comes_before_what_is_written_after_it(sent: Sent) -> None:
    output, write_end = captured(sent)
    out, _ = streams(output)
    for _ in range(50):
        out.write("a")
        subprocess.run(["true"], check=True)
        os.write(write_end, b"b")
        out.write("c")
        output.end_cell()
    assert sent.text == "abc" * 50
    os.close(write_end)


def test_what_is_being_read_comes_before_what_is_written_then(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    output, write_end = captured(sent)
    out, _ = streams(output)
    read, taken = os.read, threading.Event()

    def read_and_be_overtaken(descriptor: int, size: int) -> bytes:
        data = read(descriptor, size)
        if data == b"b":
            taken.set()
            while not output._entries:
                os.sched_yield()
        return data

    subprocess.run(["true"], check=True)
    monkeypatch.setattr("codeact_tui.kernel.inside.output.os.read", read_and_be_overtaken)
    os.write(write_end, b"b")
    assert taken.wait(60)
    out.write("c")
    output.end_cell()
    assert sent.text == "bc"
    os.close(write_end)


def test_a_cell_ends_after_the_last_that_stands_in_a_pipe(sent: Sent) -> None:
    class End(threading.Event):
        def set(self) -> None:
            sent("end", "", {})
            super().set()

    output, write_end = captured(sent)
    out, _ = streams(output)
    sent.may_go.clear()
    out.write("held")
    while not output._busy or output._entries:
        os.sched_yield()
    os.write(write_end, b"last")
    ender = threading.Thread(target=output._passed, args=(End(),))
    ender.start()
    while not output._entries:
        os.sched_yield()
    sent.may_go.set()
    ender.join(60)
    assert sent.messages == [("stdout", "held", ""), ("stdout", "last", ""), ("end", "", "")]
    os.close(write_end)


def test_a_thread_that_flushes_while_sending_rests_waits_until_it_goes_on(output: Any, sent: Sent) -> None:
    out, _ = streams(output)
    while output.thread.is_alive():
        rest([output])
    out.write("before")
    output.flush()  # the thread that has the other rest does not wait
    writer = threading.Thread(target=output.flush)
    writer.start()
    while writer.is_alive() and not any(name is None for name, _, _ in list(output._entries)):
        os.sched_yield()
    assert sent.text == ""
    assert writer.is_alive()
    resume([output])
    writer.join(60)
    assert sent.text == "before"


def test_a_strange_failure_of_sending_does_not_end_it(output: Any, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("strange")

    out, _ = streams(output)
    monkeypatch.setattr(output, "_send", fails)
    out.write("lost")
    output.flush()
    monkeypatch.setattr(output, "_send", sent)
    out.write("found")
    output.flush()
    assert sent.text == "found"


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(0, 100))
def test_the_quota_keeps_the_first_and_the_last(texts: list[str], limit: int) -> None:
    quota = Quota(limit)
    sent = "".join(piece for text in texts for piece in quota.take("cell", text))
    end = "".join(quota.end("cell"))
    whole = "".join(texts)
    clean = whole.encode("utf-8", "replace").decode()
    if len(clean.encode()) <= limit:
        assert (sent, end) == (whole, "")
    else:
        assert "of the rest only the last is shown" in sent
        assert whole.endswith(end.rsplit("…]\n", 1)[-1])
    assert quota.end("cell") == []


def test_the_quota_counts_what_it_left_out() -> None:
    quota = Quota(10)
    assert quota.take("a", "0123456789") == ["0123456789"]
    assert quota.take("a", "x" * 100_000) == ["\n[More than 10 bytes: of the rest only the last is shown.]\n"]
    assert quota.take("b", "other cell") == ["other cell"]
    note, tail = quota.end("a")
    assert note == "[… 34,464 bytes left out …]\n"
    assert tail == "x" * 65536
