"""What the model is shown of a cell: its decision, its output, how it ended. Pure."""

from codeact_tui.model.phrases import (
    EXECUTION_OUTPUT,
    KERNEL_DIED,
    NO_OUTPUT,
    USER_EDITED,
    USER_INTERRUPTED,
    USER_RAN,
    USER_REJECTED,
)
from codeact_tui.protocol.outputs import MimeBundle
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputBlock, OutputLog, StreamBlock
from codeact_tui.session.refusing import said_to_model

__all__ = ["cut_middle", "observation", "output_text"]

_ENDINGS = {
    "interrupted": f"[The cell was {USER_INTERRUPTED}.]",
    "timeout": "[The cell was stopped: it ran longer than it may.]",
    "died": f"[{KERNEL_DIED}; all variables are gone.]",
    "lost": "[The program was closed while this ran; how far it came is not known.]",
    "aborted": "[The cell did not run, because the one before it failed.]",
}


def observation(record: ActionRecord, limit_chars: int) -> str:
    """Say what became of an action, as the message that answers it.

    Args:
        record: An action of the model's, or a cell of the user's that is not hidden.
        limit_chars: The most of its output that is kept, head and tail.
    """
    if record.state == "rejected":
        return _rejection(record)
    parts = [_how_it_came_to_run(record)]
    if record.state == "finished":
        parts.append(f"{EXECUTION_OUTPUT}\n{_result(record, limit_chars)}")
    else:
        parts.append("[It has not run to its end yet.]")
    return "\n\n".join(part for part in parts if part)


def output_text(outputs: OutputLog) -> str:
    """Write everything a cell put out as plain text: no colours, progress bars as they ended."""
    text = "".join(_block_text(block) for block in outputs.blocks)
    if outputs.skipped_bytes:
        text += f"\n[… {outputs.skipped_bytes:,} bytes left out …]\n{plain_text(outputs.tail)}"
    return text.rstrip("\n")


def cut_middle(text: str, limit_chars: int) -> str:
    """Keep the head and the tail of a text that is too long, and say how much is missing."""
    if len(text) <= limit_chars:
        return text
    head = limit_chars * 2 // 3
    tail = limit_chars - head
    left_out = len(text) - head - tail
    return f"{text[:head]}\n[… {left_out:,} characters left out …]\n{text[-tail:]}"


def _rejection(record: ActionRecord) -> str:
    if record.rejected_by == "interrupt":
        return f"[The action did not run: {USER_INTERRUPTED}.]"
    reason = f" Reason: {record.reason}" if record.reason else ""
    return f"{USER_REJECTED}; it did not run.{reason}"


def _how_it_came_to_run(record: ActionRecord) -> str:
    if record.origin == "model":
        return f"{USER_EDITED}:\n{_fenced(record.revisions[-1].diff, 'diff')}" if record.edited else ""
    again = f", cell [{record.rerun_of[1:]}] again" if record.rerun_of else ""
    return f"{USER_RAN}{again}:\n{_fenced(record.code, 'python')}"


def _result(record: ActionRecord, limit_chars: int) -> str:
    text = cut_middle(output_text(record.outputs), limit_chars)
    ending = _ENDINGS.get(record.status or "ok", "") if not record.recovered else ""
    refused = said_to_model(record.refusals)
    return "\n".join(part for part in (text, ending, refused) if part) or NO_OUTPUT


def _block_text(block: OutputBlock) -> str:
    match block:
        case StreamBlock():
            return plain_text(block.text)
        case DisplayBlock():
            return _bundle_text(block.data) + "\n"
        case ErrorBlock():
            lines = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
            return plain_text(lines) + "\n"


def _bundle_text(data: MimeBundle) -> str:
    for mime in ("text/plain", "text/markdown", "text/latex", "application/json"):
        if mime in data:
            return plain_text(data[mime]) + _images(data)
    return f"[{', '.join(data)}]" if data else ""


def _images(data: MimeBundle) -> str:
    images = [mime for mime in data if mime.startswith("image/")]
    return f"\n[{', '.join(images)} shown to the user]" if images else ""


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
