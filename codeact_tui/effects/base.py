"""The words for what a cell does."""

from typing import Literal

from msgspec import Struct

__all__ = ["Analysis", "Effect", "EffectKind"]

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
    "unknown",
]
"""environment: variables of the process, secrets among them. dynamic: code that is made while it runs. loop: may never
end. unknown: a call of which nothing is known."""


class Effect(Struct, frozen=True, order=True):
    """One thing that a cell does, as far as its code tells."""

    line: int
    """Where, from 1."""
    kind: EffectKind
    target: str = ""
    """A path, a host, a command line, a package, a name; empty where the code does not tell."""


class Analysis(Struct, frozen=True):
    """All that was found, in the order of the lines, each once."""

    effects: tuple[Effect, ...] = ()
    problem: str = ""
    """Why the code could not be read; empty when it could."""

    def targets(self, *kinds: EffectKind) -> tuple[str, ...]:
        """Give what these kinds are about, each once; what is not told comes as an empty string."""
        return tuple(dict.fromkeys(effect.target for effect in self.effects if effect.kind in kinds))

    def has(self, *kinds: EffectKind) -> bool:
        """Say whether there is any of these."""
        return any(effect.kind in kinds for effect in self.effects)
