"""Goes back and forth in a session, and does in the oracle what ought to come of it."""

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from codeact_tui.protocol.events import Failed, Noted, VariablesRestored
from codeact_tui.protocol.ops import Redo, Rewind, Undo
from codeact_tui.protocol.travel import EVERYTHING, Rewound, TravelPart
from codeact_tui.protocol.travel_files import TravelAsked, VariableWay
from codeact_tui.session.points import points
from tests.session.whole.oracle import Back, Going, Values

if TYPE_CHECKING:
    from tests.session.whole.player import Player

__all__ = ["come_back", "redo", "rewind", "undo"]

_WHATS: tuple[tuple[TravelPart, ...], ...] = (
    EVERYTHING,
    ("conversation",),
    ("variables",),
    ("files",),
    ("variables", "files"),
    ("conversation", "variables"),
)


async def undo(player: "Player", way: int, conflicts: int) -> None:
    """Take the last cell back."""
    cells = [place for place in player.oracle.places() if player.oracle.items[place].kind == "cell"]
    if cells:
        await _go(player, Undo(), cells[-1], EVERYTHING, way, conflicts)
    else:
        await player.refused(Undo())


async def rewind(player: "Player", where: int, what: int, how: int) -> None:
    """Go back to a point, with some of it."""
    places, parts = player.oracle.places(), _WHATS[what % len(_WHATS)]
    if not places:
        return
    sequence = player.points()[where % len(places)].sequence
    op = Rewind(sequence, parts)
    if parts == ("files",) and player.oracle.past(sequence) is None:
        await player.refused(op)
    else:
        await _go(player, op, places[where % len(places)], parts, how, how // 3)


async def redo(player: "Player", conflicts: int) -> None:
    """Take a going back itself back."""
    oracle, back = player.oracle, player.oracle.undoable
    if back is None or back.lost:
        await player.refused(Redo())
        return
    past = back.files or (oracle.past(back.sequence) if "files" in back.what else None)
    going = None if past is None else oracle.going(past)
    overwrite = conflicts % 2 == 1
    items, was = tuple(oracle.items), oracle.values
    event = await _sent(player, Redo(), going, overwrite, None)
    sequence = player.last_rewound()
    files = oracle.went(event, sequence, going, overwrite=overwrite)
    oracle.backs[sequence] = Back(sequence, event.what, items, was, files)
    if "conversation" in back.what:
        oracle.items = list(back.items)
    if back.needed and back.held:
        oracle.values = back.values
    oracle.undoable = None


async def come_back(player: "Player", where: int, what: int, conflicts: int) -> None:
    """Go to before a going back, whatever has happened since, with what is kept of it."""
    oracle = player.oracle
    found = [each for each in points(player.sitting.controller.transcript) if each.kind == "rewind"]
    if not found:
        return
    point, parts = found[where % len(found)], _WHATS[what % len(_WHATS)]
    if not player.sitting.holds(point.saved):
        parts = tuple[TravelPart, ...](part for part in parts if part != "variables")
    back = oracle.backs[point.sequence + 1]
    past = (back.files or oracle.past(back.sequence)) if "files" in parts else None
    op = Rewind(point.sequence, parts)
    if not parts or (parts == ("files",) and past is None):
        await player.refused(op)
        return
    going = None if past is None else oracle.going(past)
    overwrite = conflicts % 2 == 1
    was, items = oracle.values, tuple(oracle.items)
    event = await _sent(player, op, going, overwrite, None)
    sequence = player.last_rewound()
    files = oracle.went(event, sequence, going, overwrite=overwrite)
    if "conversation" in parts:
        oracle.items = list(back.items)
    if "variables" in parts:
        oracle.values = back.values
    needed = event.checkpoint is not None
    held, lost = not needed or event.saved is not None, needed and event.saved is None
    oracle.undoable = oracle.backs[sequence] = Back(sequence, event.what, items, was, files, held, lost, needed)


async def _go(
    player: "Player", op: Undo | Rewind, place: int, parts: tuple[TravelPart, ...], way: int, conflicts: int
) -> None:
    oracle = player.oracle
    point = player.points()[oracle.places().index(place)]
    target = oracle.past(point.sequence) if "files" in parts else None
    going = None if target is None else oracle.going(target)
    overwrite = conflicts % 2 == 1
    to, was = oracle.items[place], oracle.values
    event = await _sent(player, op, going, overwrite, way)
    assert event.way is None or to.before.life != was.life or to.kind == "prompt", event
    items, sequence = list(oracle.items), player.last_rewound()
    past = oracle.went(event, sequence, going, overwrite=overwrite)
    if "conversation" in parts:
        del oracle.items[place - to.proposed :]
    if "variables" in parts and event.way is None:
        oracle.values = to.before
    if event.way == "disk":
        await player.sitting.waits(lambda: player.after(sequence, VariablesRestored))
        oracle.values = replace(to.before, life=player.life())
    if event.way == "replay":
        await _replayed(player, to.before, sequence)
    needed = event.checkpoint is not None or event.way in {"disk", "replay"}
    held = not needed or event.saved is not None
    lost = event.checkpoint is not None and event.saved is None
    back = Back(sequence, event.what, tuple(items), was, past, held, lost, needed)
    oracle.undoable = oracle.backs[sequence] = back


async def _sent(
    player: "Player", op: Undo | Rewind | Redo, going: Going | None, overwrite: bool, way: int | None
) -> Rewound:
    """Go, and answer what is asked, if that is what has to be."""
    event = await player.sitting.send(op, Rewound, TravelAsked, Failed)
    conflicts = going.conflicts if going else ()
    if isinstance(event, TravelAsked):
        assert event.count == len(conflicts), (event, going)
        assert event.problem or event.count, event
        chosen: VariableWay | None = None
        if event.problem:
            assert way is not None, event
            chosen = event.ways[way % len(event.ways)]
        op = msgspec.structs.replace(op, conflicts="overwrite" if overwrite else "keep")
        op = op if isinstance(op, Redo) else msgspec.structs.replace(op, way=chosen)
        event = await player.sitting.send(op, Rewound, TravelAsked, Failed)
    else:
        assert not conflicts, (event, going)
    assert isinstance(event, Rewound), event
    return event


async def _replayed(player: "Player", to: Values, sequence: int) -> None:
    """The cells run again, in a fresh Python, until one does not end well."""
    oracle = player.oracle
    await player.sitting.waits(lambda: player.after(sequence, Noted))
    oracle.anew(player.life())
    ran = [each for each in player.entries() if each.sequence > sequence]
    for place, work in enumerate(to.made_by):
        if oracle.ran(work, ran[place].sequence).status != "ok":
            assert len(ran) == place + 1
            return
    assert len(ran) == len(to.made_by)
