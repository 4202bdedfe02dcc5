"""The child of test_dry_run_kernel: a dry run that changes files and goes on for ever, until this is killed."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from codeact_tui.config.schema import Config
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.protocol.events import ApprovalRequested, CellOutput, Envelope
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import DryRun, SubmitPrompt
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.session.model_seat import ModelSeat, SeatedModel
from codeact_tui.session.opening import open_session, read_transcript
from codeact_tui.store.sqlite import SqliteCatalog
from tests.session.bench import act
from tests.session.test_dry_runs import rehearsal_files

CODE = """
from pathlib import Path
Path("new.txt").write_text("new")
Path("notes.md").write_text("changed")
Path("old.txt").unlink()
print("changed", flush=True)
while True:
    pass
"""


async def main(workspace: Path, session: SessionId) -> None:
    journal = await SqliteCatalog(workspace.parent / "sessions.db").open(session)
    model = ScriptedModel([act(CODE)])
    controller = await open_session(
        journal,
        await read_transcript(journal),
        kernel=JupyterKernel(workspace, checkpoints=CheckpointLimits(10, 1 << 30)),
        seat=ModelSeat("scripted", lambda _: SeatedModel(model, "execute", 100_000)),
        config=Config(),
        folder=str(workspace),
        rehearsal_files=rehearsal_files(workspace),
    )

    def hear(envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            match envelope.event:
                case ApprovalRequested() as asked:
                    controller.send(DryRun(asked.action, asked.revision, asked.sha256))
                case CellOutput():
                    print("now", flush=True)
                case _:
                    pass

    controller.listen(hear)
    controller.send(SubmitPrompt("go"))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), SessionId(sys.argv[2])))
