"""What a secret looks like: by the form that its issuer gives it, by its name, by chance's own look. Pure."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Found", "find_secrets"]

_FORMS: tuple[tuple[str, str], ...] = (
    (
        "private key",
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
    ),
    ("API key", r"\bsk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,250}"),
    ("API key", r"\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,200}"),
    ("token", r"\bgh[pousr]_[A-Za-z0-9]{20,255}|\bgithub_pat_[A-Za-z0-9_]{20,255}"),
    ("token", r"\bglpat-[A-Za-z0-9_-]{16,100}"),
    ("token", r"\bhf_[A-Za-z0-9]{20,100}"),
    ("token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("token", r"\bnpm_[A-Za-z0-9]{30,60}|\bpypi-[A-Za-z0-9_-]{50,250}|\bdop_v1_[a-f0-9]{64}"),
    ("token", r"\bya29\.[A-Za-z0-9_-]{20,500}|\bGOCSPX-[A-Za-z0-9_-]{20,60}"),
    ("token", r"\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
    ("token", r"\beyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}"),
    ("token", r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b"),
    ("API key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("webhook", r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,200}"),
    ("API key", r"\bgsk_[A-Za-z0-9]{20,200}|\bnvapi-[A-Za-z0-9_-]{20,200}|\bAGE-SECRET-KEY-1[A-Z0-9]{50,70}"),
)
_SIMPLE = tuple((kind, re.compile(form)) for kind, form in _FORMS)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"<>]{0,200}:([^\s/@'\"<>]{3,400})@", re.IGNORECASE)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,4000})", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:api[_-]?key|apikey|access[_-]?key|secret|token|passwo?r?d|passwd|passphrase|credentials?|private[_-]?key)"
    r"\w{0,30}['\"]?\]?\s{0,5}(?:=|:|=>|:=)\s{0,5}"
    r"(?:(?P<quote>['\"])(?P<quoted>[^'\"\n]{6,400})(?P=quote)|(?P<bare>[A-Za-z0-9+/_=.~-]{10,400}))",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:\W*|[x*.•-]+|<.*>|\[.*\]|\{.*\}|\$.*|your[-_ ].*|.*example.*|.*placeholder.*|changeme|none|null|true|false)$",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,4000}={0,2}(?![A-Za-z0-9+/_=-])")
_ENTROPY_BITS = 3.6
_CHANGES = 0.38
"""How often letters, capitals and digits take turns, from one character to the next: words do so seldom."""


class Found(NamedTuple):
    """A secret."""

    kind: str
    value: str


def find_secrets(text: str) -> Iterator[Found]:
    """Give what in a text looks like a secret."""
    for kind, form in _SIMPLE:
        for match in form.finditer(text):
            yield Found(kind, match[0])
    for match in _IN_URL.finditer(text):
        yield Found("password", match[1])
    for match in _BEARER.finditer(text):
        if _looks_random(match[1]) or len(match[1]) >= 20:
            yield Found("token", match[1])
    for match in _NAMED.finditer(text):
        value = match["quoted"] or match["bare"]
        if not _PLACEHOLDER.match(value) and (match["quoted"] or _mixed(value)):
            yield Found("secret", value)
    for match in _TOKEN.finditer(text):
        if _looks_random(match[0]):
            yield Found("random text", match[0])


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
