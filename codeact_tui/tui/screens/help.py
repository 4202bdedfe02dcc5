"""Help: what can be done here and now, then every key and command, to be searched."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from codeact_tui.tui.pane_keys import Here
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.screens.help_page import HelpPage
from codeact_tui.tui.situation import Situation
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.field import Field

__all__ = ["HelpScreen"]


class HelpScreen(ModalScreen[None]):
    """Lists what can be done; what does not apply now is quiet.

    Args:
        registry: Everything that can be done.
        situation: What applies now.
        here: Where the focus is, and what its own keys do.
    """

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,enter", "dismiss", "Back", show=False, priority=True),
        Binding("up", "scroll(-1)", "Up", show=False, priority=True),
        Binding("down", "scroll(1)", "Down", show=False, priority=True),
        Binding("pageup", "page(-1)", "Page up", show=False, priority=True),
        Binding("pagedown", "page(1)", "Page down", show=False, priority=True),
    ]

    def __init__(self, registry: Registry, situation: Situation, here: Here | None = None) -> None:
        super().__init__()
        self._registry = registry
        for key in registry.by_id["help"].keys:  # what opened it closes it, also a key by which fields edit
            self._bindings.bind(key, "dismiss", "Back", show=False, priority=True)
        self._situation = situation
        self._here = here or Here()
        self._filter = Field("type to find", id="help-filter")
        self._text = Static(markup=False, id="help-page")
        self._scroll = VerticalScroll(self._text, id="help-scroll", can_focus=False)

    def compose(self) -> ComposeResult:
        """A field to find by, and one long page, scrolled by the arrow keys."""
        with Vertical(id="help-box") as box:
            box.border_title = Content("help")
            box.border_subtitle = Content("↑ ↓ scroll · type to find · esc back")
            yield self._filter
            yield self._scroll

    def on_mount(self) -> None:
        """Take letters at once."""
        self._filter.focus()

    def on_resize(self) -> None:
        """Fold the page anew."""
        self.call_after_refresh(self._fold)

    def _fold(self) -> None:
        self._text.update(self.page(max(40, self._text.size.width), self._filter.value.strip()))

    def page(self, width: int, query: str = "") -> Content:
        """Write the page, in lines of at most so many cells."""
        return HelpPage(self._registry, self._situation, self._here, palette(self)).write(width, query)

    @on(Input.Changed)
    def _query_changed(self) -> None:
        self._fold()
        self._scroll.scroll_home(animate=False)

    def action_scroll(self, lines: int) -> None:
        """Go up or down, while the field has the focus."""
        self._scroll.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Go up or down a page."""
        self._scroll.scroll_relative(y=pages * max(1, self._scroll.size.height - 1), animate=False)
