"""What hides secrets from those who look on, and can be drawn aside for a look."""

from codeact_tui.secrets.detect import Detector

__all__ = ["Veil", "default_veil"]


class Veil:
    """Masks what is shown while it is drawn.

    Args:
        detector: What to look for; None hides nothing.
    """

    def __init__(self, detector: Detector | None = None) -> None:
        self._detector = detector
        self.drawn = detector is not None

    @property
    def hides(self) -> bool:
        """There is something to draw aside, or to draw again."""
        return self._detector is not None

    def toggle(self) -> bool:
        """Draw it aside, or draw it again; say whether it is drawn now."""
        self.drawn = self.hides and not self.drawn
        return self.drawn

    def shown(self, text: str) -> str:
        """Give a text as it may be seen now."""
        return self._detector.mask(text) if self.drawn and self._detector is not None else text

    def masked(self, text: str) -> str:
        """Give a text as others may see it, drawn aside or not."""
        return self._detector.mask(text) if self._detector is not None else text

    def shown_value(self, name: str, text: str) -> str:
        """Give a value as it may be seen now, its name part of what tells it."""
        if not self.drawn:
            return text
        whole = self.shown(f"{name} = {text}")
        return whole[len(name) + 3 :] if whole.startswith(f"{name} = ") else self.shown(text)


def default_veil() -> Veil:
    """Give one that looks for what there is without the user's own patterns."""
    return Veil(Detector())
