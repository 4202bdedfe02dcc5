import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.kernel.answers import Completions, NamespaceDiff, NamespaceListing
from codeact_tui.kernel.replies import read_completions, read_detail, read_diff, read_listing
from codeact_tui.protocol.variables import Variable, VariableDetail, VariableTable

HOSTILE = "a\x1b[2Jb\x1b]0;t\x07\nc\u2028d"


def encode(content: object) -> bytes:
    return json.dumps(content).encode()


def test_a_difference_is_read_and_made_harmless() -> None:
    variable = {"name": "x", "type_name": "int", "kind": "value", "shape": [2, 3], "size_bytes": 28, "summary": HOSTILE}
    assert read_diff(encode({"added": [variable], "removed": ["gone\x07"], "total": 1})) == NamespaceDiff(
        added=(Variable("x", "int", "value", (2, 3), 28, "ab c d"),), removed=("gone",), total=1
    )


def test_a_list_is_read() -> None:
    assert read_listing(encode({"variables": [{"name": "x", "type_name": "T"}], "total": 9, "cut": True})) == (
        NamespaceListing((Variable("x", "T"),), 9, cut=True)
    )


def test_a_detail_is_read_and_made_harmless() -> None:
    table = {"columns": [HOSTILE], "dtypes": [""], "index": ["0"], "rows": [["1"]], "total_rows": 1, "total_columns": 1}
    content = {
        "variable": {"name": "x", "type_name": "T"},
        "table": table,
        "statistics": [["min", "1"]],
        "source": "def f():\n\tpass\x1b[2J",
        "text": HOSTILE,
    }
    assert read_detail(encode(content)) == VariableDetail(
        Variable("x", "T"),
        table=VariableTable(("ab c d",), ("",), ("0",), (("1",),), 1, 1),
        statistics=(("min", "1"),),
        source="def f():\n\tpass",
        text="ab\nc\u2028d",
    )


def test_completions_stay_within_the_code() -> None:
    content = {"matches": ["print", "pro\x1b[2J", "x" * 1000], "cursor_start": 99, "cursor_end": 1000}
    assert read_completions(encode(content), "pri", 3) == Completions(("print",), 3, 3)


@pytest.mark.parametrize("read", [read_diff, read_listing, read_detail])
@given(
    content=st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["variable", "added", "total", "table", "name"]), inner),
    )
)
def test_whatever_comes_is_read_or_refused(read: object, content: object) -> None:
    assert callable(read)
    try:
        read(encode(content))
    except msgspec.DecodeError:
        return
