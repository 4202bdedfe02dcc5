"""A titled part of the screen: one line of title, then its body."""

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codeact_tui.tui.text import elide, fitting, looks_other, styled
from codeact_tui.tui.themes import palette

__all__ = ["Pane", "PaneTitle", "Side"]


class PaneTitle(Widget):
    """A rule with a name on the left and a state on the right; heavy where the focus is."""

    title: reactive[str] = reactive("")
    state: reactive[Content] = reactive(Content(""), always_update=True)
    active: reactive[bool] = reactive(False)

    def show_state(self, state: Content) -> None:
        """Change what stands on the right, if it looks other than now."""
        if looks_other(state, self.state):
            self.state = state

    def render(self) -> RenderResult:
        """Draw the line; a state that has no room is left out, a title is cut at a word."""
        colors = palette(self)
        line = "━" if self.active else "─"
        rule = colors.color("accent" if self.active else "border")
        state = fitting(self.state, self.size.width - 12)
        right = state.cell_length + 3 if state else 0
        title = elide(self.title, max(0, self.size.width - 6 - right))
        left = cell_len(title) + 3 if title else 0
        parts = [styled(line, rule), styled(f" {title} ", colors.color("accent" if self.active else "muted"))]
        parts = parts if title else []
        parts.append(styled(line * max(0, self.size.width - left - right), rule))
        if state:
            parts += [Content(" "), state, Content(" "), styled(line, rule)]
        return Content("").join(parts)


class Side(Vertical):
    """The panes beside the conversation, or below it."""

    class Resized(Message):
        """There is more room, or less."""

    def on_resize(self) -> None:
        """Tell of it: how the room is shared out depends on it."""
        self.post_message(self.Resized())


class Pane(Vertical):
    """A title line over a body. The title line is heavy and coloured while the focus is inside.

    Args:
        title: What stands on the line.
        body: The widgets below it.
        id: The pane's own.
    """

    def __init__(self, title: str, *body: Widget, id: str) -> None:
        super().__init__(id=id)
        self._title = PaneTitle()
        self._title.set_reactive(PaneTitle.title, title)
        self._body = body
        self.state = Content("")
        """What stands on the right of the title line."""

    def compose(self) -> ComposeResult:
        """Put the title over the body."""
        yield self._title
        yield from self._body

    def set_title(self, title: str, state: Content | None = None) -> None:
        """Change what stands on the line."""
        self._title.title = title
        self.state = state or Content("")
        self._title.show_state(self.state)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Mark the pane that has the focus."""
        self._title.active = True

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """And unmark it when it goes, unless it stays within the pane."""
        self._title.active = self.has_focus_within
