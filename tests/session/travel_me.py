"""The child of test_travel_sigkill: a session over a real kernel that runs cells and goes back, until it is killed."""

import asyncio
import os
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from codeact_tui.config.schema import Config
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import CellFinished, Envelope, Failed, KernelRecovered, KernelStarted, Rewound
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import RunUserCode, Undo
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.store.sqlite import SqliteCatalog


async def main(database: Path, session: SessionId, folder: Path) -> None:
    journal = await SqliteCatalog(database).open(session)
    kernel = JupyterKernel(folder, checkpoints=CheckpointLimits(6, 1 << 30))
    seat = ModelSeat("scripted", lambda _: SeatedModel(ScriptedModel(), "execute", 100_000))
    transcript = await read_transcript(journal)
    controller = await open_session(journal, transcript, kernel=kernel, seat=seat, config=Config(), folder=str(folder))
    steps = count()
    happened = asyncio.Event()

    def hear(envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, CellFinished | Rewound | KernelStarted | KernelRecovered | Failed):
                os.write(1, f"{type(event).__name__}\n".encode())
            if isinstance(event, CellFinished | Rewound | KernelStarted | Failed):
                happened.set()

    controller.listen(hear)
    await happened.wait()
    os.write(1, b"process %d\n" % (await _pid(kernel)))
    for step in steps:
        happened.clear()
        controller.send(Undo() if step % 3 == 2 else RunUserCode(f"x = {step}"))
        await happened.wait()


async def _pid(kernel: JupyterKernel) -> int:
    running = kernel._running  # pyright: ignore[reportPrivateUsage]
    assert running is not None
    return running.process.pid


asyncio.run(main(Path(sys.argv[1]), SessionId(sys.argv[2]), Path(sys.argv[3])))
