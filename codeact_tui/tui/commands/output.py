"""What is done with a cell's output: the whole of its text, and what other programs show better."""

import asyncio
import os
from typing import TYPE_CHECKING

from codeact_tui.paths import cache_dir
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import DisplayBlock
from codeact_tui.tui.nodes import app_of

if TYPE_CHECKING:
    from codeact_tui.tui.outside import Thing
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["next_form", "open_output", "open_table"]

_TEXT = "text"


def open_output(screen: "MainScreen", _argument: str = "") -> None:
    """Open what the output that is shown holds: a picture or a page outside, the whole of a text in a pager."""
    record = screen.output_record()
    if record is None:
        screen.chrome.say("There is no output yet.", "warning")
        return
    screen.run_worker(_open(screen, record), name="open the output", group="open", exclusive=True)


def next_form(screen: "MainScreen", _argument: str = "") -> None:
    """Show the output in its next form."""
    screen.output.action_next_form()


def open_table(screen: "MainScreen", _argument: str = "") -> None:
    """Open a table that the cell whose output is shown has displayed, to scroll in it."""
    record = screen.output_record()
    if record is not None:
        screen.run_worker(_open_table(screen, record), name="open a table", group="open", exclusive=True)


async def _open_table(screen: "MainScreen", record: ActionRecord) -> None:
    from codeact_tui.tui.rendering.table_part import TABLE, read_table
    from codeact_tui.tui.screens.pick import Choice, PickScreen
    from codeact_tui.tui.screens.shown_table import ShownTableScreen

    displays = [block.data for block in record.outputs.blocks if isinstance(block, DisplayBlock)]
    found = [table for data in displays if TABLE in data and (table := read_table(data[TABLE])) is not None]
    chosen: str | None = "0" if found else None
    if len(found) > 1:
        sizes = (f"{number + 1} {table.total_rows:,} × {table.total_columns}" for number, table in enumerate(found))
        choices = [Choice(str(number), size) for number, size in enumerate(sizes)]
        chosen = await app_of(screen).push_screen_wait(PickScreen(f"Tables of [{record.number}]", choices))
    if not found:
        screen.chrome.say("This cell has displayed no table.", "warning")
    elif chosen is not None:
        app_of(screen).push_screen(ShownTableScreen(f"table of [{record.number}]", found[int(chosen)]))


async def _open(screen: "MainScreen", record: ActionRecord) -> None:
    from codeact_tui.tui.outside import things

    found = await asyncio.to_thread(things, record.outputs)
    text = screen.output.text().strip() if record.outputs.blob is None else _TEXT
    choices = [str(number) for number in range(len(found))] + ([_TEXT] if text and _has_text(record, found) else [])
    if not choices:
        screen.chrome.say("This cell has put out nothing.", "warning")
        return
    chosen = choices[0] if len(choices) == 1 else await _choose(screen, record, found, choices)
    if chosen == _TEXT:
        await _open_text(screen, record)
    elif chosen is not None:
        await _open_outside(screen, found[int(chosen)], f"{_session_name(screen)}cell-{record.number}-{chosen}")


def _session_name(screen: "MainScreen") -> str:
    """Give what tells the files of one session from those of others."""
    session = screen.link.session
    return f"{session.id[-6:]}-" if session is not None else ""


def _has_text(record: ActionRecord, found: "list[Thing]") -> bool:
    """Say whether there is more than what the things are."""
    return len(record.outputs.blocks) > len(found) or record.outputs.blob is not None


async def _choose(screen: "MainScreen", record: ActionRecord, found: "list[Thing]", values: list[str]) -> str | None:
    from codeact_tui.tui.screens.pick import Choice, PickScreen

    choices = [
        Choice(value, "the whole text" if value == _TEXT else f"{int(value) + 1} {found[int(value)].name}")
        for value in values
    ]
    return await app_of(screen).push_screen_wait(PickScreen(f"Open of [{record.number}]", choices))


async def _open_text(screen: "MainScreen", record: ActionRecord) -> None:
    from codeact_tui.tui.screens.whole_output import WholeOutputScreen

    session, blob = screen.link.session, record.outputs.blob
    if blob is None or session is None:
        content = screen.output.text().encode("utf-8", "replace")

        async def read(start: int, length: int) -> bytes:
            return content[start : start + length]

        total = len(content)
    else:

        async def read(start: int, length: int) -> bytes:
            return await session.read_blob(blob, start=start, length=length)

        total = record.outputs.total_bytes
    app_of(screen).push_screen(WholeOutputScreen(f"output of [{record.number}]", total, read, screen.transcript.veil))


async def _open_outside(screen: "MainScreen", thing: "Thing", stem: str) -> None:
    from codeact_tui.tui.outside import keep, open_file, opener

    try:
        path = await asyncio.to_thread(keep, thing, cache_dir() / "opened", stem)
    except OSError as error:
        screen.chrome.say(f"It can't be written to {cache_dir()}: {error.strerror}.", "error")
        return
    words = opener(os.environ)
    if words is not None and await open_file(path, words):
        screen.chrome.say(f"Opened outside: {thing.name}.")
    else:
        screen.chrome.say(f"No program can be reached that shows it; it is in {path}")
