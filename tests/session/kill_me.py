"""The child of test_sigkill: a session without an end; each event shown is written to stdout, until it is killed."""

import asyncio
import os
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.model.scripted import Script, ScriptedModel
from codeact_tui.protocol.codec import encode
from codeact_tui.protocol.events import Envelope, TurnFinished
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Interrupt, RunUserCode, SubmitPrompt
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.store.sqlite import SqliteCatalog
from tests.session.bench import ToyKernel, act


class EndlessScripts(list[Script]):
    """Replies for ever: two actions, then an answer."""

    def __init__(self) -> None:
        super().__init__(["x"])
        self._turns = count()

    def pop(self, index: object = -1, /) -> Script:
        number = next(self._turns)
        return "Done." if number % 3 == 2 else act(f"print {number}")


async def main(database: Path, session: SessionId) -> None:
    journal = await SqliteCatalog(database).open(session)
    model = ScriptedModel()
    model.scripts = EndlessScripts()
    controller = await open_session(
        journal,
        await read_transcript(journal),
        kernel=ToyKernel(),
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(session=SessionConfig(policy="all")),
        folder="/",
    )
    turns = count()

    def hear(envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if envelope.sequence:
                os.write(1, b"%d %s\n" % (envelope.sequence, encode(envelope.event)))
            if isinstance(envelope.event, TurnFinished):
                controller.send(RunUserCode("print own"))
                controller.send(SubmitPrompt(f"prompt {next(turns)}"))
                if next(turns) % 5 == 0:
                    controller.send(Interrupt())

    controller.listen(hear)
    controller.send(SubmitPrompt("go"))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), SessionId(sys.argv[2])))
