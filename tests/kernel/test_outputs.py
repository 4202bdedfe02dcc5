import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.kernel.outputs import OUTPUT_KINDS, OutputReader
from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    Output,
    StreamOutput,
    UpdateDisplay,
)


def read(kind: str, content: object, display_bytes: int = 1 << 20) -> list[Output]:
    return list(OutputReader(display_bytes).read(kind, json.dumps(content).encode()))


def test_every_kind_is_read() -> None:
    data = {"text/plain": "x", "application/json": {"a": [1]}, "image/png": "iVBO", "text/html": ["<b>", "</b>"]}
    bundle = {"text/plain": "x", "application/json": '{"a": [1]}', "image/png": "iVBO", "text/html": "<b></b>"}
    content: dict[str, Any] = {"data": data, "metadata": {"image/png": {"width": 3}}, "transient": {"display_id": "d"}}
    metadata = {"image/png": '{"width": 3}'}
    assert read("stream", {"name": "stderr", "text": "a\n"}) == [StreamOutput("stderr", "a\n")]
    assert read("display_data", content) == [DisplayData(bundle, metadata, "d")]
    assert read("update_display_data", content) == [UpdateDisplay("d", bundle, metadata)]
    assert read("execute_result", {**content, "execution_count": 3}) == [ExecuteResult(bundle, metadata, 3)]
    assert read("clear_output", {"wait": True}) == [ClearOutput(wait=True)]
    assert read("error", {"ename": "E", "evalue": "v", "traceback": ["\x1b[31mline\x1b[0m\x07"]}) == [
        ErrorOutput("E", "v", ("\x1b[31mline\x1b[0m",))
    ]


def test_an_update_of_nothing_is_nothing() -> None:
    assert read("update_display_data", {"data": {"text/plain": "x"}}) == []


def test_text_is_made_harmless_and_binary_data_is_left() -> None:
    data = {"text/plain": "a\x1b]0;t\x07b", "text/markdown": "\x1b[2Jc", "image/svg+xml": "<svg/>", "not a type": "x"}
    assert read("display_data", {"data": data}) == [
        DisplayData({"text/plain": "ab", "text/markdown": "c", "image/svg+xml": "<svg/>"})
    ]


def test_an_escape_that_is_split_between_messages_is_dropped() -> None:
    reader = OutputReader(1000)
    first = list(reader.read("stream", json.dumps({"name": "stdout", "text": "a\x1b"}).encode()))
    between = list(reader.read("stream", json.dumps({"name": "stderr", "text": "[b"}).encode()))
    second = list(reader.read("stream", json.dumps({"name": "stdout", "text": "[2Jc"}).encode()))
    assert [first, between, second] == [
        [StreamOutput("stdout", "a")],
        [StreamOutput("stderr", "[b")],
        [StreamOutput("stdout", "c")],
    ]


def test_what_is_too_large_gives_way_to_a_sentence() -> None:
    [display] = read("display_data", {"data": {"image/png": "x" * 5000, "text/plain": "small"}}, 4000)
    assert isinstance(display, DisplayData)
    assert list(display.data) == ["text/plain"]
    assert display.data["text/plain"].startswith("[image/png of 0.0 MiB was left out")
    assert display.data["text/plain"].endswith("small")
    [whole] = read("display_data", {"data": {"image/png": "x" * 500_000}}, 4000)
    assert isinstance(whole, DisplayData)
    assert whole.data["text/plain"].startswith("[A display of 0.5 MiB was left out")


def test_long_text_and_long_tracebacks_are_cut_in_the_middle() -> None:
    [result] = read("execute_result", {"data": {"text/plain": "a" * 500_000 + "z"}})
    assert isinstance(result, ExecuteResult)
    text = result.data["text/plain"]
    assert len(text) < 270_000
    assert text.startswith("aaa")
    assert text.endswith("aaz")
    assert "characters left out" in text
    [error] = read("error", {"ename": "E" * 999, "evalue": "v" * 99_999, "traceback": ["line"] * 5000 + ["x" * 99_999]})
    assert isinstance(error, ErrorOutput)
    assert len(error.ename) == 200
    assert len(error.evalue) < 11_000
    assert len(error.traceback) == 501
    assert sum(map(len, error.traceback)) < 300_000


def test_long_stream_text_comes_in_pieces() -> None:
    outputs = read("stream", {"name": "stdout", "text": "é" * 200_000})
    assert [len(output.text) for output in outputs if isinstance(output, StreamOutput)] == [65536, 65536, 65536, 3392]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {"name": "stdlog", "text": "x"}),
        ("stream", {"name": "stdout"}),
        ("display_data", {"data": []}),
        ("display_data", {"data": {"text/plain": {"not": "text"}}, "metadata": 3}),
        ("execute_result", {"data": {}, "execution_count": -1}),
        ("error", {"traceback": [1]}),
        ("clear_output", []),
    ],
)
def test_other_forms_are_refused(kind: str, content: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        read(kind, content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
contents = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["stdout", "stderr"]) | json_values,
        "text": st.text(max_size=50) | json_values,
        "data": st.dictionaries(st.sampled_from(["text/plain", "image/png", "application/json"]), json_values),
        "metadata": json_values,
        "transient": json_values,
        "traceback": st.lists(st.text(max_size=10)) | json_values,
    },
)


@given(st.sampled_from(sorted(OUTPUT_KINDS)), contents | json_values)
def test_whatever_comes_is_read_or_refused(kind: str, content: object) -> None:
    try:
        outputs = read(kind, content, 200)
    except msgspec.DecodeError:
        return
    for output in outputs:
        msgspec.json.encode(output)
