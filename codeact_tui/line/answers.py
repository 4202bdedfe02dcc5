"""What a line means: an answer about an action, or something for the session. Pure."""

from dataclasses import dataclass
from typing import Literal

from codeact_tui.protocol.permissions import HostAnswer

__all__ = [
    "APPROVAL_KEYS",
    "HOST_KEYS",
    "Answer",
    "Entry",
    "looks_like_answer",
    "parse_answer",
    "parse_entry",
    "parse_host_answer",
    "parse_yes_no",
]

Verb = Literal["run", "dry", "edit", "reject", "why", "turn", "careful", "rule"]

APPROVAL_KEYS: dict[str, Verb] = {
    "y": "run",
    "d": "dry",
    "e": "edit",
    "n": "reject",
    "f": "why",
    "a": "rule",
    "t": "turn",
    "c": "careful",
}
"""The keys at an action, in the order in which they are offered."""

_WORDS: dict[str, Verb] = {
    **APPROVAL_KEYS,
    "yes": "run",
    "run": "run",
    "dry": "dry",
    "edit": "edit",
    "no": "reject",
    "reject": "reject",
    "why": "why",
    "all": "turn",
    "turn": "turn",
    "always": "rule",
    "careful": "careful",
}


@dataclass(frozen=True)
class Answer:
    """A decision about an action."""

    verb: Verb
    reason: str = ""
    """Of a rejection."""


@dataclass(frozen=True)
class Entry:
    """A line at the prompt.

    Attributes:
        kind: prompt: for the model. code: the user's own cell. shell: one that the model is not shown.
            command: `/name`.
        text: The prompt, the code, or what follows the command's name.
        name: The command's name.
    """

    kind: Literal["prompt", "code", "shell", "command"]
    text: str
    name: str = ""


def parse_answer(line: str) -> Answer | None:
    """Read an answer: one letter or word; after `n` or `f` the rest is the reason. None when it is none."""
    word, _, rest = line.strip().partition(" ")
    verb, reason = _WORDS.get(word.lower()), rest.strip()
    if verb is None:
        return None
    if not reason:
        return Answer(verb)
    if word.lower() in {"n", "f"}:
        return Answer("reject", reason)
    return None


def looks_like_answer(line: str) -> bool:
    """Say whether a line that was typed ahead could have been meant for the question."""
    return not line.strip() or parse_answer(line) is not None or parse_yes_no(line) is not None


def parse_yes_no(line: str) -> bool | None:
    """Read yes or no; None when it is neither."""
    return {"y": True, "yes": True, "n": False, "no": False}.get(line.strip().lower())


HOST_KEYS: dict[str, HostAnswer] = {"o": "once", "s": "session", "p": "project", "n": "refuse", "v": "never"}
"""The keys at a question about a host."""


def parse_host_answer(line: str) -> HostAnswer | None:
    """Read an answer about a host: a letter, or the word for it; None when it is none."""
    word = line.strip().lower()
    words: dict[str, HostAnswer] = {"no": "refuse", **{answer: answer for answer in HOST_KEYS.values()}}
    return HOST_KEYS.get(word) or words.get(word)


def parse_entry(line: str) -> Entry | None:
    """Read what was entered at the prompt; None when nothing was."""
    text = line.strip()
    if not text:
        return None
    if text.startswith("!!"):
        command = text[2:].strip()
        return Entry("shell", command) if command else None
    if text.startswith("!"):
        code = text[1:].lstrip(" ")
        return Entry("code", code) if code.strip() else None
    if text.startswith("/") and text[1:2].isalpha() and "/" not in text[1:].split(maxsplit=1)[0]:
        name, _, rest = text[1:].partition(" ")
        return Entry("command", rest.strip(), name)
    return Entry("prompt", text)
