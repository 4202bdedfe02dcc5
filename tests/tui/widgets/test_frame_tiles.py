from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.variables import TablePart, VariableTable
from codeact_tui.tui.widgets.frame_tiles import FIRST_TILE, TILE_COLUMNS, TILE_ROWS, FrameTiles, Sort

ROWS, COLUMNS = 10_000_000, 60


class Source:
    """Answers as a kernel does, when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, TablePart]] = []
        self.tiles = FrameTiles(self._ask)
        self.tiles.take(0, FIRST_TILE, self.window(0, FIRST_TILE))

    def _ask(self, start: int, part: TablePart) -> None:
        self.asked.append((start, part))

    def window(self, start: int, part: TablePart, **more: bool | str) -> VariableTable:
        rows = range(start, min(start + part.rows, ROWS))
        columns = range(part.first_column, min(part.first_column + part.columns, COLUMNS))
        cells = tuple(tuple(f"{row}:{column}" for column in columns) for row in rows)
        names = tuple(f"c{column}" for column in columns)
        labels = tuple(map(str, rows))
        return VariableTable(names, ("object",) * len(columns), labels, cells, ROWS, COLUMNS, **more)  # pyright: ignore[reportArgumentType]

    def answer(self) -> None:
        start, part = self.asked[-1]
        self.tiles.take(start, part, self.window(start, part))

    def answer_all(self) -> None:
        """Answer until nothing more is asked."""
        done = 0
        while done != len(self.asked):
            done = len(self.asked)
            self.answer()


def test_what_is_in_sight_is_asked_for_first_and_then_what_is_beside_it() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    assert source.asked == [(200, FIRST_TILE)]
    source.answer()
    assert [(start, part.first_column) for start, part in source.asked] == [(200, 0), (0, 16)]
    source.answer_all()
    assert len(source.asked) == 2
    assert source.tiles.cell(29, 7) == ("29:7", False)
    assert source.tiles.label(29) == "29"


def test_what_has_left_the_sight_is_not_asked_for() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    for top in range(1000, 5_000_000, 1000):
        source.tiles.see(range(top, top + 30), range(8))
    source.tiles.see(range(ROWS - 30, ROWS), range(8))
    assert len(source.asked) == 1
    source.answer()
    assert source.asked[1][0] == ROWS - TILE_ROWS
    source.answer()
    assert source.tiles.cell(ROWS - 1, 0) == (f"{ROWS - 1}:0", False)
    assert source.tiles.cell(3_000_000, 0) is None


def test_it_keeps_no_more_than_a_bounded_number_of_parts() -> None:
    source = Source()
    for top in range(0, 40_000, 200):
        source.tiles.see(range(top, top + 30), range(8))
        source.answer_all()
    kept = sum(source.tiles.cell(row, 0) is not None for row in range(0, 40_000, 200))
    assert 3 <= kept <= 48


def test_a_new_order_starts_anew_and_shows_the_old_one_until_it_is_here() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    source.answer_all()
    late = source.asked[-1]
    source.tiles.order(Sort(2))
    assert source.asked[-1][1] == TablePart(rows=200, columns=16, sort=2)
    assert source.tiles.cell(0, 0) == ("0:0", False)
    assert not source.tiles.take(*late, source.window(*late))
    start, part = source.asked[-1]
    assert source.tiles.take(start, part, VariableTable((), (), (), (), ROWS, COLUMNS, sorting=True))
    assert source.tiles.sorting
    source.tiles.see(range(30), range(8))
    count = len(source.asked)
    source.tiles.again()
    assert len(source.asked) == count + 1
    source.answer()
    assert not source.tiles.sorting
    assert source.tiles.cell(0, 0) == ("0:0", False)
    assert source.tiles.cell(0, 20) is None


def test_an_order_that_there_is_not_leaves_the_rows_as_they_are() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    source.tiles.order(Sort(2, descending=True))
    start, part = source.asked[-1]
    source.tiles.take(start, part, source.window(start, part, problem="No."))
    assert (source.tiles.sort, source.tiles.problem) == (None, "No.")
    assert source.tiles.cell(0, 0) == ("0:0", False)


def test_a_table_that_has_grown_is_fetched_anew() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    start, part = source.asked[-1]
    source.tiles.take(start, part, VariableTable(("x",), ("int64",), (), (), 150, 1))
    assert (source.tiles.total_rows, source.tiles.total_columns) == (150, 1)
    assert source.tiles.cell(0, 0) is None
    assert source.asked[-1] == (0, FIRST_TILE)


def test_no_answer_is_a_problem_until_one_looks_again() -> None:
    source = Source()
    source.tiles.see(range(30), range(8))
    source.tiles.fail("The kernel did not answer.")
    assert source.tiles.problem == "The kernel did not answer."
    source.tiles.see(range(30), range(8))
    assert len(source.asked) == 2
    source.tiles.reload()
    assert source.tiles.problem == ""
    assert source.tiles.cell(0, 0) == ("0:0", False)


def test_columns_are_as_wide_as_what_was_seen_and_never_become_narrower() -> None:
    tiles = FrameTiles(lambda _start, _part: None)
    table = VariableTable(("a", "n"), ("object", "int64"), ("7",), (("中文" * 3, "1"),), 1000, 2)
    tiles.take(0, FIRST_TILE, table)
    heads = [tiles.head(0), tiles.head(1)]
    assert [(head.width, head.right) for head in heads if head] == [(12, False), (5, True)]
    assert tiles.index_width == 3
    tiles.take(0, FIRST_TILE, VariableTable(("a", "n"), ("object", "int64"), ("7",), (("x" * 99, "1"),), 1000, 2))
    tiles.take(0, FIRST_TILE, table)
    head = tiles.head(0)
    assert head is not None
    assert head.width == 32
    assert tiles.head(2) is None


@given(
    st.lists(
        st.tuples(
            st.integers(0, ROWS - 1), st.integers(1, 80), st.integers(0, COLUMNS - 1), st.integers(1, 40), st.booleans()
        ),
        max_size=12,
    )
)
def test_whatever_is_looked_at_in_the_end_is_there_in_the_end(places: list[tuple[int, int, int, int, bool]]) -> None:
    source = Source()
    row, high, column, wide = 0, 30, 0, 8
    for row, high, column, wide, answers in places:
        source.tiles.see(range(row, min(ROWS, row + high)), range(column, min(COLUMNS, column + wide)))
        if answers and source.asked:
            source.answer()
    source.tiles.see(range(row, min(ROWS, row + high)), range(column, min(COLUMNS, column + wide)))
    source.answer_all()
    for at in (row, min(ROWS, row + high) - 1):
        for place in (column, min(COLUMNS, column + wide) - 1):
            assert source.tiles.cell(at, place) == (f"{at}:{place}", False)
    assert all(start % TILE_ROWS == 0 and part.first_column % TILE_COLUMNS == 0 for start, part in source.asked)
