"""The prompts sent so far, walked through with the arrow keys. Pure."""

__all__ = ["History"]

_KEPT = 500


class History:
    """Remembers what was sent, and the unsent text that one started to walk from."""

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._at: int | None = None
        self._draft = ""

    def load(self, sent: list[str]) -> None:
        """Begin with these, the oldest first."""
        self._sent = []
        for text in sent[-_KEPT:]:
            self.add(text)

    def add(self, text: str) -> None:
        """Remember what was sent, the same twice in a row once."""
        if text.strip() and (not self._sent or self._sent[-1] != text):
            self._sent = [*self._sent[-_KEPT + 1 :], text]
        self._at = None

    def older(self, now: str) -> str | None:
        """Go one back from what stands in the prompt now; None at the oldest."""
        if self._at is None:
            self._draft, self._at = now, len(self._sent)
        if self._at == 0:
            return None
        self._at -= 1
        return self._sent[self._at]

    def newer(self) -> str | None:
        """Go one forward, at last to the unsent text; None when there already."""
        if self._at is None:
            return None
        self._at += 1
        if self._at >= len(self._sent):
            self._at = None
            return self._draft
        return self._sent[self._at]

    def edited(self) -> None:
        """The text was changed: the walk begins anew."""
        self._at = None
