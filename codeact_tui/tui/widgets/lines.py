"""Single lines of the screen: hints at the bottom, notices above the prompt, the tabs of a narrow screen."""

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.clicks import clickable, places
from codeact_tui.tui.text import fit, fitting, joined, styled
from codeact_tui.tui.themes import palette

__all__ = ["HintLine", "NoticeLine", "TabBar", "hint"]


def hint(node: Widget, action: Action, *, dim: bool = False, word: str = "") -> Content:
    """Write an action's first key, or its slash command, and its word: `y run`."""
    colors = palette(node)
    name = key_label(action.keys[0]) if action.keys else f"/{action.slash[0]}"
    key = styled(name, colors.color("muted" if dim else "accent"))
    label = styled(f" {word or action.hint or action.title.lower()}", colors.color("muted"))
    return clickable(Content("").join([key if dim else key.stylize("bold"), label]), action.id)


class HintLine(Widget):
    """The keys worth knowing now, as many as there is room for."""

    actions: reactive[tuple[Action, ...]] = reactive(())

    def __init__(self) -> None:
        super().__init__(id="hints")
        self.auto_links = False

    def places(self) -> list[tuple[int, str]]:
        """Give where on the line which action can be clicked."""
        return places(self.render())

    def render(self) -> Content:
        """Draw them; none is cut."""
        parts = [hint(self, action) for action in self.actions if action.keys]
        return Content(" ") + fit(parts, max(0, self.size.width - 2), Content("   "))


class NoticeLine(Static):
    """A sentence above the prompt that says what is the matter and what to do; nothing when all is well."""

    def __init__(self) -> None:
        super().__init__(id="notice", markup=False)
        self.auto_links = False
        self.display = False

    def say(self, sentence: Content | None) -> None:
        """Show this, or nothing."""
        self.display = sentence is not None
        if sentence is not None:
            self.update(sentence)


class TabBar(Widget):
    """A rule with the names of panes that share one place, and the state of the one that is shown.

    Args:
        names: Name and key of each.
    """

    chosen: reactive[str] = reactive("cell")
    state: reactive[Content] = reactive(Content(""), always_update=True)
    active: reactive[bool] = reactive(False)
    """The focus is in the pane below."""

    class Chosen(Message):
        """The mouse chose this one."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, names: tuple[tuple[str, str], ...]) -> None:
        super().__init__(id="tabs")
        self._names = names

    def _tabs(self) -> list[tuple[str, Content]]:
        colors = palette(self)
        tabs: list[tuple[str, Content]] = []
        for name, key in self._names:
            on = name == self.chosen
            label = styled(f" {name} ", colors.color("accent" if on else "muted"))
            label = label.stylize("bold reverse") if on else label
            tabs.append((name, joined([label, Content(" " * on), self._line(2 - on, key)])))
        return tabs

    def places(self) -> list[tuple[int, str]]:
        """Give where which pane can be chosen, by the action that goes there."""
        found: list[tuple[int, str]] = []
        x = 1
        for name, tab in self._tabs():
            found.append((x, f"show_{name}"))
            x += tab.cell_length
        return found

    def _line(self, cells: int, key: str = "") -> Content:
        colors = palette(self)
        line = styled(("━" if self.active else "─") * cells, colors.color("accent" if self.active else "border"))
        return joined([styled(f"{key} ", colors.color("muted")), line]) if key else line

    def render(self) -> RenderResult:
        """Draw the names, the chosen one reversed, and the state on the right if there is room."""
        tabs = joined([self._line(1), *(tab for _, tab in self._tabs())])
        room = self.size.width - tabs.cell_length
        state = fitting(self.state, room - 5)
        if not state:
            return joined([tabs, self._line(max(0, room))])
        right = joined([Content(" "), state, Content(" "), self._line(1)])
        return joined([tabs, self._line(room - right.cell_length), right])

    def on_click(self, event: events.Click) -> None:
        """Choose the one under the mouse."""
        right = 1
        for name, tab in self._tabs():
            right += tab.cell_length
            if event.x < right:
                self.post_message(self.Chosen(name))
                return
