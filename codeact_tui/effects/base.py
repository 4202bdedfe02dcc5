"""What was found in a cell."""

from msgspec import Struct

from codeact_tui.protocol.effects import Effect, EffectKind

__all__ = ["Analysis", "Effect", "EffectKind"]


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
