"""What a secret looks like: by the form that its issuer gives it, by its name, by chance's own look. Pure."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from codeact_tui.secrets.detect import Detector

__all__ = ["Found", "find_secrets"]

_ALONE = r"(?<![A-Za-z0-9_-])"
"""No part of a longer word."""


class _Form(NamedTuple):
    """What the keys of one issuer look like; text without any of the literals is passed over quickly."""

    kind: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]


def _form(kind: str, literals: str, pattern: str) -> _Form:
    return _Form(kind, tuple(literals.split()), re.compile(_ALONE + pattern))


_FORMS = (
    _form("API key", "sk-", r"sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,250}"),
    _form("API key", "_live_ _test_", r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,200}"),
    _form("API key", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _form("API key", "AIza", r"AIza[A-Za-z0-9_-]{35}"),
    _form("API key", "gsk_ nvapi-", r"(?:gsk_|nvapi-)[A-Za-z0-9_-]{20,200}"),
    _form("token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,255}"),
    _form("token", "github_pat_ npm_", r"(?:github_pat_[A-Za-z0-9_]{20,255}|npm_[A-Za-z0-9]{30,60})"),
    _form("token", "glpat- hf_", r"(?:glpat-[A-Za-z0-9_-]{16,100}|hf_[A-Za-z0-9]{20,100})"),
    _form("token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _form("token", "pypi- dop_v1_", r"(?:pypi-[A-Za-z0-9_-]{50,250}|dop_v1_[a-f0-9]{64})"),
    _form("token", "ya29. GOCSPX-", r"(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,500}"),
    _form("token", "SG.", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
    _form("token", "eyJ", r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}"),
    _form("token", ":AA", r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    _form("webhook", "hooks.slack.com", r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,200}"),
)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY-----")
_KEY_CHARS = 20_000
_IN_URL = re.compile(r"://[^\s/:@'\"<>]{0,200}:([^\s/@'\"<>]{3,400})@")
_BEARER = re.compile(r"(?:bearer|basic)\s{1,3}([A-Za-z0-9._~+/=-]{12,4000})", re.IGNORECASE)
_NAMES = ("key", "secret", "token", "passw", "passphrase", "credential")
_NAMED = re.compile(
    r"(?:(?:api|access|private)[_-]?key|secret|token|passwo?r?d|passphrase|credential)"
    r"\w{0,30}['\"]?\]?\s{0,5}(?:=>|:=|=|:)\s{0,5}"
    r"(?:(?P<quote>['\"])(?P<quoted>[^'\"\n]{6,400})(?P=quote)|(?P<bare>[A-Za-z0-9+/_=.~-]{10,400}))",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:\W*|[x*.•-]+|<.*>|\[.*\]|\{.*\}|\$.*|your[-_ ].*|.*example.*|.*placeholder.*|changeme|none|null|true|false)$",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{20,}")
_ENTROPY_BITS = 3.6
_CHANGES = 0.38
"""How often letters, capitals and digits take turns, from one character to the next: words do so seldom."""


class Found(NamedTuple):
    """A secret."""

    kind: str
    value: str


def find_secrets(text: str) -> Iterator[Found]:
    """Give what in a text looks like a secret, in time in proportion to the text."""
    for form in _FORMS:
        if any(literal in text for literal in form.literals):
            for match in form.pattern.finditer(text):
                yield Found(form.kind, match[0])
    if "-----BEGIN" in text:
        yield from _private_keys(text)
    if "://" in text:
        for match in _IN_URL.finditer(text):
            yield Found("password", match[1])
    yield from _by_their_names(text)
    for start, end in _detector().find(text):
        yield Found("key", text[start:end])
    for match in _TOKEN.finditer(text):
        if _looks_random(match[0]):
            yield Found("random text", match[0])


@cache
def _detector() -> Detector:
    return Detector()


def _by_their_names(text: str) -> Iterator[Found]:
    lowered = text.lower()
    if "bearer" in lowered or "basic" in lowered:
        for match in _BEARER.finditer(text):
            if _looks_random(match[1]) or len(match[1]) >= 20:
                yield Found("token", match[1])
    if any(name in lowered for name in _NAMES):
        for match in _NAMED.finditer(text):
            value = match["quoted"] or match["bare"]
            if not _PLACEHOLDER.match(value) and (match["quoted"] or _mixed(value)):
                yield Found("secret", value)


def _private_keys(text: str) -> Iterator[Found]:
    at = 0
    while begin := _KEY_BEGIN.search(text, at):
        end = _KEY_END.search(text, begin.end(), begin.end() + _KEY_CHARS)
        at = end.end() if end else min(len(text), begin.end() + _KEY_CHARS)
        yield Found("private key", text[begin.start() : at])


def _mixed(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value) and "." not in value


def _looks_random(value: str) -> bool:
    sample = value[:200]
    kinds = [_kind(char) for char in sample]
    if not {"upper", "lower"} <= set(kinds) or kinds.count("digit") < 2:
        return False
    changes = sum(before != after for before, after in itertools.pairwise(kinds))
    return changes / len(kinds) >= _CHANGES and _entropy(sample) >= _ENTROPY_BITS


def _kind(char: str) -> str:
    return "digit" if char.isdigit() else "upper" if char.isupper() else "lower" if char.islower() else "sign"


def _entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
