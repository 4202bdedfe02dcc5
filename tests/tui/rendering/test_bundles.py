"""Which form of a MIME bundle is shown, and how it looks."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.variables import VariableTable
from codeact_tui.tui.rendering.bundles import bundle_forms, bundle_part
from codeact_tui.tui.rendering.lines import width_of
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.table_part import TABLE

PNG = "iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAYAAAA10dzk"
"""The head of one of 640×480."""


def drawn(data: dict[str, str], width: int = 60, *, form: int = 0, rows_max: int = 30) -> list[str]:
    part = bundle_part(data, form=form)
    return [line.text.rstrip() for line in part.draw(0, part.count, width, Paint(), rows_max=rows_max)]


def table(rows: int = 3, columns: int = 2, **more: object) -> str:
    found = VariableTable(
        columns=tuple(f"c{at}" for at in range(columns)),
        dtypes=("int64",) * columns,
        index=tuple(str(row) for row in range(rows)),
        rows=tuple(tuple(str(row * at) for at in range(columns)) for row in range(rows)),
        total_rows=rows,
        total_columns=columns,
    )
    return msgspec.json.encode(msgspec.structs.replace(found, **more)).decode()


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"text/plain": "1"}, ["text"]),
        ({"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": PNG}, ["picture", "text"]),
        ({"text/plain": "a  b", "text/html": "<table>", TABLE: "{}"}, ["table", "text", "HTML"]),
        ({"text/plain": "<x.Styler at 0x7f01>", "text/html": "<b>"}, ["HTML", "text"]),
        ({"text/plain": "x**2", "text/latex": "$x^2$"}, ["text", "formula"]),
        ({"text/plain": "<IPython.core.display.Latex object>", "text/latex": "$x^2$"}, ["formula", "text"]),
        ({"text/plain": "{'a': 1}", "application/json": "{}"}, ["JSON", "text"]),
        (
            {"text/plain": "F()", "application/vnd.plotly.v1+json": "{}", "text/html": ""},
            ["chart", "text", "HTML"],
        ),
        ({"text/plain": "x", "text/markdown": "# x"}, ["Markdown", "text"]),
        ({"application/x-unknown": "x"}, []),
    ],
)
def test_the_best_form_comes_first(data: dict[str, str], names: list[str]) -> None:
    assert [form.name for form in bundle_forms(data)] == names


def test_another_form_can_be_asked_for_and_after_the_last_comes_the_first() -> None:
    data = {"text/plain": "x**2", "text/latex": r"$\sqrt{x}$"}
    assert [drawn(data, form=form) for form in range(3)] == [["x**2"], ["√x"], ["x**2"]]


def test_a_form_whose_data_is_broken_gives_way_to_the_next() -> None:
    assert drawn({"application/json": "{", "text/plain": "plain"}) == ["plain"]
    assert drawn({TABLE: "{}", "text/plain": "plain"}) == ["plain"]
    assert drawn({"application/vnd.plotly.v1+json": "[1]", "text/plain": "plain"}) == ["plain"]


def test_unknown_types_are_named() -> None:
    assert drawn({"application/x-a": "abc"}) == ["shown elsewhere only: application/x-a, 3 B"]


def test_json_is_unfolded_as_far_as_there_is_room() -> None:
    data = {"application/json": json.dumps({"name": "x", "items": [{"id": at, "of": [1, [2]]} for at in range(9)]})}
    assert drawn(data, rows_max=6) == ["▾ 2 items", '    name: "x"', "  ▸ items: 9 items"]
    assert len(drawn(data, rows_max=29)) == 12
    assert drawn({"application/json": json.dumps([0] * 100)}, rows_max=4) == [
        "▾ 100 items",
        "    0: 0",
        "    1: 0",
        "… 98 more",
    ]


def test_a_chart_is_told_in_words() -> None:
    figure = {"data": [{"type": "bar", "name": "sales", "x": [1, 2]}], "layout": {"title": {"text": "Year"}}}
    plotly = {"application/vnd.plotly.v1+json": json.dumps(figure), "text/plain": "Figure()"}
    assert drawn(plotly) == ["plotly figure: Year", "  bar · sales · 2 points"]
    chart = {"mark": "point", "encoding": {"x": {"field": "hp"}}, "data": {"values": [1, 2, 3]}}
    vega = {"application/vnd.vegalite.v5+json": json.dumps(chart), "text/plain": "alt.Chart(...)"}
    assert drawn(vega) == ["chart", "  point · x hp", "  3 rows"]


def test_the_chart_in_a_page_of_altairs_is_told_in_words() -> None:
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "mark": "bar",
        "encoding": {"y": {"field": "b"}},
    }
    page = f"<div id=vis></div><script>(function(spec, embedOpt){{ run }})({json.dumps(spec)}, {{}});</script>"
    altair = {"text/html": page, "text/plain": "alt.Chart(...)"}
    assert drawn(altair) == ["chart", "  bar · y b"]
    assert drawn({**altair, "text/html": page[:120]}) == ["alt.Chart(...)"]
    assert drawn({**altair, "text/html": "vega-lite })({[[["}) == ["alt.Chart(...)"]


def test_a_page_without_text_is_no_empty_place() -> None:
    assert drawn({"text/html": "<script>" + "x" * 1000 + "</script>"}) == [
        "a page without text, 1.0 kB · o opens it outside"
    ]


def test_a_table_is_aligned_and_says_how_large_it_is() -> None:
    assert drawn({TABLE: table()}) == [
        "      c0     c1",
        "   int64  int64",
        "0      0      0",
        "1      0      1",
        "2      0      2",
        "3 rows × 2 columns",
    ]


def test_of_a_large_table_head_and_tail_and_the_columns_that_fit_are_shown() -> None:
    lines = drawn({TABLE: table(rows=50, columns=40, total_rows=10_000_000)}, width=40, rows_max=12)
    assert lines[-1] == "10,000,000 rows × 40 columns · 8 rows a…"
    assert "…" in lines
    assert lines[-2].startswith("49")
    assert all(len(line) <= 41 for line in lines)


def test_a_table_whose_rows_are_not_as_long_as_its_head_is_none() -> None:
    assert drawn({TABLE: table(index=("0",)), "text/plain": "plain"}) == ["plain"]
    assert drawn({TABLE: table(rows=1, dtypes=()), "text/plain": "plain"}) == ["plain"]


HOSTILE = st.text(st.characters(), max_size=8) | st.sampled_from(["\x1b[2J", "a\nb", "名前" * 30, "\u202e", "[red]"])


@given(
    st.integers(min_value=1, max_value=5).flatmap(
        lambda columns: st.tuples(
            st.lists(HOSTILE, min_size=columns, max_size=columns),
            st.lists(st.lists(HOSTILE, min_size=columns, max_size=columns), max_size=6),
        )
    ),
    st.integers(min_value=12, max_value=60),
)
def test_a_hostile_table_keeps_its_lines_and_its_width(found: tuple[list[str], list[list[str]]], width: int) -> None:
    heads, rows = found
    text = json.dumps(
        {
            "columns": heads,
            "dtypes": heads,
            "index": [row[0] for row in rows],
            "rows": rows,
            "total_rows": len(rows),
            "total_columns": len(heads),
        }
    )
    part = bundle_part({TABLE: text, "text/plain": "x"})
    for line in part.draw(0, part.count, width, Paint(), rows_max=20):
        assert "\x1b" not in line.text
        assert "\n" not in line.text
        assert width_of(line.pieces) <= width


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(HOSTILE, inner, max_size=12),
    max_leaves=60,
)


@given(JSON, st.integers(min_value=4, max_value=40), st.integers(min_value=3, max_value=20))
def test_any_json_stays_within_its_room(value: object, width: int, rows_max: int) -> None:
    part = bundle_part({"application/json": json.dumps(value)})
    lines = part.draw(0, part.count, width, Paint(), rows_max=rows_max)
    assert len(lines) <= rows_max
    assert all(width_of(line.pieces) <= width and "\n" not in line.text and "\x1b" not in line.text for line in lines)


def test_deep_json_is_not_indented_for_copying_since_that_takes_a_blank_for_each_level_of_each_line() -> None:
    deep = "[" * 500 + "1,\n" * 20_000 + "1" + "]" * 500
    part = bundle_part({"application/json": deep})
    assert "\n".join(part.lines) == deep
    assert bundle_part({"application/json": '{"a":[1]}'}).lines == ["{", '  "a": [', "    1", "  ]", "}"]


def test_halves_of_characters_in_json_can_be_copied() -> None:
    part = bundle_part({"application/json": '{"a": "\\ud83d"}'})
    assert "\n".join(part.lines).encode() == b'{\n  "a": "?"\n}'
