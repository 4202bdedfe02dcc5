"""A Jupyter notebook as a session: its cells become the user's. Pure.

Source: nbformat 4, and 3 as far as its cells are the same.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from codeact_tui.export.shapes import listed, table, text
from codeact_tui.export.telling import Teller, printed
from codeact_tui.protocol.events import StoredEvent
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, Output
from codeact_tui.protocol.terminal_text import strip_controls
from codeact_tui.session.titles import clean_title

__all__ = ["from_notebook"]

_MIME_CHARS = 200
_FENCED = re.compile(r"^(`{3,})python\n(.*)\n\1\Z", re.DOTALL | re.MULTILINE)


def from_notebook(book: dict[str, Any]) -> list[StoredEvent]:
    """Read a notebook: code cells with their outputs, Markdown as what the user said.

    In a notebook that codeact wrote its metadata says who spoke, and what the session was called.
    """
    teller = Teller()
    title = text(_about(book).get("title"))
    if title.strip():
        teller.called(clean_title(title))
    cells = listed(book.get("cells")) or [
        cell for sheet in listed(book.get("worksheets")) for cell in listed(table(sheet).get("cells"))
    ]
    for each in cells:
        cell = table(each)
        source = _joined(cell.get("source", cell.get("input", "")))
        if cell.get("cell_type") != "code":
            _words(teller, source, text(_about(cell).get("role")))
        elif source.strip():
            outputs = listed(cell.get("outputs"))
            teller.own(source, ran=bool(outputs) or isinstance(cell.get("execution_count"), int))
            for output in outputs:
                teller.put_out(_output(table(output)))
    return teller.end()


def _about(part: dict[str, Any]) -> dict[str, Any]:
    return table(table(part.get("metadata")).get("codeact"))


def _words(teller: Teller, source: str, role: str) -> None:
    match role:
        case "user":
            teller.said("\n".join(line.removeprefix(">").removeprefix(" ") for line in source.split("\n")))
        case "model":
            teller.reply(source)
        case "note":
            return
        case "action" if found := _FENCED.search(source):
            teller.own(found[2], ran=False)
        case _:
            teller.said(source)


def _output(output: dict[str, Any]) -> Iterator[Output]:
    match output.get("output_type"):
        case "stream":
            yield from printed(_joined(output.get("text")), text(output.get("name", output.get("stream"))))
        case "display_data":
            yield DisplayData(_bundle(output), _metadata(output))
        case "execute_result" | "pyout":
            yield ExecuteResult(_bundle(output), _metadata(output))
        case "error" | "pyerr":
            trace = tuple(strip_controls(text(line)) for line in listed(output.get("traceback")))
            yield ErrorOutput(_plain(output.get("ename")), _plain(output.get("evalue")), trace)
        case _:
            return


def _bundle(output: dict[str, Any]) -> dict[str, str]:
    """Give the forms of an output; text without what a terminal would obey."""
    bundle: dict[str, str] = {}
    for mime, content in table(output.get("data")).items():
        if "/" in mime and len(mime) <= _MIME_CHARS:
            joined = _joined(content)
            bundle[mime] = strip_controls(joined) if mime == "text/plain" else joined
    return bundle or {"text/plain": strip_controls(_joined(output.get("text")))}


def _metadata(output: dict[str, Any]) -> dict[str, str]:
    return {name[:_MIME_CHARS]: _joined(value) for name, value in table(output.get("metadata")).items()}


def _joined(value: Any) -> str:
    """Give a text that may stand as a list of lines; anything else as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list() if all(isinstance(line, str) for line in listed(value)):
            return "".join(listed(value))
        case _:
            return json.dumps(value)


def _plain(value: Any) -> str:
    return strip_controls(text(value))
