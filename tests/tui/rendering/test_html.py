"""HTML as Markdown: what is kept, what is left out, and that nothing takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.rendering.html import html_to_markdown
from codeact_tui.tui.rendering.html_tags import html_tags
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint

PIECES = [
    *("<b>", "</b>", "<table>", "<tr>", "<td colspan=3>", "<th>", "</table>", "<ul>", "<li>", "</ul>", "<pre>", "<a "),
    *("href='https://x.org'>", "<!--", "-->", "<script>", "</script>", "text", "*", "|", "`", "$", "&amp;", "\n", "é"),
]


def drawn(source: str, width: int = 60) -> list[str]:
    return [line.text.rstrip() for line in markdown_lines(html_to_markdown(source), width, Paint())]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<p>one <b>two</b>  three<p>four", ["one two three", "", "four"]),
        ("<h2>Title &amp; more</h2>text", ["Title & more", "", "text"]),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", ["• a", "  ◦ b", "• c"]),
        ("<ol start=3><li>x<li>y</ol>", ["3. x", "4. y"]),
        ("<pre>a\n  *b*</pre>", ["│ a", "│   *b*"]),
        ("a<br>b", ["a", "b"]),
        ("<a href='https://x.org/?a=b'>here</a>", ["here (https://x.org/?a=b)"]),
        ("<a href='javascript:alert(1)'>here</a>", ["here"]),
        ("a<script>alert('<b>')</script>b<style>p {}</style>c", ["abc"]),
        ("a<!-- <b> -->b", ["ab"]),
        ("<img src='http://x/y' alt='A cat'>", ["[image: A cat]"]),
        ("*no* _emphasis_ 1 < 2 $x$ `c` | #", ["*no* _emphasis_ 1 < 2 $x$ `c` | #"]),
        ("<p>- no list<p>1. none either", ["- no list", "", "1. none either"]),
        ("<blockquote>said</blockquote>", ["▌ said"]),
        ("<script>never ended", []),
    ],
)
def test_it_is_drawn_as_text(source: str, lines: list[str]) -> None:
    assert drawn(source) == lines


def test_a_table_has_its_head_and_its_numbers_stand_to_the_right() -> None:
    source = (
        "<table><thead><tr><th></th><th>n</th></tr></thead><tr><th>a</th><td>1</td></tr><tr><th>b</th><td>20</td></tr>"
    )
    assert drawn(source + "</table>") == ["  │  n", "──┼───", "a │  1", "b │ 20"]


def test_cells_that_span_keep_the_columns_in_line() -> None:
    source = "<table><tr><td colspan=2>A</td><td>B</td></tr><tr><td rowspan=2>C</td><td>D</td><td>E</td></tr>"
    rows = html_to_markdown(source + "<tr><td>F</td><td>G</td></tr></table>").split("\n")
    assert rows[2:] == ["| A |  | B |", "| C | D | E |", "|  | F | G |"]


def test_of_a_long_table_the_beginning_is_shown_and_the_rest_counted() -> None:
    source = "<table>" + "".join(f"<tr><td>{number}</td></tr>" for number in range(500)) + "</table>"
    text = html_to_markdown(source)
    assert "| 199 |" in text
    assert "| 200 |" not in text
    assert "300 rows more" in text


@pytest.mark.parametrize(
    "piece", ["<a ", "<a/", '<a b="', "<!", "<!--", "</", "&#", "<ul>", "<b>", "<table>", "<td rowspan=30 colspan=30>x"]
)
def test_what_does_not_end_costs_no_more_than_its_length(piece: str) -> None:
    parts = 0
    for _ in html_tags(piece * (128 * 1024 // len(piece))):
        parts += 1
    assert parts <= 128 * 1024
    assert len(html_to_markdown(piece * 20_000)) < 8 * 1024 * 1024


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40), st.integers(min_value=1, max_value=80))
def test_anything_can_be_drawn_within_the_width(pieces: list[str], width: int) -> None:
    for line in markdown_lines(html_to_markdown("".join(pieces)), width, Paint()):
        assert not any(ord(character) < 32 for character in line.text)


def test_of_a_long_page_the_beginning_is_shown_and_said_to_be_no_more() -> None:
    lines = drawn("<p>first" + "<p>word" * 20_000 + "<p>last")
    assert lines[0] == "first"
    assert lines[-1] == "… the page goes on, o opens it outside"
    assert len(lines) < 20_000
    assert "goes on" not in drawn("<p>first")[-1]


def test_what_is_laid_out_in_a_table_is_escaped_once() -> None:
    page = "<table><tr><td>#" + "<pre>#</pre>" * 100 + "</table>"
    assert html_to_markdown(page).count("&#35;") == 101
    assert "&#38;" not in html_to_markdown(page)


def test_of_a_page_of_very_many_tags_the_beginning_is_read() -> None:
    drawn = html_to_markdown("<p>x" * 10_000)
    assert drawn.count("x") == 4000
    assert drawn.endswith("*… the page goes on, o opens it outside*")
