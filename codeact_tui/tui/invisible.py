"""The last thing that happens to a line before it is drawn: characters that reorder it or hide in it are left out.

What is drawn from models, kernels and files has been cleaned before. This is for what widgets draw by themselves: a
field that the user pasted into.
"""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

__all__ = ["InvisibleFilter"]

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_COUNTED = {"\xad": "-"}
"""Those that take a cell, and what is drawn there."""


def _drawn(match: re.Match[str]) -> str:
    return _COUNTED.get(match[0], "\ufffd" if "\ud800" <= match[0] <= "\udfff" else "")


class InvisibleFilter(LineFilter):
    """Leaves out of every line what no cell is counted for and terminals would obey. Joiners stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Clean a line's segments; most lines are given back as they are."""
        search = _INVISIBLE.search
        if not any(search(text) for text, _, _ in segments):
            return segments
        return [Segment(_INVISIBLE.sub(_drawn, text), style, control) for text, style, control in segments]
