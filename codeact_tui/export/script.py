"""A session as a Python script of cells (`# %%`), which editors and jupytext know. Pure."""

import ast
import re
from collections.abc import Container, Iterator

from codeact_tui import __version__
from codeact_tui.effects.source import split_source
from codeact_tui.export.live import live_cells
from codeact_tui.export.material import Material
from codeact_tui.export.words import about_event, about_record
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.outputs import ErrorBlock

__all__ = ["script"]

_BREAKS = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_WHY_CHARS = 200


def script(material: Material, *, live_only: bool = False) -> str:
    """Write a session as a script; what was said, what did not run to its end and IPython's own syntax are comments.

    A cell that failed, and made before it did what later cells need, stands in a `try`: so the script runs.

    Args:
        material: The session.
        live_only: Only the cells that were not superseded.
    """
    transcript = material.transcript
    cells = live_cells(material.ran)
    live = {cell.record.action for cell in cells} if live_only else None
    needed = {cell.record.action for cell in cells if cell.fails}
    blocks = [_comment(f"{transcript.title or 'A session'}\n{transcript.model} · codeact {__version__}")]
    for entry in transcript.entries:
        if live is None or not isinstance(entry, ActionEntry) or entry.record.action in live:
            blocks += _blocks(entry, needed)
    return "\n\n".join(blocks) + "\n"


def _blocks(entry: Entry, needed: Container[ActionId]) -> Iterator[str]:
    match entry:
        case PromptEntry():
            yield f"# %% [markdown]\n{_comment(entry.text, '> ')}"
        case ReplyEntry() if entry.reply.text.strip():
            yield f"# %% [markdown]\n{_comment(entry.reply.text.strip())}"
        case ActionEntry(record=record):
            head = f"# %% [{record.number}] {_line(about_record(record))}"
            if record.status == "ok":
                yield f"{head}\n{_runnable(record.code)}"
            else:
                yield f"{head}\n{_tried(record) if record.action in needed else _comment(record.code)}"
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


def _tried(record: ActionRecord) -> str:
    """Have code go as far as it went in the session."""
    code = _runnable(record.code)
    try:
        within = _within_strings(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _comment(record.code)
    lines = code.split("\n")
    body = [line if number in within or not line else f"    {line}" for number, line in enumerate(lines, 1)]
    why = _line(_error(record))[:_WHY_CHARS] or "it did not run to its end"
    return "\n".join(["try:", *body, f"except Exception:  # as in the session: {why}", "    pass"])


def _error(record: ActionRecord) -> str:
    return next((f"{each.ename}: {each.evalue}" for each in record.outputs.blocks if isinstance(each, ErrorBlock)), "")


def _within_strings(code: str) -> set[int]:
    """Give the lines that begin inside a string: to indent them would change it."""
    return {
        line
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }


def _comment(text: str, mark: str = "") -> str:
    lines = _BREAKS.split(visible(plain_text(text)))
    return "\n".join(f"# {mark}{line}".rstrip() for line in lines)


def _line(text: str) -> str:
    return " ".join(visible(plain_text(text)).split())
