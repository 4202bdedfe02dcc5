"""A session as one HTML page that needs nothing else: no script, no font, no picture from elsewhere. Pure."""

import re
import time
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from codeact_tui import __version__
from codeact_tui.export.material import Material
from codeact_tui.export.safe_html import cleaned_html, code_html, markdown_html, terminal_html, text_html
from codeact_tui.export.words import about_event, about_record, left_out
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputLog, StreamBlock

__all__ = ["page"]

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_TALL_LINES = 30
_TEXTS = ("text/plain", "text/latex", "application/json")


def page(material: Material) -> str:
    """Write a session as a page."""
    transcript = material.transcript
    title = text_html(transcript.title or "A session")
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(transcript.created_at)) + " UTC"
    kernel = f"Python {transcript.kernel.version}" if transcript.kernel else ""
    about = " · ".join(text_html(part) for part in (when, transcript.model, kernel) if part)
    body = "\n".join(part for entry in transcript.entries for part in _entry(entry))
    notes = "".join(f"<p>{text_html(note)}</p>" for note in material.notes)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="codeact {__version__}">\n'
        f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f'<header>\n<h1>{title}</h1>\n<p class="about">{about}</p>\n</header>\n<main>\n{body}\n</main>\n'
        f"<footer><p>Exported by codeact {__version__}, session {text_html(transcript.session)}.</p>{notes}</footer>\n"
        "</body>\n</html>\n"
    )


def _style() -> str:
    return files("codeact_tui.export").joinpath("page.css").read_text("utf-8")


def _entry(entry: Entry) -> Iterator[str]:
    match entry:
        case PromptEntry():
            yield f'<section class="prompt"><p>{text_html(entry.text)}</p></section>'
        case ReplyEntry() if entry.reply.text.strip():
            yield f'<section class="reply">{markdown_html(entry.reply.text)}</section>'
        case ActionEntry():
            yield _cell(entry.record)
        case EventEntry():
            sentence = about_event(entry.event)
            if sentence:
                yield f'<p class="note">{text_html(sentence)}</p>'
        case _:
            return


def _cell(record: ActionRecord) -> str:
    state = "rejected" if record.state == "rejected" else record.status or "open"
    open_ = "" if record.state == "rejected" else " open"
    head = f'<span class="number">[{record.number}]</span> <span class="how">{text_html(about_record(record))}</span>'
    parts = [f'<pre class="code"><code>{code_html(record.code)}</code></pre>']
    if record.edited:
        diff = text_html(record.revisions[-1].diff)
        parts.append(f'<details class="diff"><summary>What the user changed</summary><pre>{diff}</pre></details>')
    parts += _outputs(record.outputs)
    return f'<details class="cell {state}"{open_}><summary>{head}</summary>\n' + "\n".join(parts) + "\n</details>"


def _outputs(log: OutputLog) -> Iterator[str]:
    for block in log.blocks:
        match block:
            case StreamBlock():
                yield _text(terminal_html(block.text.rstrip("\n")), block.name)
            case ErrorBlock():
                trace = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
                yield _text(terminal_html(trace), "error")
            case DisplayBlock():
                yield _display(block)
    if log.skipped_bytes:
        yield _text(f"{left_out(log.skipped_bytes)}\n{terminal_html(log.tail)}", "stdout")


def _text(html: str, kind: str) -> str:
    shown = f'<pre class="out {kind}">{html}</pre>'
    lines = html.count("\n") + 1
    return (
        shown if lines <= _TALL_LINES else f'<details class="tall"><summary>{lines:,} lines</summary>{shown}</details>'
    )


def _display(block: DisplayBlock) -> str:
    data = block.data
    for mime in _IMAGES:
        encoded = "".join(data.get(mime, "").split())
        if _BASE64.fullmatch(encoded):
            name = text_html(data.get("text/plain", "picture")[:200])
            return f'<figure><img alt="{name}" src="data:{mime};base64,{encoded}"></figure>'
    if "image/svg+xml" in data:
        import base64

        encoded = base64.b64encode(data["image/svg+xml"].encode("utf-8", "replace")).decode()
        return f'<figure><img alt="drawing" src="data:image/svg+xml;base64,{encoded}"></figure>'
    if "text/html" in data:
        cleaned = cleaned_html(data["text/html"])
        if "<td" in cleaned or "<th" in cleaned or "text/plain" not in data:
            return f'<div class="rich">{cleaned}</div>'
    if "text/markdown" in data:
        return f'<div class="rich">{markdown_html(data["text/markdown"])}</div>'
    text = next((data[mime] for mime in _TEXTS if mime in data), "")
    return _text(terminal_html(text or f"[{', '.join(data)}]"), "result")
