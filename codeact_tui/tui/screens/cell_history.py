"""The versions of a cell: a list of them, and below it the code of one, or what it changed."""

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from codeact_tui.protocol.ids import ActionId, action_number
from codeact_tui.session.revisions import Version
from codeact_tui.tui.text import elide, joined, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.cell_words import version_state
from codeact_tui.tui.widgets.code_view import CodeView
from codeact_tui.tui.widgets.diff_view import DiffView

__all__ = ["CellHistoryScreen"]

_KEYS = (
    "↑↓ version · = changes or code · pgup pgdn scroll · enter show · esc back",
    "↑↓ version · = changes or code · enter show",
)
_CLOCK_FROM = 64
"""In a narrower list the time of day is left out."""
_ROWS_MAX = 10


class CellHistoryScreen(ModalScreen[ActionId | None]):
    """Gives the action that was chosen, or None.

    Args:
        versions: Oldest first.
        action: The cell that is on the screen behind.
        revision: Which revision of it.
    """

    CSS_PATH = "cell_history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,h", "dismiss(None)", "Back", show=False),
        Binding("equals_sign,tab", "compare", "Changes or code", show=False, priority=True),
        Binding("pagedown,space", "page(1)", "Scroll down", show=False, priority=True),
        Binding("pageup", "page(-1)", "Scroll up", show=False, priority=True),
    ]

    def __init__(self, versions: Sequence[Version], action: ActionId, revision: int) -> None:
        super().__init__()
        self._versions = list(versions)
        places = (at for at, each in enumerate(versions) if (each.action, each.revision) == (action, revision))
        self._at = next(places, len(self._versions) - 1)
        self._changes = True
        self._list = OptionList(id="versions", markup=False, compact=True)
        self._code = CodeView(id="version-code")
        self._diff = DiffView(id="version-diff")
        self._box = Vertical(self._list, self._code, self._diff, id="history-box")

    def compose(self) -> ComposeResult:
        """The list over the code."""
        self._box.border_title = Content(f"versions of [{action_number(self._versions[0].action)}]")
        yield self._box

    def on_mount(self) -> None:
        """Begin at the version that is on the screen."""
        self._list.styles.height = min(len(self._versions), _ROWS_MAX)
        self._list.focus()

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        self._box.border_subtitle = Content(next((keys for keys in _KEYS if len(keys) + 8 <= self._box.size.width), ""))
        self._list.clear_options()
        self._list.add_options([Option(self._row(version)) for version in self._versions])
        self._list.highlighted = self._at
        self._show()

    def _row(self, version: Version) -> Content:
        colors = palette(self)
        sign, state, color = version_state(version)
        width = self._list.content_region.width
        wide = width >= _CLOCK_FROM and version.at
        clock = time.strftime("%H:%M", time.localtime(version.at)) if wide else ""
        who = "the model" if version.by == "model" else "you"
        what = "edited" if version.revision else "written"
        if version.rerun_of is not None:
            edited = "edited, " if version.before != version.code else ""
            what = f"{edited}[{action_number(version.rerun_of)}] again"
        left = f"[{action_number(version.action)}] {what} by {who}"
        right = f"{sign} {state}  {clock}".rstrip()
        room = max(8, width - cell_len(right) - 3)
        left = elide(left, room)
        gap = " " * max(1, room - cell_len(left) + 1)
        return joined([Content(" " + left + gap), styled(right, colors.color(color))])

    def _show(self) -> None:
        version = self._versions[self._at]
        diff = self._changes and version.before is not None and version.before != version.code
        self._diff.display, self._code.display = diff, not diff
        if diff and version.before is not None:
            self._diff.show_change(version.before, version.code)
        else:
            self._code.show(version.code)

    def action_compare(self) -> None:
        """Show the code in the place of the changes, or the changes again."""
        self._changes = not self._changes
        self._show()

    def action_page(self, direction: int) -> None:
        """Scroll the code."""
        view = self._diff if self._diff.display else self._code
        view.scroll_relative(y=direction * max(1, view.size.height - 1), animate=False)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._at = event.option_index
        self._show()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._versions[event.option_index].action)
