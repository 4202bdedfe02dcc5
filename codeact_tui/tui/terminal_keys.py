"""Keys that terminals send and Textual does not read."""

from enum import Enum

from textual import _ansi_sequences

__all__ = ["teach_keys"]


class _Key(Enum):
    ALT_ENTER = "alt+enter"


def teach_keys() -> None:
    """Read ESC CR, what Alt+Enter is in most terminals, as `alt+enter`: otherwise it comes as a plain Enter."""
    sequences: dict[str, object] = getattr(_ansi_sequences, "ANSI_SEQUENCES_KEYS")  # noqa: B009
    sequences.setdefault("\x1b\r", (_Key.ALT_ENTER,))
