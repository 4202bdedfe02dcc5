"""The rows of a data frame as they are displayed."""

import msgspec
import pandas as pd
import polars as pl
import pytest

from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.inside.display_tables import table_rows
from codeact_tui.protocol.outputs import ExecuteResult
from codeact_tui.protocol.variables import VariableTable
from codeact_tui.tui.rendering.table_part import TABLE
from tests.kernel.helpers import Cells

FRAME = pd.DataFrame({"n": range(1000), "x": [None, *(f"v{at}" for at in range(999))]})


def read(value: object) -> VariableTable:
    return msgspec.convert(table_rows(value), VariableTable)


@pytest.mark.parametrize("frame", [FRAME, pl.DataFrame({"n": range(1000), "x": [None] + ["v"] * 999})])
def test_of_a_long_frame_head_and_tail_are_given(frame: object) -> None:
    found = read(frame)
    assert (found.columns, found.total_rows) == (("n", "x"), 1000)
    assert [row[0] for row in found.rows[38:42]] == ["38", "39", "980", "981"]
    assert len(found.index) == len(found.rows) == 60
    assert found.missing[0] == 1


def test_a_short_frame_is_given_whole_and_an_empty_one_too() -> None:
    assert len(read(FRAME.head(60)).rows) == 60
    assert read(FRAME.head(0)).rows == ()


@pytest.mark.parametrize("value", [1, "text", [1, 2], {"a": [1]}, object()])
def test_what_is_no_table_has_no_rows(value: object) -> None:
    assert table_rows(value) is None


@pytest.mark.kernel
async def test_a_frame_that_is_a_cells_result_brings_its_rows(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import pandas as pd\npd.DataFrame({'a': [1, 2]})")
    (result,) = [output for output in cells.outputs if isinstance(output, ExecuteResult)]
    assert msgspec.json.decode(result.data[TABLE], type=VariableTable).rows == (("1",), ("2",))
    assert "text/plain" in result.data


@pytest.mark.kernel
async def test_a_frame_whose_rows_can_not_be_had_is_shown_all_the_same(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import pandas as pd\nframe = pd.DataFrame({'a': [1]})\nframe.__dict__['_mgr'] = None\n1")
    await cells.run("class Frame(pd.DataFrame):\n    shape = property(lambda self: 1 / 0)\nFrame({'a': [1]})")
    assert isinstance(cells.outputs[-1], ExecuteResult)
