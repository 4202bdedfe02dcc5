"""One job: trials after one another in a kernel of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from codeact_tui.evals.asking import Asker
from codeact_tui.evals.base import Mode, Task, Trial
from codeact_tui.evals.episode import Episode
from codeact_tui.evals.runner import Pending
from codeact_tui.evals.workbench import Workbench
from codeact_tui.kernel.base import Kernel
from codeact_tui.session.model_seat import SeatedModel

__all__ = ["KernelJob", "MakeKernel", "MakeModel"]

MakeKernel = Callable[[Path], Kernel]
"""Makes a kernel that is not started, for a folder."""
MakeModel = Callable[[str, Task, Mode], SeatedModel]
"""Makes a model. One that is scripted is made for each trial; others are made once."""


class KernelJob:
    """Implements `runner.Job`.

    Args:
        tasks: By id.
        asker: How models are asked; its pace is shared by all jobs.
        make_kernel: Called once, with a folder of this job's own.
        make_model: Called for each model.
    """

    def __init__(self, tasks: Mapping[str, Task], asker: Asker, make_kernel: MakeKernel, make_model: MakeModel) -> None:
        self._tasks = tasks
        self._asker = asker
        self._make_model = make_model
        self._folder = TemporaryDirectory(prefix="codeact-eval-", ignore_cleanup_errors=True)
        self._bench = Workbench(make_kernel(Path(self._folder.name)), Path(self._folder.name))
        self._models: dict[str, SeatedModel] = {}

    async def run(self, pending: Pending) -> Trial:
        """Run a trial.

        Raises:
            CodeActError: It can't be run, which says nothing of the model.
        """
        task = self._tasks[pending.task]
        seated = self._models.get(pending.model) or self._make_model(pending.model, task, pending.mode)
        if not seated.model.info.scripted:
            self._models[pending.model] = seated
        episode = Episode(task, pending.mode, seated.model, seated.action_format, self._asker, self._bench)
        return await episode.run(pending.model, pending.repeat)

    async def close(self) -> None:
        """End the kernel and let go of the models."""
        try:
            await self._bench.close()
            for seated in self._models.values():
                await seated.model.close()
        finally:
            self._folder.cleanup()
