"""Long pastes stand in the prompt as `[pasted 212 lines]` and are sent whole. Pure."""

__all__ = ["Pastes"]

_LINES_MAX = 8
_CHARS_MAX = 1200
_PASTE_CHARS_MAX = 2_000_000


class Pastes:
    """Keeps what was folded away."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """Give what to put in the prompt: the text itself when it is short."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")[:_PASTE_CHARS_MAX]
        lines = text.count("\n") + 1
        if lines <= _LINES_MAX and len(text) <= _CHARS_MAX:
            return text
        size = f"{lines} lines" if lines > 1 else f"{len(text)} characters"
        label = f"[pasted {size}]"
        number = 1
        while label in self._kept and self._kept[label] != text:
            number += 1
            label = f"[pasted {size}, {number}]"
        self._kept[label] = text
        return label

    def expand(self, text: str) -> str:
        """Put what was folded in the place of its labels. What was pasted is not looked at again."""
        for label, whole in self._kept.items():
            if label in text:
                before, _, after = text.partition(label)
                return f"{self.expand(before)}{whole}{self.expand(after)}"
        return text

    def holds(self, text: str) -> bool:
        """Say whether a label stands in the text."""
        return any(label in text for label in self._kept)

    def forget(self) -> None:
        """The prompt was sent."""
        self._kept.clear()
