"""Events as updates of the Agent Client Protocol. Pure.

An action is a tool call of kind "execute", named by its id. Its content is the code, then what the cell put out, then
what it did to files. Source: Agent Client Protocol 1, "Prompt turn" and "Tool calls".
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from acp.helpers import (
    image_block,
    start_tool_call,
    text_block,
    tool_content,
    tool_diff_content,
    update_agent_message_text,
    update_agent_thought_text,
    update_tool_call,
    update_user_message_text,
)
from acp.schema import (
    ContentToolCallContent,
    FileEditToolCallContent,
    PermissionOption,
    SessionMode,
    SessionModeState,
    TerminalToolCallContent,
    ToolCallUpdate,
)

from codeact_tui.acp.files import Changed
from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import phrases
from codeact_tui.protocol.events import ApprovalRequested
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible
from codeact_tui.session.entries import ActionEntry, ActionRecord, PromptEntry, ReplyEntry
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputLog, StreamBlock
from codeact_tui.session.refusing import said_to_user
from codeact_tui.session.transcript import Transcript

__all__ = [
    "call_content",
    "call_started",
    "call_updated",
    "modes",
    "permission_call",
    "permission_options",
    "retold",
]

Content = ContentToolCallContent | FileEditToolCallContent | TerminalToolCallContent

_OUTPUT_CHARS = 48_000
_IMAGE_CHARS = 4_000_000
_IMAGES_MAX = 20
_TITLE_CHARS = 80
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTS = ("text/plain", "text/markdown", "text/latex", "application/json")
_MODES: dict[Policy, str] = {
    "ask": "You decide about each cell.",
    "safe": "What only computes, and reads in the folder, runs by itself.",
    "sandbox": "What the sandbox confines runs by itself.",
    "turn": "Each turn runs by itself.",
    "all": "Everything runs by itself.",
}


def modes(policy: Policy) -> SessionModeState:
    """Say who may decide about actions, and who does."""
    known = [SessionMode(id=name, name=name.capitalize(), description=says) for name, says in _MODES.items()]
    return SessionModeState(current_mode_id=policy, available_modes=known)


def call_started(record: ActionRecord) -> Any:
    """Tell that an action was proposed."""
    return start_tool_call(
        record.action,
        _title(record),
        kind="execute",
        status="pending",
        content=call_content(record),
        raw_input={"code": record.code},
    )


def call_updated(record: ActionRecord, changed: Sequence[Changed] = ()) -> Any:
    """Tell how an action stands now."""
    return update_tool_call(
        record.action,
        title=_title(record),
        status=_status(record),
        content=call_content(record, changed),
        raw_input={"code": record.code},
        raw_output={"status": record.status, "seconds": record.seconds} if record.status else None,
    )


def call_content(record: ActionRecord, changed: Sequence[Changed] = ()) -> list[Content]:
    """Give an action's code, what it put out, and what it did to files."""
    content: list[Content] = [tool_content(text_block(_fenced(visible(record.code), "python")))]
    content += _outputs(record.outputs)
    content += [tool_content(text_block(said_to_user(refusal))) for refusal in record.refusals]
    if record.state == "rejected" and record.reason:
        content.append(tool_content(text_block(f"Rejected: {visible(record.reason)}")))
    return [*content, *(tool_diff_content(each.path, each.new, each.old) for each in changed)]


def permission_call(record: ActionRecord, request: ApprovalRequested) -> ToolCallUpdate:
    """Write the question about an action: its code, and what it would do as far as that tells."""
    told = phrases(Analysis(request.effects, request.problem))
    says = " · ".join(visible(phrase.text) for phrase in told)
    content = call_content(record)
    if says:
        content.append(tool_content(text_block(says)))
    return ToolCallUpdate(
        tool_call_id=record.action,
        title=_title(record),
        kind="execute",
        status="pending",
        content=content,
        raw_input={"code": record.code},
    )


def permission_options() -> list[PermissionOption]:
    """Give the answers that there are."""
    return [
        PermissionOption(option_id="once", name="Run", kind="allow_once"),
        PermissionOption(option_id="turn", name="Run, and the rest of this turn", kind="allow_always"),
        PermissionOption(option_id="reject", name="Reject", kind="reject_once"),
    ]


def retold(transcript: Transcript) -> Iterator[Any]:
    """Tell a session that is loaded: what was said, and every action as it ended."""
    for entry in transcript.entries:
        match entry:
            case PromptEntry():
                yield update_user_message_text(entry.text)
            case ReplyEntry():
                if entry.reply.reasoning:
                    yield update_agent_thought_text(plain_text(entry.reply.reasoning))
                if entry.reply.text:
                    yield update_agent_message_text(plain_text(entry.reply.text))
            case ActionEntry():
                yield call_started(entry.record)
                yield call_updated(entry.record)
            case _:
                pass


def _status(record: ActionRecord) -> Any:
    match record.state:
        case "running":
            return "in_progress"
        case "finished":
            return "completed" if record.status == "ok" else "failed"
        case "rejected":
            return "failed"
        case _:
            return "pending"


def _title(record: ActionRecord) -> str:
    first = next((line.strip() for line in record.code.split("\n") if line.strip()), "")
    line = " ".join(visible(plain_text(first)).split())
    short = line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1]}…"
    return f"[{record.number}] {short}"


def _outputs(log: OutputLog) -> list[Content]:
    texts: list[str] = []
    images: list[Content] = []
    for block in log.blocks:
        match block:
            case StreamBlock():
                texts.append(block.text)
            case ErrorBlock():
                texts.append("\n".join(block.traceback) or f"{block.ename}: {block.evalue}")
            case DisplayBlock():
                mime = next((each for each in _IMAGES if each in block.data), None)
                if mime is not None and len(block.data[mime]) <= _IMAGE_CHARS and len(images) < _IMAGES_MAX:
                    images.append(tool_content(image_block("".join(block.data[mime].split()), mime)))
                else:
                    texts.append(next((block.data[each] for each in _TEXTS if each in block.data), ""))
    if log.skipped_bytes:
        texts.append(f"[… {log.skipped_bytes:,} bytes left out …]\n{log.tail}")
    text = _shortened(visible(plain_text(_lines(texts))).rstrip())
    return [*([tool_content(text_block(_fenced(text, "text")))] if text else []), *images]


def _lines(texts: Iterable[str]) -> str:
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts if text)


def _shortened(text: str) -> str:
    if len(text) <= _OUTPUT_CHARS:
        return text
    half = _OUTPUT_CHARS // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
