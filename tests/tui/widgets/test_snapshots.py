"""What the content looks like. `make snapshots` draws these anew; look at each before you commit it."""

from collections.abc import Awaitable, Callable

import numpy as np
import pandas as pd
import pytest
from textual.app import App
from textual.pilot import Pilot

from codeact_tui.protocol.events import VariablesChanged
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.output import OutputView
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import REPLY, Frame, every_kind
from tests.tui.widgets.looking import Looking, settled

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}
ALL_SIZES = {"60x20": (60, 20), **SIZES, "200x60": (200, 60)}
THEMES = ("dark", "light", "ansi")
SnapCompare = Callable[..., bool]
Before = Callable[[Pilot[None]], Awaitable[None]]

FRAME = Variable("df", "pandas.DataFrame", "table", (1200, 5), 47_000, "region revenue month")
VARIABLES = (
    FRAME,
    Variable("answer", "int", size_bytes=28, summary="42"),
    Variable("weights", "numpy.ndarray", "array", (3, 4), 96, "float64 0.1 … 0.9"),
    Variable("settings", "dict", shape=(2,), size_bytes=184, summary="{'name': 'x', 'inner': {…}}"),
)


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)


def told(*, unfold: str | None = None, stream: str = "", theme: str = "dark") -> tuple[App[None], Before]:
    conversation = Conversation(now=lambda: 1_700_000_020.0)

    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        conversation.load(every_kind().transcript)
        if stream:
            conversation.stream("text", stream)
            conversation.stream("code", "import pandas as pd\ndf = pd.read_csv('sales.csv')\n")
        if unfold is not None:
            conversation.select_action(ActionId(unfold))
            conversation.toggle_fold()
        conversation.flush()
        await pilot.pause()

    return Frame(conversation, theme=theme), before


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_a_session(snap_compare: SnapCompare, size: str, theme: str) -> None:
    app, before = told(theme=theme)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("theme", THEMES)
def test_a_cell_unfolded(snap_compare: SnapCompare, theme: str) -> None:
    app, before = told(unfold="a1", theme=theme)
    assert snap_compare(app, terminal_size=SIZES["120x36"], run_before=before)


def test_an_edited_cell_unfolded(snap_compare: SnapCompare) -> None:
    app, before = told(unfold="a3")
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_a_reply_that_streams(snap_compare: SnapCompare, size: str) -> None:
    app, before = told(stream=f"# Findings\n\n{REPLY}\nI'll load it *now*")
    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("theme", THEMES)
def test_the_output_of_a_cell(snap_compare: SnapCompare, theme: str) -> None:
    view = OutputView()

    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        view.show(every_kind().transcript.actions[ActionId("a1")])
        view.action_bottom()
        await pilot.pause()

    assert snap_compare(Frame(view, theme=theme), terminal_size=SIZES["80x24"], run_before=before)


@pytest.mark.parametrize("width", [40, 60, 120])
def test_the_variables(snap_compare: SnapCompare, width: int) -> None:
    pane = VariablesPane()

    async def before(pilot: Pilot[None]) -> None:
        pane.changed(VariablesChanged(added=VARIABLES, total=4))
        pane.changed(VariablesChanged(changed=VARIABLES[1:2], removed=("settings",), total=3))
        await pilot.press("down")

    assert snap_compare(Frame(pane), terminal_size=(width, 10), run_before=before)


def looked_into(name: str, value: object, *keys: str, theme: str = "dark") -> tuple[App[None], Before]:
    app = Looking({name: value}, theme=theme)

    async def before(pilot: Pilot[None]) -> None:
        await app.open(pilot, name)
        await pilot.press(*keys)
        await settled(pilot)

    return app, before


def sales() -> pd.DataFrame:
    regions = ["north", "south", "east", None, "中部"]
    return pd.DataFrame(
        {
            "region": [regions[row % 5] for row in range(1200)],
            "revenue": [None if row % 7 == 3 else row * 97.5 for row in range(1200)],
            "month": [f"2024-{row % 12 + 1:02}" for row in range(1200)],
            "a rather long name of a column": ["x" * (row % 50) for row in range(1200)],
            "id": range(1200),
        }
    )


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", ALL_SIZES)
def test_a_data_frame(snap_compare: SnapCompare, size: str, theme: str) -> None:
    app, before = looked_into("df", sales(), "right", "down", "down", theme=theme)
    assert snap_compare(app, terminal_size=ALL_SIZES[size], run_before=before)


@pytest.mark.parametrize("size", ALL_SIZES)
def test_the_figures_of_a_column(snap_compare: SnapCompare, size: str) -> None:
    app, before = looked_into("df", sales(), "right", "h")
    assert snap_compare(app, terminal_size=ALL_SIZES[size], run_before=before)


def test_an_array(snap_compare: SnapCompare) -> None:
    values = np.sin(np.linspace(0, 30, 5000)) * np.linspace(0, 1, 5000)
    app, before = looked_into("wave", values)
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)


def test_a_picture(snap_compare: SnapCompare) -> None:
    y, x = np.mgrid[0:60, 0:80]
    image = np.stack([x * 3, y * 4, 255 - x * 3], axis=-1).astype("uint8")
    image[20:40, 20:60] = (250, 200, 40)
    app, opened = looked_into("image", image)

    async def before(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType]
        await settled(pilot)

    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)


def test_a_nested_object(snap_compare: SnapCompare) -> None:
    value = {"name": "x", "inner": {"deep": [1, 2]}, "frame": sales().head(3), **{str(row): row for row in range(200)}}
    app, before = looked_into("settings", value, "down", "enter", "down")
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)
