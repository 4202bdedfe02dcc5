"""`codeact collect`: makes a training set of sessions that came to a good end."""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from codeact_tui import __version__
from codeact_tui.cli.batch import BatchFlags, show_progress
from codeact_tui.cli.printing import clean_line, print_json, say
from codeact_tui.config.schema import Config
from codeact_tui.errors import CodeActError
from codeact_tui.evals.collecting import Attempt, Datasheet, Filters, choose, datasheet, datasheet_page
from codeact_tui.evals.instructions import Instruction, of_suite, read_instructions
from codeact_tui.evals.line_file import LineFile, write_whole

__all__ = ["CollectFlags", "collect_trajectories"]

_SHOWN_MISSES = 5


class CollectFlags(BatchFlags, frozen=True, kw_only=True):
    """What was typed after `codeact collect`."""

    source: str
    out: Path
    tries: int
    max_turns: int
    timeout_s: float
    checker: Path | None
    mended_only: bool
    min_turns: int
    per_instruction: int
    patterns: tuple[str, ...]


def collect_trajectories(flags: CollectFlags) -> int:
    """Make the attempts that are not made yet, choose, and write; 1 when attempts could not be made.

    Raises:
        CodeActError: The instructions, the settings or the files can't be used, or nothing can be asked.
    """
    from codeact_tui.collecting import CollectOptions, collect

    config = flags.config()
    options = CollectOptions(
        config,
        _instructions(flags.source, config)[: flags.limit],
        flags.asked(config),
        flags.tries,
        flags.jobs,
        flags.requests_per_minute,
        flags.max_turns,
        flags.timeout_s,
        _text(flags.checker),
        flags.patterns,
    )
    filters = Filters(flags.mended_only, flags.min_turns, flags.per_instruction)
    with LineFile(flags.out.with_name(f"{flags.out.name}.attempts"), Attempt) as lines:
        with show_progress("attempts", "accepted") as on_progress:
            attempts, missed = asyncio.run(collect(options, lines, on_progress))
        asked = {each.sha256 for each in options.instructions}
        sheet = _write([each for each in attempts if each.asked in asked], filters, flags.out)
    _tell(sheet, flags.out, as_json=flags.as_json)
    for sentence in missed[:_SHOWN_MISSES]:
        print(clean_line(f"Not asked: {sentence}"), file=sys.stderr)
    if missed:
        print(f"{len(missed)} attempts could not be made. The same command tries them again.", file=sys.stderr)
    return 1 if missed else 0


def _instructions(source: str, config: Config) -> tuple[Instruction, ...]:
    from codeact_tui.evaluating import SHIPPED, load_suite

    path = Path(source).expanduser()
    if path.is_file():
        return read_instructions(path)
    if path.is_dir() or source == SHIPPED:
        return of_suite(asyncio.run(load_suite(source, config)))
    raise CodeActError(f"There is no {source}.", remedy="Give a file of instructions, or a suite.")


def _text(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        source = file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise CodeActError(f"{file} can't be read: {error}.") from error
    if "def accept(" not in source:
        raise CodeActError(f"{file} defines no accept(instruction, answer).", remedy="Define it: it says yes or no.")
    return source


def _write(attempts: list[Attempt], filters: Filters, out: Path) -> Datasheet:
    chosen = choose(attempts, filters)
    sheet = datasheet(attempts, chosen, filters, version=__version__, when=time.strftime("%Y-%m-%d"))
    data = "".join(f"{each.line}\n" for each in chosen.attempts)
    try:
        write_whole(out, data.encode())
        write_whole(out.with_name(f"{out.name}.datasheet.md"), datasheet_page(sheet, out.stem).encode())
        write_whole(out.with_name(f"{out.name}.datasheet.json"), msgspec.json.format(msgspec.json.encode(sheet)))
    except OSError as error:
        raise CodeActError(f"{out} can't be written: {error.strerror}.") from error
    return sheet


def _tell(sheet: Datasheet, out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(sheet))
        return
    say(f"{sheet.written} trajectories, {sheet.mended} of them with an error that was mended.")
    say(f"{sheet.accepted} of {sheet.asked} attempts at {sheet.instructions} instructions were accepted.")
    for why, count in [*sheet.turned_down.items(), *sheet.left_out.items()]:
        if count:
            say(f"  left out: {count}, {clean_line(why)}")
    say(f"Written to {clean_line(str(out))}; {clean_line(out.name)}.datasheet.md tells of it.")
