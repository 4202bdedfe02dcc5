"""What keys look like: by the form that those who give them out chose, and by the name that stands before them.

Each kind has literals, one of which stands in every key of it: text without them is passed over at the speed of a
search for a word. No pattern repeats a repetition, so each takes time in proportion to the text.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

__all__ = ["KINDS", "Kind", "own_kind"]


class Kind(Struct, frozen=True):
    """One form of secret; the group `secret` of its pattern is what is masked, or all of it where there is none."""

    literals: tuple[str, ...]
    """In lower case. Empty: the pattern is tried on all text."""
    pattern: re.Pattern[str]
    judged: bool = False
    """What it finds is one only if it looks like chance."""


def _kind(literals: str, pattern: str, *, judged: bool = False, flags: re.RegexFlag = re.NOFLAG) -> Kind:
    return Kind(tuple(literals.split()), re.compile(pattern, re.ASCII | flags), judged)


_BEFORE = r"(?:(?<![A-Za-z0-9_\-])|(?<=[0-9\[]m))"
"""No part of a longer word; the end of a colour's escape sequence is none."""
_NAMES = (
    r"(?:api|access|secret)[-_ ]?keys?|(?:account|private|encryption|auth)[-_ ]?key"
    r"|secrets?|[a-z_]{0,20}tokens?|passwords?|passwd|passphrase|credentials?"
)

KINDS: tuple[Kind, ...] = (
    _kind("sk- pk- rk-", _BEFORE + r"[spr]k-(?:[a-z]{2,10}[-_]|[a-z]+[0-9]+-){0,2}[A-Za-z0-9_\-]{20,220}", judged=True),
    _kind("sk_ pk_ rk_ whsec_", _BEFORE + r"(?:[spr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,250}"),
    _kind(
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        _BEFORE + r"(?:gh[pousr]_[A-Za-z0-9]{30,260}|github_pat_[A-Za-z0-9_]{30,260})",
    ),
    _kind("glpat- glptt- gldt-", _BEFORE + r"gl(?:pat|ptt|dt)-[A-Za-z0-9_\-]{16,100}"),
    _kind("akia asia", _BEFORE + r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    _kind("aiza ya29.", _BEFORE + r"(?:AIza[A-Za-z0-9_\-]{35}|ya29\.[A-Za-z0-9_\-]{20,400})"),
    _kind("xox xapp-", _BEFORE + r"(?:xox[abeoprs]-[A-Za-z0-9\-]{10,250}|xapp-[A-Za-z0-9\-]{20,250})"),
    _kind(
        "gsk_ xai- r8_ nvapi- pplx- hf_ csk- tgp_ fw_",
        _BEFORE + r"(?:gsk_|xai-|r8_|nvapi-|pplx-|hf_|csk-|tgp_v1_|fw_)[A-Za-z0-9_\-]{20,200}",
        judged=True,
    ),
    _kind("npm_", _BEFORE + r"npm_[A-Za-z0-9]{36}"),
    _kind("pypi-", _BEFORE + r"pypi-[A-Za-z0-9_\-]{50,300}"),
    _kind("dop_v1_ shpat_", _BEFORE + r"(?:dop_v1_[a-f0-9]{64}|shpat_[a-f0-9]{32})"),
    _kind("sg.", _BEFORE + r"SG\.[A-Za-z0-9_\-]{16,40}\.[A-Za-z0-9_\-]{30,60}"),
    _kind("dckr_pat_ lin_api_", _BEFORE + r"(?:dckr_pat|lin_api)_[A-Za-z0-9_\-]{20,60}"),
    _kind("eyj", _BEFORE + r"eyJ[A-Za-z0-9_\-]{8,2000}\.eyJ[A-Za-z0-9_\-]{8,4000}\.[A-Za-z0-9_\-]{8,1000}"),
    _kind(
        "bearer basic",
        r"\b(?:Bearer|Basic)\s{1,3}(?P<secret>[A-Za-z0-9_\-.~+/=]{16,2000})",
        judged=True,
        flags=re.IGNORECASE,
    ),
    _kind("://", r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@'\"]{0,100}:(?P<secret>[^\s/:@'\"]{3,200})@"),
    _kind(
        "key secret token passw passphrase credential",
        rf"(?<![a-z])(?:{_NAMES})[\"']?\s{{0,3}}(?:=>|[:=])\s{{0,3}}[bru]{{0,2}}[\"']?(?P<secret>[A-Za-z0-9_\-.~+/=!@#$%^&*?]{{8,500}})",
        judged=True,
        flags=re.IGNORECASE,
    ),
)


def own_kind(patterns: Sequence[str]) -> Kind | None:
    """Make a kind of the user's own patterns; None where there are none.

    Raises:
        re.error: One is no pattern.
    """
    return Kind((), re.compile("|".join(f"(?:{each})" for each in patterns))) if patterns else None
