"""All that is allowed here for longer than once: rules and grants, to look at and to take back."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from codeact_tui.protocol.events import Envelope
from codeact_tui.protocol.ops import ListPermissions, RemovePermission
from codeact_tui.protocol.permissions import Permission, PermissionsListed, RulesRemoved, SandboxRevoked
from codeact_tui.session.base import Session
from codeact_tui.session.permission_words import permission_words, scope_words
from codeact_tui.tui.text import elide, one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["PermissionsScreen"]

_NOTHING = "Nothing is allowed for longer than once. At a cell that waits, a offers a rule."


class PermissionsScreen(ModalScreen[None]):
    """Lists permissions; one that is taken back is asked about again from then on.

    Args:
        session: Whose they are.
    """

    CSS_PATH = "permissions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss(None)", "Back", show=False),
        Binding("d,delete", "remove", "Take it back", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._found: tuple[Permission, ...] = ()
        self._list = OptionList(id="permissions-list", markup=False, compact=True)
        self._words = Static(_NOTHING, id="permissions-words", markup=False)
        self._stop: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """A box with a line for each."""
        with Vertical(id="permissions-box") as box:
            box.border_title = Content("What is allowed here")
            box.border_subtitle = Content("d take back · esc back")
            yield self._list
            yield self._words

    def on_mount(self) -> None:
        """Ask what there is, and hear of changes."""
        self._stop = self._session.listen(self._hear)
        self._session.send(ListPermissions())
        self._list.focus()

    def on_unmount(self) -> None:
        """Hear no more."""
        if self._stop is not None:
            self._stop()

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room."""
        self.call_after_refresh(self._fill)

    def action_remove(self) -> None:
        """Take back the one that is highlighted."""
        at = self._list.highlighted
        if at is None or at >= len(self._found):
            return
        if self._found[at].scope == "user":
            self._words.update(styled("That stands in your config.toml: take it out there.", self._color("warning")))
            return
        self._session.send(RemovePermission(self._found[at]))

    def _hear(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            match envelope.event:
                case PermissionsListed(permissions=found):
                    self._found = found
                    self._fill()
                case RulesRemoved() | SandboxRevoked():
                    self._session.send(ListPermissions())
                case _:
                    pass

    def _fill(self) -> None:
        at = self._list.highlighted or 0
        self._list.clear_options()
        self._list.add_options([Option(self._row(each)) for each in self._found])
        self._list.highlighted = min(at, len(self._found) - 1) if self._found else None
        self._list.display = bool(self._found)
        words = "What is taken back is asked about again." if self._found else _NOTHING
        self._words.update(styled(words, self._color("muted")))

    def _row(self, permission: Permission) -> Content:
        width = max(20, self._list.content_region.width - 2)
        place = scope_words(permission.scope)
        words = elide(one_line(permission_words(permission)), max(10, width - len(place) - 2))
        gap = " " * max(1, width - Content(words).cell_length - len(place))
        return Content("").join([Content(words), Content(gap), styled(place, self._color("muted"))])

    def _color(self, name: str) -> Style:
        return palette(self).color(name)
