"""Widgets in a terminal: the words of a progress bar follow its state."""

import pytest

from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.outputs import DisplayData, UpdateDisplay
from tests.kernel.helpers import Cells

pytestmark = pytest.mark.kernel

BAR = """
import sys, types, time, comm
from IPython.display import display
module = types.ModuleType("ipywidgets.widgets.widget")
module._instances = {}
sys.modules["ipywidgets.widgets.widget"] = module
class Bar:
    value = 0
    def __init__(self):
        module._instances["m1"] = self
        self.comm = comm.create_comm(target_name="jupyter.widget")
    def __repr__(self):
        return f"{self.value} of 3" if self.value >= 0 else 1 / 0
    def move(self, value):
        self.value = value
        self.comm.send({"method": "update"})
bar = Bar()
view = {"text/plain": repr(bar), "application/vnd.jupyter.widget-view+json": {"model_id": "m1"}}
"""


def words(cells: Cells) -> list[str]:
    shown = [output for output in cells.outputs if isinstance(output, DisplayData | UpdateDisplay)]
    assert len({output.display_id for output in shown}) == 1
    return [output.data["text/plain"] for output in shown]


async def test_a_bars_words_follow_it_and_end_with_its_last(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    moves = "for value in (1, 2, 3):\n    time.sleep(0.3)\n    bar.move(value)\nbar.value = 4"
    await cells.run(f"{BAR}\ndisplay(view, raw=True)\n{moves}")
    found = words(cells)
    assert (found[0], found[-1]) == ("0 of 3", "4 of 3")
    assert len(found) > 2


async def test_a_widget_that_can_not_be_written_keeps_its_words(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run(f"{BAR}\ndisplay(view, raw=True)\nbar.value = -1")
    assert words(cells) == ["0 of 3"]
    assert (await cells.run("bar.value = 2")).status == "ok"
    assert words(cells) == ["0 of 3"], "a later cell does not follow it"
