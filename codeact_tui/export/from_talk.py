"""Conversations of other agents as sessions: CodeActInstruct and ShareGPT, freeact, open-interpreter. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any

from codeact_tui.export.shapes import listed, table, text
from codeact_tui.export.telling import Teller, printed
from codeact_tui.protocol.events import StoredEvent
from codeact_tui.protocol.outputs import DisplayData

__all__ = ["from_freeact", "from_instruct", "from_interpreter"]

_EXECUTE = re.compile(r"<execute>\s?\n?(.*?)\n?\s*(?:</execute>|\Z)", re.DOTALL)
_OBSERVATION = re.compile(r"\A\s*(?:Execution Output|Observation)\s?:\s*\n?")
_ROLES = {"human": "user", "gpt": "assistant", "system": "system", "user": "user", "assistant": "assistant"}
_FREEACT_CELL = "ipybox_execute_ipython_cell"
_SHELLS = frozenset({"shell", "bash", "sh", "zsh"})
_LANGUAGE = re.compile(r"[a-z]{1,20}")


def from_instruct(line: dict[str, Any]) -> list[StoredEvent]:
    """Read a line of CodeActInstruct, or of ShareGPT."""
    teller = Teller("imported")
    for each in listed(line.get("conversations")):
        message = table(each)
        role = _ROLES.get(text(message.get("role", message.get("from"))), "")
        content = text(message.get("content", message.get("value")))
        if role == "assistant":
            found = _EXECUTE.search(content)
            words = content[: found.start()] if found else content
            teller.reply(words, found[1].strip("\n") if found and found[1].strip() else None)
        elif role == "user" and (teller.running or _OBSERVATION.match(content)):
            teller.put_out(printed(_OBSERVATION.sub("", content)))
        elif role == "user":
            teller.prompt(content)
    return teller.end()


def from_freeact(lines: Sequence[dict[str, Any]]) -> list[StoredEvent]:
    """Read a freeact session: lines that each hold a message of requests' and responses' parts."""
    teller = Teller("imported")
    returns: dict[str, Any] = {}
    for line in lines:
        for part in listed(table(line.get("message")).get("parts")):
            if table(part).get("part_kind") in {"tool-return", "retry-prompt"}:
                returns[text(table(part).get("tool_call_id"))] = table(part).get("content")
    for line in lines:
        message = table(line.get("message"))
        if message.get("kind") == "response":
            _freeact_response(teller, listed(message.get("parts")), returns)
            continue
        for part in listed(message.get("parts")):
            if table(part).get("part_kind") == "user-prompt":
                teller.prompt(_freeact_text(table(part).get("content")))
    return teller.end()


def _freeact_response(teller: Teller, parts: list[Any], returns: dict[str, Any]) -> None:
    by_kind: dict[str, list[str]] = {"text": [], "thinking": []}
    calls: list[dict[str, Any]] = []
    for each in parts:
        part = table(each)
        kind = text(part.get("part_kind"))
        if kind in by_kind:
            by_kind[kind].append(text(part.get("content")))
        elif kind == "tool-call":
            calls.append(part)
    words, reasoning = "\n\n".join(by_kind["text"]), "\n\n".join(by_kind["thinking"])
    if not calls:
        teller.reply(words, reasoning=reasoning)
    for number, call in enumerate(calls):
        said, thought = (words, reasoning) if number == 0 else ("", "")
        if call.get("tool_name") == _FREEACT_CELL:
            teller.reply(said, text(_arguments(call).get("code")) or "pass", thought)
            teller.put_out(printed(_freeact_text(returns.get(text(call.get("tool_call_id"))))))
        else:
            used = f"[Used the tool {text(call.get('tool_name')) or 'without a name'}: {json.dumps(_arguments(call))}]"
            teller.reply(f"{said}\n\n{used}", reasoning=thought)


def _arguments(call: dict[str, Any]) -> dict[str, Any]:
    """Give a call's arguments, which stand as JSON or as its text."""
    given = call.get("args")
    if isinstance(given, str):
        try:
            return table(json.loads(given))
        except (ValueError, RecursionError):
            return {}
    return table(given)


def _freeact_text(content: Any) -> str:
    match content:
        case None:
            return ""
        case str():
            return content
        case list():
            return "\n".join(each for each in listed(content) if isinstance(each, str))
        case _:
            return json.dumps(content)


def from_interpreter(messages: Sequence[Any]) -> list[StoredEvent]:
    """Read an open-interpreter conversation, also of its first versions."""
    teller = Teller("imported")
    words: list[str] = []
    for each in messages:
        message = table(each)
        role, kind = text(message.get("role")), text(message.get("type")) or "message"
        if role == "assistant" and kind == "message" and "code" not in message:
            words.append(text(message.get("content", message.get("message"))))
            continue
        if role == "assistant":
            code = _code(message)
            teller.reply("\n\n".join([*words, text(message.get("message"))]).strip(), code)
            teller.put_out(printed(text(message.get("output"))))
            words = []
            continue
        if words:
            teller.reply("\n\n".join(words))
            words = []
        _interpreter_rest(teller, message, role, kind)
    if words:
        teller.reply("\n\n".join(words))
    return teller.end()


def _interpreter_rest(teller: Teller, message: dict[str, Any], role: str, kind: str) -> None:
    content, form = text(message.get("content", message.get("message"))), text(message.get("format"))
    if role == "user" and kind == "message":
        teller.prompt(content)
    elif role == "computer" and kind == "console" and form != "active_line":
        teller.put_out(printed(content))
    elif role == "computer" and kind == "image" and form.startswith("base64"):
        mime = "image/jpeg" if form.endswith(("jpg", "jpeg")) else "image/png"
        teller.put_out([DisplayData({mime: content, "text/plain": "<picture>"})])


def _code(message: dict[str, Any]) -> str:
    """Give code as a cell: what is no Python becomes a cell magic."""
    code = text(message.get("content", message.get("code"))).strip("\n")
    language = text(message.get("format", message.get("language"))).lower() or "python"
    if language in {"python", "py"}:
        return code or "pass"
    magic = "sh" if language in _SHELLS or not _LANGUAGE.fullmatch(language) else language
    return f"%%{magic}\n{code}"
