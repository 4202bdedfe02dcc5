"""Single lines of the screen: hints at the bottom, notices above the prompt, the tabs of a narrow screen."""

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.text import fit, styled
from codeact_tui.tui.themes import palette

__all__ = ["HintLine", "NoticeLine", "TabBar", "hint"]


def hint(node: Widget, action: Action, *, dim: bool = False, word: str = "") -> Content:
    """Write an action's first key, or its slash command, and its word: `y run`."""
    colors = palette(node)
    name = key_label(action.keys[0]) if action.keys else f"/{action.slash[0]}"
    key = styled(name, colors.color("muted" if dim else "accent"))
    label = styled(f" {word or action.hint or action.title.lower()}", colors.color("muted"))
    return Content("").join([key if dim else key.stylize("bold"), label])


class HintLine(Widget):
    """The keys worth knowing now, as many as there is room for."""

    actions: reactive[tuple[Action, ...]] = reactive(())

    def __init__(self) -> None:
        super().__init__(id="hints")

    def render(self) -> RenderResult:
        """Draw them; none is cut."""
        parts = [hint(self, action) for action in self.actions if action.keys]
        return Content(" ") + fit(parts, max(0, self.size.width - 2), Content("   "))


class NoticeLine(Static):
    """A sentence above the prompt that says what is the matter and what to do; nothing when all is well."""

    def __init__(self) -> None:
        super().__init__(id="notice", markup=False)
        self.display = False

    def say(self, sentence: Content | None) -> None:
        """Show this, or nothing."""
        self.display = sentence is not None
        if sentence is not None:
            self.update(sentence)


class TabBar(Widget):
    """The names of panes that share one place, one of them chosen."""

    chosen: reactive[str] = reactive("cell")

    class Chosen(Message):
        """The mouse chose this one."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, names: tuple[tuple[str, str, str], ...]) -> None:
        super().__init__(id="tabs")
        self._names = names
        """Name, title and key."""

    def _tabs(self) -> list[tuple[str, Content]]:
        colors = palette(self)
        tabs: list[tuple[str, Content]] = []
        for name, title, key in self._names:
            on = name == self.chosen
            label = styled(f" {title} ", colors.color("accent" if on else "muted"))
            label = label.stylize("bold reverse") if on else label
            tabs.append((name, Content("").join([label, styled(f" {key}   ", colors.color("muted"))])))
        return tabs

    def render(self) -> RenderResult:
        """Draw the names, the chosen one reversed."""
        return Content(" ") + Content("").join([tab for _, tab in self._tabs()])

    def on_click(self, event: events.Click) -> None:
        """Choose the one under the mouse."""
        right = 1
        for name, tab in self._tabs():
            right += tab.cell_length
            if event.x < right:
                self.post_message(self.Chosen(name))
                return
