"""Tells what a file from elsewhere is, and makes a session of it. Pure."""

import json
from typing import Any

import msgspec
from msgspec.structs import replace

from codeact_tui.errors import CodeActError
from codeact_tui.export.from_notebook import from_notebook
from codeact_tui.export.from_talk import from_freeact, from_instruct, from_interpreter
from codeact_tui.export.shapes import listed, table
from codeact_tui.protocol.codec import decode_event, is_stored
from codeact_tui.protocol.events import (
    CellOutput,
    Event,
    OutputTruncated,
    PromptSubmitted,
    SessionOpened,
    StoredEvent,
    TitleChanged,
)
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
from codeact_tui.protocol.terminal_text import strip_controls
from codeact_tui.session.titles import clean_title, title_from

__all__ = ["FILE_BYTES_MAX", "read_session"]

FILE_BYTES_MAX = 256 * 1024 * 1024
_KNOWN = (
    "A notebook, a CodeActInstruct or ShareGPT line, codeact's own lines, freeact's and open-interpreter's are known."
)


def read_session(data: bytes, name: str, line: int | None = None) -> list[StoredEvent]:
    """Make the events of a session from a file; the one that opens it, and says where it is, is not among them.

    Args:
        data: The file.
        name: Its name, for a title where nothing else gives one.
        line: Which line is meant, counted from 1, in a file of many conversations.

    Raises:
        CodeActError: It is none of the forms that are known, or holds nothing.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CodeActError(f"{name} is no text in UTF-8.", remedy=_KNOWN) from error
    events = _read(text, name, line)
    if not events:
        raise CodeActError(f"{name} holds nothing that could be imported.")
    if not any(isinstance(event, TitleChanged) for event in events):
        first = next((event.text for event in events if isinstance(event, PromptSubmitted)), "")
        title = title_from(first.lstrip("# ")) if first.strip("# \n") else clean_title(name)
        events.insert(0, TitleChanged(title))
    return events


def _read(text: str, name: str, line: int | None) -> list[StoredEvent]:
    whole = _json(text)
    if "cells" in table(whole) or "worksheets" in table(whole):
        return from_notebook(table(whole))
    if isinstance(whole, list):
        if any("conversations" in table(each) for each in listed(whole)):
            return from_instruct(_chosen([table(each) for each in listed(whole)], name, line))
        if all("role" in table(each) for each in listed(whole)):
            return from_interpreter(listed(whole))
    lines = [table(_json(each)) for each in text.splitlines() if each.strip()]
    if lines and "conversations" in lines[0]:
        return from_instruct(_chosen(lines, name, line))
    if lines and {"v", "message"} <= set(lines[0]):
        return from_freeact(lines)
    if lines and {"event", "sequence"} <= set(lines[0]):
        return _own(lines)
    raise CodeActError(f"{name} is of no form that can be imported.", remedy=_KNOWN)


def _own(lines: list[dict[str, Any]]) -> list[StoredEvent]:
    """Read codeact's own lines; events of a kind that this version does not know are left out."""
    events: list[StoredEvent] = []
    for line in lines:
        try:
            event = decode_event(json.dumps(line.get("event")).encode())
        except msgspec.DecodeError:
            continue
        if is_stored(event) and not isinstance(event, SessionOpened):
            events.append(_harmless(event))  # pyright: ignore[reportArgumentType] - it is a stored one
    return events


def _harmless(event: Event) -> Event:
    """Take out what a terminal would obey, as is done with what a kernel puts out, and what leads to another store."""
    match event:
        case CellOutput(output=StreamOutput() as output):
            return replace(event, output=replace(output, text=strip_controls(output.text)))
        case CellOutput(output=ErrorOutput() as output):
            trace = tuple(strip_controls(line) for line in output.traceback)
            return replace(event, output=replace(output, traceback=trace))
        case OutputTruncated():
            return replace(event, tail=strip_controls(event.tail), blob=None)
        case _:
            return event


def _chosen(lines: list[dict[str, Any]], name: str, line: int | None) -> dict[str, Any]:
    if line is None and len(lines) > 1:
        raise CodeActError(f"{name} holds {len(lines):,} conversations.", remedy="Say which: --line 1, say.")
    if not 1 <= (line or 1) <= len(lines):
        raise CodeActError(f"{name} has no line {line}; it holds {len(lines):,}.")
    return lines[(line or 1) - 1]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
