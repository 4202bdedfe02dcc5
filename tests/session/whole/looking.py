"""Holds a session against what ought to be in it."""

from codeact_tui.session.context import ContextBuilder
from codeact_tui.session.entries import ActionEntry, PromptEntry, ReplyEntry
from codeact_tui.session.observations import output_text
from codeact_tui.session.transcript import Transcript
from tests.session.whole.cells import Names
from tests.session.whole.house import House, Sitting
from tests.session.whole.oracle import Oracle

__all__ = ["check"]


async def check(house: House, sitting: Sitting, oracle: Oracle, cells: int) -> None:
    """Hold files, variables, conversation, and what the model is shown, against the oracle.

    Args:
        house: Has the files.
        sitting: The session.
        oracle: What ought to be there.
        cells: How many cells there were so far, in any session.
    """
    _same("files", house.contents(), oracle.files)
    _same("variables", await sitting.look(), _seen(oracle.values.names))
    ought = [(each.kind, each.text, each.status, each.printed) for each in oracle.items]
    _same("conversation", _conversation(sitting.controller.transcript), ought)
    built = ContextBuilder("execute", 10_000).build(sitting.controller.transcript, 1_000_000)
    told = "\n".join(message.content for message in built)
    marks = [f"n{count};" for count in range(1, cells + 1)]
    shown = [mark for mark in marks if mark in told]
    _same("what the model is shown", shown, [mark for mark in marks if any(mark in each.text for each in oracle.items)])


def _same(what: str, found: object, ought: object) -> None:
    assert found == ought, f"{what}: {found!r} and not {ought!r}"


def _conversation(transcript: Transcript) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    for entry in transcript.entries:
        match entry:
            case _ if entry.undone:
                continue
            case PromptEntry():
                found.append(("prompt", entry.text, "", ""))
            case ReplyEntry():
                found.append(("reply", entry.reply.text, "", ""))
            case ActionEntry(record=record):
                status = str(record.status) if record.state == "finished" else record.state
                found.append(("cell", record.code, status, output_text(record.outputs) if status == "ok" else ""))
            case _:
                continue
    return found


def _seen(names: Names) -> dict[str, object]:
    known = [name for name in "abc" if name in names]
    return {
        "values": {name: names[name] for name in known},
        "same": [[one, other] for one in known for other in known if one < other and names[one] is names[other]],
        "f": names["f"].value if "f" in names else None,
        "modules": [name for name in ("m", "random") if name in names],
    }
