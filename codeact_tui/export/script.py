"""A session as a Python script of cells (`# %%`), which editors and jupytext know. Pure."""

import re
from collections.abc import Iterator

from codeact_tui import __version__
from codeact_tui.effects.source import split_source
from codeact_tui.export.live import live_cells
from codeact_tui.export.material import Material
from codeact_tui.export.words import about_event, about_record
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible
from codeact_tui.session.transcript import ActionEntry, Entry, EventEntry, PromptEntry, ReplyEntry

__all__ = ["script"]

_BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def script(material: Material, *, live_only: bool = False) -> str:
    """Write a session as a script; what was said, what did not run to its end and IPython's own syntax are comments.

    Args:
        material: The session.
        live_only: Only the cells that were not superseded.
    """
    transcript = material.transcript
    live = {cell.record.action for cell in live_cells(material.ran) if not cell.fails} if live_only else None
    blocks = [_comment(f"{transcript.title or 'A session'}\n{transcript.model} · codeact {__version__}")]
    for entry in transcript.entries:
        if live is None or not isinstance(entry, ActionEntry) or entry.record.action in live:
            blocks += _blocks(entry)
    return "\n\n".join(blocks) + "\n"


def _blocks(entry: Entry) -> Iterator[str]:
    match entry:
        case PromptEntry():
            yield f"# %% [markdown]\n{_comment(entry.text, '> ')}"
        case ReplyEntry() if entry.reply.text.strip():
            yield f"# %% [markdown]\n{_comment(entry.reply.text.strip())}"
        case ActionEntry(record=record):
            head = f"# %% [{record.number}] {_line(about_record(record))}"
            ran = record.status == "ok"
            yield f"{head}\n{_runnable(record.code) if ran else _comment(record.code)}"
        case EventEntry():
            sentence = about_event(entry.event)
            if sentence:
                yield _comment(sentence)
        case _:
            return


def _runnable(code: str) -> str:
    """Comment out IPython's own lines: plain Python does not know them."""
    python = split_source(code)[0].split("\n")
    lines = code.split("\n")
    if len(python) != len(lines):
        return _comment(code)
    out: list[str] = []
    for line, same in zip(lines, python, strict=True):
        if line == same:
            out.append(line)
        else:
            indent = line[: len(line) - len(line.lstrip())]
            out.append(f"{indent}pass  # {line.strip()}" if indent else f"# {line}")
    return "\n".join(out)


def _comment(text: str, mark: str = "") -> str:
    lines = _BREAKS.split(visible(plain_text(text)))
    return "\n".join(f"# {mark}{line}".rstrip() for line in lines)


def _line(text: str) -> str:
    return " ".join(visible(plain_text(text)).split())
