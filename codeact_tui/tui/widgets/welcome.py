"""What an empty conversation says: what this is, the keys that matter, and prompts to begin with, a click away."""

from textwrap import wrap

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from codeact_tui.tui.text import elide, joined, styled
from codeact_tui.tui.themes import palette

__all__ = ["DEMO_ASKS", "Welcome"]

DEMO_ASKS = (
    "which three regions in sales.csv grew most?",
    "plot a damped wave",
    "compute the mean of some messy prices",
    "make some variables to look at",
    "ask me something from a cell",
)
"""Prompts that the offline demo knows."""
_ASKS = (
    "what is in this folder? summarise it",
    "load the largest CSV here and describe it",
    "plot the number of commits per week",
)
_LEAD = "Ask for something."
_HOW = "The answer is a Python cell: you read it, then it runs in a kernel that keeps its variables."
_KEYS = (("y", "run"), ("e", "edit"), ("n", "reject"))
_MORE = (("!", "own Python"), ("@", "a file"), ("/", "a command"))
_DEMO = "This is the offline demo: a script on a real Python. /model asks a real model."
_WIDTH = 54
_COLUMN = 18


class Welcome(Widget):
    """Shown while nothing has been asked; what has no room is left out, the least needed first."""

    demo: reactive[bool] = reactive(False)
    """The offline demo is asked."""

    class Picked(Message):
        """A prompt was clicked."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="welcome")

    def rows(self, width: int, height: int) -> list[tuple[Content, str]]:
        """Give the lines, each with the prompt that a click on it picks."""
        width = min(_WIDTH, width)
        asks = (DEMO_ASKS if self.demo else _ASKS)[: 5 if height >= 22 else 3]
        lead = [(self._words(elide(_LEAD, width), "foreground", "bold"), ""), *self._prose(_HOW, width)]
        keys = [(self._keys(_KEYS, width), ""), (self._keys(_MORE, width), "")]
        tries = [(self._ask(ask, width), ask) for ask in asks]
        demo = self._prose(_DEMO, width) if self.demo else []
        blank = [(Content(""), "")]
        heading = [(self._words("To begin with", "accent", "bold"), "")]
        for parts in (
            [lead, keys, [*heading, *tries], demo],
            [lead, keys, [*heading, *tries]],
            [lead, keys, tries],
            [lead[:1], keys[:1], tries],
            [lead[:1], keys[:1]],
            [lead[:1]],
        ):
            lines = [row for part in parts if part for row in (*part, *blank)][:-1]
            if len(lines) <= height:
                return lines
        return []

    def _words(self, text: str, color: str, attribute: str = "") -> Content:
        content = styled(text, palette(self).color(color))
        return content.stylize(Style(bold=True)) if attribute else content

    def _prose(self, text: str, width: int) -> list[tuple[Content, str]]:
        return [(self._words(line, "muted"), "") for line in wrap(text, max(10, width - 2))]

    def _keys(self, keys: tuple[tuple[str, str], ...], width: int) -> Content:
        """Write keys and what they do, each pair in a column of its own."""
        colors, column = palette(self), min(_COLUMN, width // len(keys))
        parts: list[Content] = []
        for key, words in keys:
            part = joined(
                [styled(key, colors.color("accent")).stylize("bold"), styled(f" {words}", colors.color("muted"))]
            )
            parts.append(joined([part, Content(" " * max(1, column - part.cell_length))]))
        line = joined(parts).rstrip()
        return line if line.cell_length <= width else self._words("", "muted")

    def _ask(self, ask: str, width: int) -> Content:
        colors = palette(self)
        return joined([styled("› ", colors.color("accent")), styled(elide(ask, width - 2), colors.color("foreground"))])

    def _place(self) -> tuple[list[tuple[Content, str]], int, int]:
        """Give the lines, and how far down and to the right the first one stands."""
        width, height = self.size
        rows = self.rows(max(0, width - 2), height)
        top = min(max(0, (height - len(rows) + 1) * 2 // 5), 12)
        left = max(1, (width - _WIDTH) // 2) if width >= _WIDTH + 12 else 1
        return rows, top, left

    def render(self) -> RenderResult:
        """Draw it a little above the middle."""
        rows, top, left = self._place()
        lines = [Content("")] * top + [Content(" " * left) + line for line, _ in rows]
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Put the prompt under the mouse into the field."""
        rows, top, _ = self._place()
        at = event.y - top
        if 0 <= at < len(rows) and rows[at][1]:
            self.post_message(self.Picked(rows[at][1]))
