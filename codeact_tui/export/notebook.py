"""A session as a Jupyter notebook: cells with their outputs, talk as Markdown, where each cell comes from. Pure.

Source: nbformat 4.5, its JSON schema.
"""

import json
from collections.abc import Iterator
from typing import Any

from codeact_tui import __version__
from codeact_tui.export.live import live_cells
from codeact_tui.export.markdown import fenced, harmless, quoted
from codeact_tui.export.material import Material
from codeact_tui.export.words import about_event, about_record, left_out, provenance
from codeact_tui.protocol.outputs import MimeBundle
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputBlock, OutputLog, StreamBlock

__all__ = ["notebook"]

_OWN = "application/vnd.codeact."
"""Forms that only codeact's own screen reads."""


def notebook(material: Material, *, live_only: bool = False) -> dict[str, Any]:
    """Write a session as a notebook.

    Args:
        material: The session.
        live_only: Only the cells that were not superseded, and what was said.
    """
    cells = list(_live(material) if live_only else _all(material))
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    return {"cells": cells, "metadata": _metadata(material), "nbformat": 4, "nbformat_minor": 5}


def _metadata(material: Material) -> dict[str, Any]:
    transcript = material.transcript
    language: dict[str, Any] = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    if transcript.kernel is not None and transcript.kernel.version:
        language["version"] = transcript.kernel.version
    about = {
        "version": __version__,
        "session": transcript.session,
        "title": transcript.title,
        "model": transcript.model,
        "policy": transcript.policy,
        "created_at": transcript.created_at,
        "sandbox": transcript.kernel.sandbox if transcript.kernel else None,
        "notes": list(material.notes),
    }
    return {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": language,
        "codeact": about,
    }


def _all(material: Material) -> Iterator[dict[str, Any]]:
    for entry in material.transcript.entries:
        yield from _cells(entry)


def _live(material: Material) -> Iterator[dict[str, Any]]:
    live = {cell.record.action: cell for cell in live_cells(material.ran)}
    for entry in material.transcript.entries:
        if isinstance(entry, ActionEntry):
            cell = live.get(entry.record.action)
            if cell is not None:
                written = _code(entry.record)
                if cell.fails:
                    written["metadata"]["tags"] = ["raises-exception"]
                yield written
        elif not isinstance(entry, EventEntry):
            yield from _cells(entry)


def _cells(entry: Entry) -> Iterator[dict[str, Any]]:
    match entry:
        case PromptEntry():
            yield _markdown(quoted(entry.text), "user")
        case ReplyEntry() if entry.reply.text.strip():
            yield _markdown(harmless(entry.reply.text.strip()), "model", model=entry.reply.model)
        case ActionEntry() if entry.record.status is None or entry.record.status == "aborted":
            text = f"*{harmless(about_record(entry.record))}*\n\n{fenced(entry.record.code, 'python')}"
            yield _markdown(text, "action", **provenance(entry.record))
        case ActionEntry():
            yield _code(entry.record)
        case EventEntry():
            sentence = about_event(entry.event)
            if sentence:
                yield _markdown(f"*{harmless(sentence)}*", "note")
        case _:
            return


def _markdown(text: str, role: str, **facts: object) -> dict[str, Any]:
    about = {"role": role} | {name: fact for name, fact in facts.items() if fact}
    return {"cell_type": "markdown", "id": "", "metadata": {"codeact": about}, "source": text}


def _code(record: ActionRecord) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "",
        "execution_count": record.execution_count,
        "metadata": {"codeact": provenance(record)},
        "outputs": list(outputs(record.outputs, record.execution_count)),
        "source": record.code,
    }


def outputs(log: OutputLog, execution_count: int | None) -> Iterator[dict[str, Any]]:
    """Give a cell's outputs as nbformat has them."""
    cut_at = max((at for at, block in enumerate(log.blocks) if isinstance(block, StreamBlock)), default=0)
    for at, block in enumerate(log.blocks):
        yield _output(block, execution_count)
        if log.skipped_bytes and at == cut_at:
            yield {"output_type": "stream", "name": "stdout", "text": f"\n{left_out(log.skipped_bytes)}\n{log.tail}"}


def _output(block: OutputBlock, execution_count: int | None) -> dict[str, Any]:
    match block:
        case StreamBlock():
            return {"output_type": "stream", "name": block.name, "text": block.text}
        case ErrorBlock():
            error = {"ename": block.ename, "evalue": block.evalue, "traceback": list(block.traceback)}
            return {"output_type": "error", **error}
        case DisplayBlock():
            shown = {"data": _bundle(block.data), "metadata": {n: _json(v) for n, v in block.metadata.items()}}
            if block.is_result:
                return {"output_type": "execute_result", "execution_count": execution_count, **shown}
            return {"output_type": "display_data", **shown}


def _bundle(data: MimeBundle) -> dict[str, Any]:
    return {
        mime: _json(content) if mime == "application/json" or mime.endswith("+json") else content
        for mime, content in data.items()
        if not mime.startswith(_OWN)
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
