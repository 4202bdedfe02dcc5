import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from codeact_tui.tui.rendering.lines import plain_text
from codeact_tui.tui.rendering.markdown import markdown_lines, settled_chars
from codeact_tui.tui.rendering.paint import Paint

PAINT = Paint(text=Style.parse("white"), muted=Style.parse("grey50"))
TEXTS = ["word ", "**bold** ", "`code` ", "\n\n", "\n", "[t](http://u) ", "<b>", "中文 ", "$x^2$ ", "\\(a\\) "]
BLOCKS = ["- item\n", "1. one\n", "> quote\n", "# head\n", "```python\n", "```\n", "    indented\n", "---\n"]
MATHS = ["$$\n", "\\[\n"]
CHUNKS = st.lists(st.sampled_from([*TEXTS, *BLOCKS, *MATHS, "| a | b |\n|---|--:|\n| 1 | 2 |\n"]), max_size=25)


def shown(source: str, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in markdown_lines(source, width, PAINT)]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a *b* **c** `d` ~~e~~", ["a b c d e"]),
        ("# Head\n\ntext", ["Head", "━━━━", "", "text"]),
        ("- a\n- b\n  - c\n    1. d", ["• a", "• b", "  ◦ c", "    1. d"]),
        ("9. a\n10. b", [" 9. a", "10. b"]),
        ("- a\n\n- b", ["• a", "", "• b"]),
        ("> a\n> b", ["▌ a b"]),
        ("```py\nx = 1\n```", ["│ x = 1"]),
        ("a  \nb", ["a", "b"]),
        ("[text](http://x.y/z)", ["text (http://x.y/z)"]),
        ("<http://x.y>", ["http://x.y"]),
        ("![alt](http://x.y/i.png)", ["[image: alt] (http://x.y/i.png)"]),
        ("<b>html</b> &lt;", ["<b>html</b> <"]),
        ("[bold]not ours[/bold]", ["[bold]not ours[/bold]"]),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", ["a │ b", "──┼──", "1 │ 2"]),
        ("---", ["─" * 40]),
        ("an *open emphasis and `open code", ["an *open emphasis and `open code"]),
    ],
)
def test_what_is_written_is_drawn(source: str, lines: list[str]) -> None:
    assert shown(source) == lines


def test_javascript_is_no_link() -> None:
    assert shown("[x](javascript:alert(1))") == ["[x](javascript:alert(1))"]


def test_entities_do_not_smuggle_controls() -> None:
    text = "".join(shown("a&#27;[31m &#x202e;b &#8206;c"))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_table_too_wide_shrinks_and_one_far_too_wide_becomes_records() -> None:
    cells = " | ".join(f"value number {number}" for number in range(4))
    heads = " | ".join(f"head{number}" for number in range(4))
    source = f"| {heads} |\n|{'---|' * 4}\n| {cells} |"
    assert max(map(cell_len, shown(source, 50))) <= 50
    assert shown(source, 20)[0] == "head0: value number"


def test_copied_text_has_no_bars_and_no_line_breaks_of_the_screen() -> None:
    source = "> quoted words that go on\n\n```\ncode\n```\n\n- item with words that wrap"
    copied = plain_text(markdown_lines(source, 16, PAINT))
    assert copied == "quoted words that go on\n\ncode\n\n• item with words that wrap"


@given(CHUNKS, st.integers(12, 60))
def test_nothing_is_wider_than_the_view(chunks: list[str], width: int) -> None:
    for line in markdown_lines("".join(chunks), width, PAINT):
        assert cell_len(line.text) <= width or line.text.startswith("[image")


@given(st.text(max_size=200))
def test_any_text_can_be_drawn(text: str) -> None:
    for line in markdown_lines(text, 30, PAINT):
        line.text.encode()
        assert "\x1b" not in line.text


@given(CHUNKS, st.integers(1, 6))
def test_settled_blocks_look_the_same_whatever_follows(chunks: list[str], cut: int) -> None:
    source = "".join(chunks)
    at = settled_chars("".join(chunks[:cut]))
    head, tail = source[:at], source[at:]
    parts = [part for part in (shown(head), shown(tail)) if part]
    joined = [*parts[0], "", *parts[1]] if len(parts) == 2 else parts[0] if parts else []
    assert joined == shown(source)


def test_a_megabyte_without_markup_is_drawn_plainly() -> None:
    assert "".join(shown("x" * 1_000_000, 100))[:3] == "xxx"


def test_formulas_in_a_line() -> None:
    source = r"Mean $\bar x = \frac{1}{n}\sum_i x_i$, \(a^2\), $$b_1$$ and `$x$`."
    assert shown(source, 80) == ["Mean x\u0304 = 1/n ∑ᵢ xᵢ, a², b₁ and $x$."]


def test_prices_and_variables_are_no_formulas() -> None:
    source = "From $5 to $10, from $HOME to $PATH, US$3 and $a$b."
    assert shown(source, 80) == [source]


def test_a_formula_as_a_block() -> None:
    source = "So\n$$\n\\begin{aligned}\na &= b \\\\\n- c &= d\n\\end{aligned}\n$$\n- item\n  \\[ x^2 \\]\n"
    assert shown(source) == ["So", "", "  a = b", "  −c = d", "", "• item", "    x²"]


def test_a_formula_that_is_not_complete_yet_stays_one_block() -> None:
    assert settled_chars("Words.\n\n$$\na\n\nb") == len("Words.\n\n")


def test_columns_are_aligned() -> None:
    assert shown("| left | mid | right |\n|:--|:-:|--:|\n| a | b | c |") == [
        "left │ mid │ right",
        "─────┼─────┼──────",
        "a    │  b  │     c",
    ]
