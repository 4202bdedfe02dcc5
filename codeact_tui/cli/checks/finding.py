"""One thing that was looked at."""

from typing import Literal

from msgspec import Struct

__all__ = ["Finding", "Sign"]

Sign = Literal["ok", "warning", "missing"]
"""missing: codeact can't do its work without it."""


class Finding(Struct, frozen=True):
    """What was found, and what to do about it."""

    area: str
    sign: Sign
    text: str
    remedy: str = ""
