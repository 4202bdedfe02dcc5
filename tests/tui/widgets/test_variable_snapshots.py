"""What the variables look like: sorted, filtered, grouped, compared."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import Frame

SnapCompare = Callable[..., bool]
SIZES = {"60x20": (60, 20), "80x24": (80, 24), "120x36": (120, 36), "200x60": (200, 60)}
SALES = Variable("sales", "pandas.DataFrame", "table", (1200, 5), 47_000, "region, year, month, revenue, units")
WIDER = Variable("sales", "pandas.DataFrame", "table", (1200, 6), 56_600, "region, year, month, revenue, units, share")
LISTED = (
    Variable("regions", "list", shape=(5,), size_bytes=104, summary="['North', 'South', 'East', 'West', 'Centre']"),
    SALES,
    Variable("growth", "numpy.ndarray", "array", (5, 12), 480, "float64, -0.31 to 0.48"),
    Variable("by_month", "dict", shape=(12,), size_bytes=352, summary="{'January': 1200, 'February': 1310, …}"),
    Variable("total", "float", size_bytes=24, summary="1284000.5"),
    Variable("label", "str", shape=(18,), size_bytes=67, summary="'Revenue by region'"),
    Variable("\u4e2d\u6587", "str", shape=(3,), size_bytes=80, summary="'\u5bbd\u5b57\u7b26'"),
    Variable("model", "sklearn.linear_model.LinearRegression", "other", summary="LinearRegression()"),
)
CHANGED = VariablesChanged(
    ActionId("a4"), changed=(WIDER,), added=(Variable("best", "str", shape=(5,), summary="'North'"),), total=9
)


def told(pane: VariablesPane, *keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Let cells run, then press keys."""

    async def run(pilot: Pilot[None]) -> None:
        pane.listed(VariablesListed(LISTED, total=len(LISTED)))
        pane.changed(CHANGED)
        pane.focus()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return run


KEYS = {
    "sorted": ("s",),
    "grouped": ("g",),
    "filtered": ("slash", "s"),
    "compared": ("up", "c"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shown", KEYS)
def test_the_list(snap_compare: SnapCompare, size: str, shown: str) -> None:
    pane = VariablesPane()
    assert snap_compare(Frame(VariablesBox(pane)), terminal_size=SIZES[size], run_before=told(pane, *KEYS[shown]))


@pytest.mark.parametrize("theme", ["light", "ansi", "contrast"])
def test_themes(snap_compare: SnapCompare, theme: str) -> None:
    pane = VariablesPane()
    app = Frame(VariablesBox(pane), theme=theme)
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=told(pane, "g", "s"))
