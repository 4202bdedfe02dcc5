"""Code, diffs, variables and lists as lines."""

import re

from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.line.commands import COMMANDS, find_command, help_text
from codeact_tui.line.drawing import columns, draw_code, draw_detail, draw_diff, draw_sessions, draw_variables
from codeact_tui.line.words import (
    ago,
    bundle_text,
    cost,
    first_line,
    label_of,
    one_line,
    tokens,
    wrapped,
)
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.variables import Variable, VariableDetail, VariableNode, VariableTable
from codeact_tui.protocol.visible import visible
from codeact_tui.store.base import SessionSummary

_SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_plain_code_is_numbered_and_whole() -> None:
    assert draw_code("a = 1\n\n\tb = '[red]'", colour=False, width=20) == "   1  a = 1\n   2\n   3  \tb = '[red]'"


def test_invisible_characters_are_written_out_in_both() -> None:
    for colour in (True, False):
        drawn = _SGR.sub("", draw_code("x = 'a\u202eb\x1b[2J'", colour=colour, width=80))
        assert "⟨U+202E⟩" in drawn
        assert "⟨U+001B⟩[2J" in drawn


@given(st.lists(st.text(st.sampled_from("abc ='\"()[]#:\\{}%é漢\u202e\x07")), min_size=1, max_size=6))
def test_coloured_code_says_every_character(lines: list[str]) -> None:
    code = "\n".join(lines)
    drawn = _SGR.sub("", draw_code(code, colour=True, width=400)).split("\n")
    shown = visible(code).split("\n")
    while shown and not shown[-1].strip():
        shown.pop()
    numbers = [line[:4].strip() for line in drawn]
    assert numbers[: len(shown)] == [str(number) for number in range(1, len(shown) + 1)]
    assert [line[4:].rstrip() for line in drawn][: len(shown)] == [line.rstrip() for line in shown]


def test_a_long_line_of_code_is_wrapped_and_not_cut() -> None:
    drawn = _SGR.sub("", draw_code("x = '" + "abcdefghij" * 20 + "'", colour=True, width=40))
    assert "".join(line[4:].strip() for line in drawn.split("\n")).count("abcdefghij") == 20


def test_a_diff_shows_its_signs_without_colour() -> None:
    assert draw_diff("@@ -1 +1 @@\n-a\n+b\u200b", colour=False) == "  @@ -1 +1 @@\n  -a\n  +b⟨U+200B⟩"


def test_variables_stand_in_columns_and_what_is_missing_is_said() -> None:
    variables = (
        Variable("df", "DataFrame", "table", (1200, 5), 47_000, "region revenue"),
        Variable("evil", "x\x1b[2J", summary="[red]\n\x07"),
    )
    drawn = draw_variables(variables, total=12, cut=False, colour=False, width=200)
    assert drawn.split("\n") == [
        "  df    DataFrame  1200×5  47 kB  region revenue",
        "  evil  x                         [red]",
        "[10 variables more, not listed]",
    ]


def test_no_variables() -> None:
    assert draw_variables((), total=0, cut=False, colour=False, width=80) == "No variables."


def test_a_table_in_detail() -> None:
    table = VariableTable(("region", "n"), ("str", "int64"), ("0", "1"), (("north", "5"), ("south", "10")), 1200, 9)
    detail = VariableDetail(Variable("df", "DataFrame", shape=(1200, 9), size_bytes=2_100_000), table=table)
    assert draw_detail(detail, colour=False, width=80).split("\n") == [
        "df: DataFrame, 1200×9, 2.1 MB",
        "     region      n",
        "        str  int64",
        "  0   north      5",
        "  1   south     10",
        "[1,198 rows, 7 columns more, not shown]",
    ]


def test_other_details() -> None:
    nodes = (VariableNode("'a'", "int", "1"), VariableNode("'b'", "list", "[…]"))
    tree = VariableDetail(Variable("d", "dict", shape=(9,)), nodes=nodes, total_nodes=9)
    assert (
        draw_detail(tree, colour=False, width=80) == "d: dict, 9\n  'a'  int   1\n  'b'  list  […]\n[7 more, not shown]"
    )
    function = VariableDetail(Variable("f", "function"), source="def f():\n    pass\n")
    assert draw_detail(function, colour=False, width=80) == "f: function\n   1  def f():\n   2      pass"
    gone = VariableDetail(Variable("g", "?"), error="There is no g.")
    assert draw_detail(gone, colour=False, width=80) == "g: There is no g."
    array = VariableDetail(Variable("a", "ndarray"), statistics=(("mean", "1.5"), ("max", "3")))
    assert draw_detail(array, colour=False, width=80) == "a: ndarray\n  mean  1.5\n  max   3"


def test_sessions() -> None:
    def summary(name: str, title: str, *, is_open: bool = False) -> SessionSummary:
        return SessionSummary(SessionId(name), title, "/p", "demo", 0.0, 0.0, 5, 1, 2, is_open)

    drawn = draw_sessions(
        [summary("s1", "first\x1b[2J"), summary("s2", "second", is_open=True)], current="s1", colour=False, width=200
    )
    lines = drawn.split("\n")
    assert re.fullmatch(r"  \*  s1  \d+ d ago  1 prompt, 2 cells  first", lines[0])
    assert lines[1].endswith("second (open elsewhere)")


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), st.text("ab漢 "))))
def test_columns_never_exceed_the_width(rows: list[tuple[str, str]]) -> None:
    from rich.cells import cell_len

    if rows:
        assert all(cell_len(line) <= 30 for line in columns(rows, width=30).split("\n"))


@given(st.text(st.sampled_from("ab 漢é"), max_size=200), st.integers(10, 40))
def test_wrapping_breaks_only_between_words(line: str, width: int) -> None:
    from rich.cells import cell_len

    lines = wrapped(line, width).split("\n")
    assert " ".join(lines) == line
    if not line.startswith(" "):
        assert all(cell_len(part) <= width or " " not in part.strip() for part in lines)


def test_small_texts() -> None:
    assert [tokens(n) for n in (512, 12_400)] == ["512", "12.4k"]
    assert [cost(usd) for usd in (None, 0.0, 0.0123, 1.5)] == ["cost unknown", "$0.00", "$0.0123", "$1.50"]
    assert [ago(0, now) for now in (5.0, 300.0, 7200.0, 200_000.0)] == ["just now", "5 min ago", "2 h ago", "2 d ago"]


def test_text_from_outside_becomes_one_plain_line() -> None:
    assert one_line("a\n\tb\x1b[31m[red]\r\x07") == "a b[red]"
    assert one_line("x" * 50, 10) == "xxxxxxxxx…"
    assert first_line("\n\nimport os\nos.getcwd()") == "import os …"
    assert label_of("first\nName\x1b[2J? ") == "Name? "


def test_what_can_not_be_drawn_is_named() -> None:
    assert (
        bundle_text({"text/plain": "<Figure>", "image/png": "A" * 4000})
        == "<Figure>\n[not drawn here: image/png, 3.0 kB]"
    )
    assert bundle_text({"application/x": "…"}) == "[not drawn here: application/x]"
    assert bundle_text({}) == "[not drawn here: an empty display]"


def test_every_command_is_found_and_explained() -> None:
    page = help_text(width=200, editing=True)
    for command in COMMANDS:
        assert find_command(command.name) is command
        assert f"/{command.name}" in page
        assert command.says in page
    assert find_command("quit") is find_command("exit")
    assert find_command("stat") is find_command("status")
    assert find_command("re") is None
    assert find_command("") is None
