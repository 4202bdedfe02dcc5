"""The words for what a cell would do."""

from typing import Literal

from msgspec import Struct

__all__ = ["Effect", "EffectKind"]

EffectKind = Literal[
    "read",
    "write",
    "delete",
    "network",
    "process",
    "install",
    "environment",
    "dynamic",
    "loop",
    "lookalike",
    "unknown",
]
"""environment: variables of the process, secrets among them. dynamic: code that is made while it runs. loop: may never
end. lookalike: words with letters that look like others. unknown: a call of which nothing is known, or code that can't
be read."""


class Effect(Struct, frozen=True, order=True):
    """One thing that a cell would do, as far as its code tells. Advice: code can hide what it does."""

    line: int
    """Where, from 1."""
    kind: EffectKind
    target: str = ""
    """A path, a host, a command line, a package, a name; empty where the code does not tell."""
