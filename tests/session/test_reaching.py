"""What cells have reached on the network: recorded with their end, host by host."""

import asyncio

from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Raise
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.events import ActionProposed, ApprovalRequested, CellFinished, Envelope
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.network import Reached
from codeact_tui.protocol.ops import RunUserCode
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.reaching import NetworkLog, network_lines
from codeact_tui.session.transcript import replay
from tests.session.test_refusing import session, until

A1 = ActionId("a1")
OPEN = Reached("a.example", 443, connections=1, open=1)
CLOSED = Reached("a.example", 443, connections=1, sent_bytes=100, received_bytes=2000)
REFUSED = Reached("b.example", 80, refused=2, reason="sandbox.network does not list b.example:80")


def record(*reached: Reached, effects: tuple[Effect, ...] | None = None, problem: str = "") -> ActionRecord:
    events = [ActionProposed(A1, "x", "0"), CellFinished(A1, "ok", reached=reached)]
    if effects is not None:
        events.insert(1, ApprovalRequested(A1, 0, "0", effects, problem))  # pyright: ignore[reportArgumentType]
    return replay(Envelope(event, place, 0.0) for place, event in enumerate(events, 1)).actions[A1]


async def test_each_cell_is_recorded_with_what_is_new() -> None:
    kernel = FakeKernel({"get()": [], "fail()": [Raise("OSError", "no")]})
    async with session(kernel) as (controller, _, events):

        def ends() -> list[CellFinished]:
            return [each for each in events if isinstance(each, CellFinished)]

        for count, (code, network) in enumerate(
            [("get()", [CLOSED]), ("fail()", [CLOSED, REFUSED]), ("get()", [CLOSED, REFUSED])], 1
        ):
            kernel.network = network
            controller.send(RunUserCode(code))
            await until(controller, lambda count=count: len(ends()) == count)
        assert [each.reached for each in ends()] == [(CLOSED,), (REFUSED,), ()]
        assert controller.transcript.actions[A1].reached == (CLOSED,)


async def test_a_connection_that_closes_late_is_waited_for_a_moment_and_told_later_at_the_latest() -> None:
    kernel = FakeKernel()
    log = NetworkLog(kernel)
    kernel.network = [OPEN]
    asyncio.get_running_loop().call_soon(lambda: kernel.network.__setitem__(0, CLOSED))
    assert await log.news() == (CLOSED,)
    kernel.network = [Reached("a.example", 443, connections=2, open=1, sent_bytes=100, received_bytes=2000)]
    assert await log.news() == (OPEN,)
    kernel.network = [Reached("a.example", 443, connections=2, sent_bytes=150, received_bytes=2500)]
    [late] = await log.news()
    assert late == Reached("a.example", 443, sent_bytes=50, received_bytes=500)
    assert network_lines(record(late)) == ["a.example:443 · by a connection opened before, 50 B sent, 500 B received"]


async def test_many_hosts_are_recorded_together_and_few_are_shown() -> None:
    kernel = FakeKernel()
    kernel.network = [Reached(f"h{number}.example", 443, connections=1) for number in range(30)]
    news = await NetworkLog(kernel).news()
    assert (len(news), news[-1]) == (20, Reached("others", 0, connections=11))
    lines = network_lines(record(*news))
    assert lines[0] == "h0.example:443 · 1 connection"
    assert (len(lines), lines[-1]) == (6, "… 15 more")


def test_the_lines() -> None:
    both = Reached("c.example", 8443, connections=2, open=1, refused=1, sent_bytes=1, reason="no")
    assert network_lines(record(CLOSED, REFUSED, both, Reached("others", 0, refused=3), Reached("", 0, refused=1))) == [
        "a.example:443 · 1 connection, 100 B sent, 2.0 kB received",
        "b.example:80 · refused 2 times: sandbox.network does not list b.example:80",
        "c.example:8443 · 2 connections, 1 B sent, 0 B received, 1 still open, refused: no",
        "other hosts · refused 3 times",
        "a host that can't be read · refused",
    ]


def test_beside_what_was_foretold() -> None:
    asks = Effect(1, "network", "A.example")
    assert network_lines(record(CLOSED, effects=(asks,)))[0].endswith(", as foretold")
    assert network_lines(record(CLOSED, effects=(Effect(1, "network", "a.example:443"),)))[0].endswith("foretold")
    for told in ((), (Effect(1, "network", "z.example"),)):
        assert network_lines(record(CLOSED, effects=told))[0].endswith(", not foretold")
    for kind in ("install", "process", "dynamic", "unknown", "network"):
        assert "foretold" not in network_lines(record(CLOSED, effects=(Effect(1, kind),)))[0]
    assert "foretold" not in network_lines(record(CLOSED, effects=(), problem="it can't be read"))[0]


def test_hostile_hosts_and_reasons_are_visible_and_short() -> None:
    evil = Reached("a\u202e\x1b[31m\nb" * 99, 80, refused=1, reason="x\u202e\ny")
    [line] = network_lines(record(evil))
    assert "⟨U+202E⟩" in line
    assert "\x1b" not in line
    assert "\n" not in line
    assert len(line) < 2500


def test_old_ends_of_cells_are_read() -> None:
    old = b'{"type":"cell_finished","action":"a1","status":"ok","seconds":0.5,"execution_count":1}'
    assert decode_event(old) == CellFinished(A1, "ok", 0.5, 1)
    new = CellFinished(A1, "ok", reached=(CLOSED, REFUSED))
    assert decode_event(encode(new)) == new
