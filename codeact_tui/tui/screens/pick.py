"""One choice out of several: models, themes, policies, and the palette of everything that can be done."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.fuzzy import best
from codeact_tui.tui.text import elide, joined, one_line, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.field import Field

__all__ = ["Choice", "PickScreen"]

_SHOWN = 200
_FILTER_FROM = 8
"""So many choices get a field to filter them by."""


class Choice(Struct, frozen=True):
    """Something to choose."""

    value: str
    label: str = ""
    """What the list shows; empty: the value."""
    note: str = ""
    """A word on the right."""
    words: str = ""
    """A sentence, shown for the one that is highlighted."""

    @property
    def name(self) -> str:
        """What the list shows."""
        return one_line(self.label or self.value)


class PickScreen(ModalScreen[str | None]):
    """Gives the value that was chosen, or None.

    Args:
        title: What is chosen.
        choices: In the order to show them.
        current: The value that holds now.
        lead: A sentence above the list.
        keys: What the lower edge says of the keys.
        on_highlight: Told of the value that is highlighted whenever that changes, to show what choosing it would do;
            the screen behind is then left in sight. What it gives is shown instead of the choice's words.
    """

    CSS_PATH = "pick.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+p", "dismiss(None)", "Back", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        current: str = "",
        *,
        lead: str = "",
        keys: str = "enter choose · esc back",
        on_highlight: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(classes="" if on_highlight is None else "-preview")
        self._lead = lead
        self._keys = keys
        self._on_highlight = on_highlight
        self._title = title
        self._choices = list(choices)
        self._current = current
        self._found: list[Choice] = []
        self._filter = Field("type to find", id="pick-filter")
        self._list = OptionList(id="pick-list", markup=False, compact=True)
        self._words = Static(id="pick-words", markup=False)

    def compose(self) -> ComposeResult:
        """A box: a field where there is much to choose from, the list, a sentence about the highlighted one."""
        with Vertical(id="pick-box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(self._keys)
            if self._lead:
                yield Static(styled(self._lead, palette(self).color("muted")), id="pick-lead", markup=False)
            yield self._filter
            yield self._list
            yield self._words

    def on_mount(self) -> None:
        """Show all, the current one highlighted."""
        self._filter.display = len(self._choices) >= _FILTER_FROM
        self._words.display = any(choice.words for choice in self._choices)
        (self._filter if self._filter.display else self._list).focus()

        app_of(self).theme_changed_signal.subscribe(self, self._recolor)

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room."""
        self.call_after_refresh(self._fill)

    def _recolor(self, _theme: object) -> None:
        for at, choice in enumerate(self._found):
            self._list.replace_option_prompt_at_index(at, self._row(choice))

    def _fill(self) -> None:
        query = self._filter.value.strip()
        values = [choice.value for choice in self._found]
        at = self._list.highlighted
        kept = values[at] if at is not None else self._current
        self._found = best(query, self._choices, lambda choice: f"{choice.name} {choice.note} {choice.words}", _SHOWN)
        self._list.clear_options()
        self._list.add_options([Option(self._row(choice)) for choice in self._found])
        places = [place for place, choice in enumerate(self._found) if choice.value == kept]
        self._list.highlighted = (places[0] if places and not query else 0) if self._found else None
        if not self._found:
            self._words.display = True
            self._words.update(styled("Nothing is called so. Try fewer letters.", palette(self).color("muted")))

    def _row(self, choice: Choice) -> Content:
        colors = palette(self)
        width = max(20, self._list.content_region.width - 2)
        marked = self._current and choice.value == self._current
        name = elide(choice.name, max(4, width - cell_len(choice.note) - 4))
        gap = " " * max(1, width - cell_len(name) - cell_len(choice.note) - 2)
        sign = styled("● " if marked else "  ", colors.color("accent"))
        return joined([sign, Content(name), Content(gap), styled(choice.note, colors.color("muted"))])

    @on(Input.Changed)
    def _filter_changed(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self._list.highlighted is not None:
            self.dismiss(self._found[self._list.highlighted].value)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index].value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index >= len(self._found):
            return
        choice = self._found[event.option_index]
        told = self._on_highlight(choice.value) if self._on_highlight is not None else ""
        self._words.update(styled(told or choice.words, palette(self).color("error" if told else "muted")))

    def action_move(self, by: int) -> None:
        """Move through the list, also while the field has the focus."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()
