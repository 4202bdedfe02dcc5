"""A session as Markdown; and how text from outside is put into it without becoming more than text. Pure."""

import re
from collections.abc import Iterator

from codeact_tui.export.material import Material
from codeact_tui.export.words import about_event, about_record, left_out
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible
from codeact_tui.session.entries import ActionEntry, ActionRecord, Entry, EventEntry, PromptEntry, ReplyEntry
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputLog, StreamBlock

__all__ = ["fenced", "harmless", "markdown", "quoted"]

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_SPAN = re.compile(r"(`+)(?:(?!\1).|\n)+?\1(?!`)")
_TEXTS = ("text/plain", "text/latex", "application/json")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_SHOWN_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def markdown(material: Material) -> str:
    """Write a session as Markdown: prompts as quotes, cells and outputs as fences, pictures as data."""
    transcript = material.transcript
    about = " · ".join(part for part in (transcript.model, transcript.session) if part)
    blocks = [f"# {harmless(transcript.title or 'A session')}", f"*{harmless(about)}*"]
    for entry in transcript.entries:
        blocks += _blocks(entry)
    return "\n\n".join(blocks) + "\n"


def harmless(text: str) -> str:
    """Leave a text's Markdown, but no HTML in it and no picture that would be fetched."""
    out: list[str] = []
    fence = ""
    prose: list[str] = []
    for line in visible(plain_text(text)).split("\n"):
        found = _FENCE.match(line)
        if fence:
            out.append(line)
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
            continue
        if found and not (found[1][0] == "`" and "`" in found[2]):
            out += [_escaped("\n".join(prose)), line] if prose else [line]
            prose, fence = [], found[1]
        else:
            prose.append(line)
    if prose:
        out.append(_escaped("\n".join(prose)))
    if fence:
        out.append(fence)
    return "\n".join(out)


def quoted(text: str) -> str:
    """Write what the user said as a quote."""
    return "\n".join(f"> {line}".rstrip() for line in harmless(text).split("\n"))


def fenced(text: str, language: str = "") -> str:
    """Put a text between fences that it can't close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _escaped(text: str) -> str:
    out: list[str] = []
    at = 0
    for span in _SPAN.finditer(text):
        out += [_without_tags(text[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*out, _without_tags(text[at:])])


def _without_tags(text: str) -> str:
    """Write `<` so that no tag begins with it; a quote's mark, at a line's begin, is `>` and stays."""
    return text.replace("<", "&lt;").replace("![", "!\\[")


def _blocks(entry: Entry) -> Iterator[str]:
    match entry:
        case PromptEntry():
            yield quoted(entry.text)
        case ReplyEntry() if entry.reply.text.strip():
            yield harmless(entry.reply.text.strip())
        case ActionEntry():
            yield from _action(entry.record)
        case EventEntry():
            sentence = about_event(entry.event)
            if sentence:
                yield f"*{harmless(sentence)}*"
        case _:
            return


def _action(record: ActionRecord) -> Iterator[str]:
    yield f"**[{record.number}]** *{harmless(about_record(record))}*"
    yield fenced(visible(record.code), "python")
    yield from _outputs(record.outputs)


def _outputs(log: OutputLog) -> Iterator[str]:
    for block in log.blocks:
        match block:
            case StreamBlock():
                yield fenced(visible(plain_text(block.text)), "text")
            case ErrorBlock():
                trace = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
                yield fenced(visible(plain_text(trace)), "text")
            case DisplayBlock():
                yield from _display(block)
    if log.skipped_bytes:
        yield fenced(f"{left_out(log.skipped_bytes)}\n{visible(plain_text(log.tail))}", "text")


def _display(block: DisplayBlock) -> Iterator[str]:
    for mime in _SHOWN_IMAGES:
        encoded = "".join(block.data.get(mime, "").split())
        if _BASE64.fullmatch(encoded):
            yield f"![picture](data:{mime};base64,{encoded})"
            return
    if "text/markdown" in block.data:
        yield harmless(block.data["text/markdown"])
        return
    text = next((block.data[mime] for mime in _TEXTS if mime in block.data), "")
    yield fenced(visible(plain_text(text or f"[{', '.join(block.data)}]")), "text")
