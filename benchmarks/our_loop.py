"""codeact's session on its real parts, as the program joins them, without a front end. A process of its own.

`python -m benchmarks.our_loop` prints a line when the kernel is up. Then it runs a turn for each line that it reads,
or, where that begins with `!`, a cell, and prints how many seconds that took. Settings come by `CODEACT_*` variables.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from codeact_tui.cli.chat import ChatFlags, chat_options
from codeact_tui.desk import ChatDesk
from codeact_tui.protocol.events import CellFinished, Envelope, Event, KernelStarted, TurnFinished
from codeact_tui.protocol.ops import RunUserCode, SubmitPrompt
from codeact_tui.stored_sessions import open_catalog

__all__ = ["main"]


async def main() -> None:
    """Run turns as they are asked for."""
    desk = ChatDesk(chat_options(ChatFlags(), screen=False, interactive=False), open_catalog())
    session = await desk.open()
    kernel_up, over = asyncio.Event(), asyncio.Event()
    awaited: type[Event] = TurnFinished

    def hear(envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if isinstance(envelope.event, awaited):
                over.set()
            elif isinstance(envelope.event, KernelStarted):
                kernel_up.set()

    session.listen(hear)
    await kernel_up.wait()
    print("ready", flush=True)
    while prompt := await asyncio.to_thread(sys.stdin.readline):
        over.clear()
        awaited = CellFinished if prompt.startswith("!") else TurnFinished
        started_s = time.perf_counter()
        session.send(RunUserCode(prompt[1:]) if prompt.startswith("!") else SubmitPrompt(prompt))
        await over.wait()
        print(json.dumps(time.perf_counter() - started_s), flush=True)
    await session.close()
    await desk.close()


if __name__ == "__main__":
    asyncio.run(main())
