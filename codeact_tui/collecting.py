"""Joins `codeact collect` to sessions: each attempt is one, without a screen, in a folder of its own."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from codeact_tui.api import Session
from codeact_tui.config.schema import Config
from codeact_tui.errors import CodeActError
from codeact_tui.evals.base import SuiteError
from codeact_tui.evals.collecting import Attempt, why_turned_down
from codeact_tui.evals.instructions import Instruction
from codeact_tui.evals.line_file import LineFile
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.paced import PacedModel
from codeact_tui.evals.runner import HOPELESS, MISSES_IN_A_ROW, Progress
from codeact_tui.export.files import export_to_text
from codeact_tui.export.wish import ExportWish
from codeact_tui.parts import make_seated

__all__ = ["CollectOptions", "attempts_to_make", "collect"]

_CHECK_SECONDS = 120.0


class CollectOptions(Struct, frozen=True):
    """What `codeact collect` was asked for."""

    config: Config
    instructions: tuple[Instruction, ...]
    models: tuple[str, ...]
    tries: int = 1
    jobs: int = 1
    requests_per_minute: float = 0.0
    max_turns: int = 10
    seconds: float = 600.0
    checker: str = ""
    """Code that defines `accept(instruction, answer)`; run in each session's kernel."""
    patterns: tuple[str, ...] = ()
    """Regular expressions of what else is taken out."""


class _Wanted(Struct, frozen=True):
    instruction: Instruction
    model: str
    attempt: int


def attempts_to_make(options: CollectOptions, had: Sequence[Attempt]) -> list[_Wanted]:
    """Say which attempts are not made yet."""
    made = {(each.asked, each.model, each.attempt) for each in had}
    return [
        _Wanted(instruction, model, attempt)
        for attempt in range(1, options.tries + 1)
        for instruction in options.instructions
        for model in options.models
        if (instruction.sha256, model, attempt) not in made
    ]


async def collect(
    options: CollectOptions, lines: LineFile[Attempt], on_progress: Callable[[Progress], None]
) -> tuple[list[Attempt], list[str]]:
    """Make the attempts that are not made yet, several at a time, and keep each as it ends.

    Args:
        options: What was asked for.
        lines: Where attempts are kept, open.
        on_progress: Told after each.

    Returns:
        All attempts, and for those that could not be made a sentence each.

    Raises:
        CodeActError: No other attempt will escape what failed one, or an attempt can't be written.
    """
    waiting, done, missed = attempts_to_make(options, lines.had), list(lines.had), list[str]()
    in_a_row: list[str] = []
    of, pace, queue = len(done) + len(waiting), Pace(options.requests_per_minute), list(reversed(waiting))

    def tell() -> None:
        costs = [each.cost_usd for each in done if each.cost_usd is not None]
        accepted = sum(each.accepted for each in done)
        on_progress(Progress(len(done), of, accepted, len(missed), sum(costs) if costs else None))

    async def work() -> None:
        while queue:
            wanted = queue.pop()
            try:
                attempt = await _attempt(wanted, options, pace)
            except HOPELESS:
                queue.clear()
                raise
            except CodeActError as error:
                missed.append(f"{wanted.instruction.id} ({wanted.model}): {error.sentence}")
                in_a_row.append(error.sentence)
                if len(in_a_row) >= MISSES_IN_A_ROW:
                    queue.clear()
                    raise _hopeless(in_a_row) from error
            else:
                in_a_row.clear()
                await asyncio.to_thread(lines.add, attempt)
                done.append(attempt)
            tell()

    tell()
    async with AsyncExitStack() as stack:
        workers = [asyncio.create_task(work(), name="collecting") for _ in range(min(options.jobs, len(waiting)))]
        stack.push_async_callback(_end, workers)
        await asyncio.gather(*workers)
    return done, missed


def _hopeless(missed: Sequence[str]) -> SuiteError:
    return SuiteError(
        f"{len(missed)} attempts in a row could not be made. The last: {missed[-1]}",
        remedy="What is done is kept; the same command goes on.",
    )


async def _end(workers: Sequence["asyncio.Task[None]"]) -> None:
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


async def _attempt(wanted: _Wanted, options: CollectOptions, pace: Pace) -> Attempt:
    """Ask once, in a session that leaves nothing behind."""
    instruction = wanted.instruction
    with TemporaryDirectory(prefix="codeact-collect-", ignore_cleanup_errors=True) as above:
        folder = Path(above) / "work"
        folder.mkdir()
        seated = make_seated(wanted.model, options.config, os.environ)
        model = PacedModel(seated.model, pace)
        async with Session(
            model=model,
            approve="all",
            folder=folder,
            keep=False,
            max_turns=options.max_turns,
            settings=_settings(options.config, instruction),
        ) as session:
            if instruction.setup:
                record = await session.run(instruction.setup, hidden=True, timeout_s=_CHECK_SECONDS)
                if record.status != "ok":
                    raise CodeActError(f"The setup of {instruction.id} fails.", remedy="Run it by itself to see why.")
            outcome = await session.send(instruction.prompt, timeout_s=options.seconds)
            if outcome.end == "failed":
                raise CodeActError(outcome.message or "The model could not be asked.")
            why = why_turned_down(instruction, outcome.answer, outcome.end)
            why = why or await _checked(session, instruction, outcome.answer, options.checker)
            line, mended, replaced = ("", False, ()) if why else await _written(session, options.patterns)
            why = why or ("" if line else "the last cell failed")
            usage = outcome.usage
            return Attempt(
                instruction.id,
                instruction.sha256,
                wanted.model,
                wanted.attempt,
                not why,
                why,
                line,
                mended,
                outcome.turns,
                outcome.actions,
                usage.input_tokens,
                usage.output_tokens,
                usage.cost_usd,
                outcome.seconds,
                replaced,
            )


async def _checked(session: Session, instruction: Instruction, answer: str, checker: str) -> str:
    """Run the checks in the session's kernel, unseen by the model; give why it is turned down."""
    if checker:
        accept = f"{checker}\nassert accept({instruction.prompt!r}, {answer!r})"
        if (await session.run(accept, hidden=True, timeout_s=_CHECK_SECONDS)).status != "ok":
            return "the checker did not accept it"
    if instruction.check:
        check = f"answer = {answer!r}\n{instruction.check}"
        if (await session.run(check, hidden=True, timeout_s=_CHECK_SECONDS)).status != "ok":
            return "its check failed"
    return ""


async def _written(session: Session, patterns: tuple[str, ...]) -> tuple[str, bool, tuple[str, ...]]:
    """Write the trajectory as a line, empty where it did not end well; say whether an error was mended in it."""
    sessions = [await session.history()]
    wish = ExportWish("codeact-instruct", success_only=True, patterns=patterns)
    mended = ExportWish("codeact-instruct", success_only=True, mended_only=True, patterns=patterns)
    line, done = await asyncio.to_thread(export_to_text, sessions, wish, os.environ)
    again, _ = await asyncio.to_thread(export_to_text, sessions, mended, os.environ)
    return line.strip(), bool(again.strip()), done.notes


def _settings(config: Config, instruction: Instruction) -> dict[str, object]:
    """Give what differs from the settings: everything runs unasked, so a sandbox is insisted on."""
    mode = "require" if config.sandbox.mode == "auto" else config.sandbox.mode
    return {
        "sandbox.mode": mode,
        "sandbox.readable": [*config.sandbox.readable, *instruction.readable],
        "kernel.python": config.kernel.python,
    }
