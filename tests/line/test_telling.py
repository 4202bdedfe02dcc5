"""Events as lines, in an order that can be read."""

import io

from msgspec.structs import replace

from codeact_tui.line.plain import PlainSurface
from codeact_tui.line.telling import Teller
from codeact_tui.protocol.events import CellsStale, Event, KernelStarted, ModelReplied, ReplyDelta
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import StaleCell, StaleSource
from codeact_tui.session.transcript import Transcript


def told(*events: Event) -> str:
    out = io.StringIO()
    teller = Teller(PlainSurface(io.StringIO(), out, delay_s=0.0), Transcript())
    for event in events:
        teller.tell(event)
    return out.getvalue()


def test_a_kernel_that_comes_up_breaks_no_sentence() -> None:
    text = told(
        ReplyDelta("text", "It is "),
        KernelStarted("/usr/bin/python3", "3.12.1", "codeact's own"),
        ReplyDelta("text", "42."),
        ModelReplied("It is 42."),
    )
    assert "It is 42.\n" in text
    assert text.index("3.12.1") > text.index("42.")


def test_what_confines_the_kernel_is_said_in_words() -> None:
    started = KernelStarted("/usr/bin/python3", "3.12.1", "codeact's own", sandbox="landlock")
    assert "in a sandbox." in told(started)
    assert "There is no sandbox: cells have all your rights." in told(replace(started, sandbox="none"))
    assert "There is no sandbox, only limits and no network" in told(replace(started, sandbox="limits"))


def test_a_cell_that_becomes_stale_is_named_once_with_its_reason() -> None:
    first = StaleCell(ActionId("a2"), ("x",))
    fed = StaleCell(ActionId("a3"), (), (StaleSource(ActionId("a2"), ("y",)),))
    text = told(CellsStale((first, fed)), CellsStale((fed,)), CellsStale(()))
    assert text.splitlines() == [
        "[2] is stale: x has changed since it ran.",
        "[3] is stale: it needs y from [2], which is stale.",
        "/rerun-stale runs what is stale again, in order.",
    ]
