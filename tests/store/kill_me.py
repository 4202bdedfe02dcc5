"""The child of test_sigkill: appends scripted events, some at the same time, says what is kept, until it is killed."""

import asyncio
import os
import sys
from pathlib import Path

from codeact_tui.protocol.events import CellOutput, PromptSubmitted, StoredEvent
from codeact_tui.protocol.ids import SessionId, action_id
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.store.sqlite import SqliteCatalog

_AT_ONCE = 7


def is_prompt(sequence: int) -> bool:
    return sequence % 3 == 1


def scripted(sequence: int) -> StoredEvent:
    """Give the event that belongs at a place."""
    if is_prompt(sequence):
        return PromptSubmitted(f"prompt{sequence}x")
    return CellOutput(action_id(sequence), StreamOutput("stdout", f"{sequence} " * (sequence * 37 % 900)))


async def main(database: Path, session: SessionId) -> None:
    journal = await SqliteCatalog(database).open(session)
    last = 0
    async for envelope in journal.read():
        last = envelope.sequence
    while True:
        calls = [journal.append([scripted(last + 1), scripted(last + 2)])]
        if last % 5 == 0:
            calls += [journal.append([scripted(last + 3 + number)]) for number in range(_AT_ONCE)]
        for answer in await asyncio.gather(*calls):
            last = answer[-1].sequence
            os.write(1, b"%d\n" % last)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), SessionId(sys.argv[2])))
