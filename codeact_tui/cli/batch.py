"""What `codeact eval` and `codeact collect` share: flags, the settings that count, and how far things have come."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from codeact_tui.cli.chat import project_folder
from codeact_tui.config.loading import load
from codeact_tui.config.schema import Config
from codeact_tui.config.sources import Flag
from codeact_tui.evals.runner import OnProgress, Progress

__all__ = ["BatchFlags", "settings", "show_progress"]


class BatchFlags(Struct, frozen=True, kw_only=True):
    """What may be typed after both."""

    models: tuple[str, ...]
    jobs: int
    requests_per_minute: float
    limit: int | None
    python: str | None
    sandbox: str | None
    folder: Path | None
    as_json: bool

    def config(self) -> Config:
        """Read the settings that count here, with what the command line sets.

        Raises:
            CodeActError: One can't be used.
        """
        return settings(self.folder, python=self.python, sandbox=self.sandbox)

    def asked(self, config: Config) -> tuple[str, ...]:
        """Give the models that are asked: those that were named, else the one of the settings."""
        return self.models or (config.model.name or "demo",)


def settings(folder: Path | None, **flags: str | None) -> Config:
    """Read the settings that count here, with what the command line sets.

    Raises:
        CodeActError: One can't be used.
    """
    keys = {"python": ("kernel", "python"), "sandbox": ("sandbox", "mode")}
    given = [Flag(f"--{name}", keys[name], value) for name, value in flags.items() if value is not None]
    return load(project_folder(folder), flags=given).config


@contextmanager
def show_progress(what: str, good: str = "right") -> Generator[OnProgress]:
    """Show on stderr how far things have come: a bar on a terminal, else a line for every tenth."""
    try:
        with _shown(what, good) as on_progress:
            yield on_progress
    except KeyboardInterrupt:
        print("Stopped; what is done is kept. The same command goes on.", file=sys.stderr)
        raise


@contextmanager
def _shown(what: str, good: str) -> Generator[OnProgress]:
    if not sys.stderr.isatty():
        yield _Lines(what, good).tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    parts = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"), TimeRemainingColumn())
    with Bar(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, more="")
        yield lambda now: bar.update(task, completed=now.done, total=now.of, more=_more(now, good))


class _Lines:
    """Tells of progress in lines, for a log."""

    def __init__(self, what: str, good: str) -> None:
        self._what = what
        self._good = good
        self._tenth = -1

    def tell(self, now: Progress) -> None:
        tenth = 10 * now.done // max(now.of, 1)
        if tenth != self._tenth:
            self._tenth = tenth
            print(f"{now.done} of {now.of} {self._what}, {_more(now, self._good)}", file=sys.stderr, flush=True)


def _more(now: Progress, good: str) -> str:
    cost = "" if not now.cost_usd else f", ${now.cost_usd:.2f}"
    missed = f", {now.missed} not run" if now.missed else ""
    return f"{now.right} {good}{cost}{missed}"
