"""The variables of the kernel: what there is, what is new, what changed, what went."""

from collections.abc import Collection, Sequence
from typing import ClassVar, TypeGuard

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.selecting import Place
from codeact_tui.tui.widgets.variable_changes import Change
from codeact_tui.tui.widgets.variable_columns import variable_shape
from codeact_tui.tui.widgets.variable_filter import Filter
from codeact_tui.tui.widgets.variable_filter_line import FilterLine
from codeact_tui.tui.widgets.variable_flash import Flash
from codeact_tui.tui.widgets.variable_groups import GroupRow
from codeact_tui.tui.widgets.variable_heads import VariableHeads
from codeact_tui.tui.widgets.variable_list import VariableList
from codeact_tui.tui.widgets.variable_order import ORDERS, Order, largest_first
from codeact_tui.tui.widgets.variable_row import VariableRow

__all__ = ["VariableRow", "VariablesPane", "variable_shape"]

_GONE_MAX = 20


class VariablesPane(BlockScroll):
    """A list of the variables, newest first. Enter looks into one; `v` shows hidden kinds too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Variable above", show=False),
        Binding("down,j", "step(1)", "Variable below", show=False),
        Binding("enter,space", "inspect", "Look inside; fold or unfold a group", show=False),
        Binding("slash", "filter", "Filter by name, type or size", show=False),
        Binding("s", "sort", "Sort by the next column", show=False),
        Binding("S", "turn_order", "Sort the other way", show=False),
        Binding("p", "pin", "Keep on top, or no longer", show=False),
        Binding("g", "group", "Group by kind, or no longer", show=False),
        Binding("c", "compare", "Before and after the last cell that changed it", show=False),
        Binding("at", "mention", "Put its name into the prompt", show=False),
        Binding("v", "toggle_all", "All kinds", show=False),
        Binding("escape", "clear_filter", show=False),
    ]

    class InspectRequested(Message):
        """The user wants to look into a variable, or on a path into it."""

        def __init__(self, name: str, path: tuple[str | int, ...] = (), start: int = 0) -> None:
            super().__init__()
            self.name = name
            self.path = path
            self.start = start

    class CompareRequested(Message):
        """The user wants to see what the last cell did to a variable."""

        def __init__(self, change: Change) -> None:
            super().__init__()
            self.change = change

    class MentionRequested(Message):
        """The user wants to say something about a variable."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class ListRequested(Message):
        """The user wants the list anew, with all kinds or without."""

        def __init__(self, all: bool) -> None:
            super().__init__()
            self.all = all

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.list = VariableList(self)
        self.heads = VariableHeads(self)
        """The line above; shown by whoever shows the list."""
        self.filter_line: FilterLine | None = None
        """In which one types what is to be shown, while it is there."""
        self._hands_on = False
        """Letters belong to that line, though it has not got the focus yet."""
        self._flash = Flash(self, _is_one_of)
        self.chosen: VariableRow | GroupRow | None = None
        """The row under the cursor."""

    def changed(self, event: VariablesChanged) -> None:
        """Take in what a cell did."""
        self.list.take(event)
        self._flash.begin(self.list.touched)
        self._show_rows()
        if self.list.filter.active:
            self._ask_for_the_rest()

    def listed(self, event: VariablesListed) -> None:
        """Take in the whole list."""
        self.list.replace(event)
        self._show_rows()

    def clear(self) -> None:
        """Forget all: the kernel is another one."""
        self.list.clear()
        self._show_rows()

    # -- what the keys do

    def action_step(self, direction: int) -> None:
        """Choose the row above or below."""
        at = self.blocks.index(self.chosen) + direction if self.chosen in self.blocks else 0
        while 0 <= at < len(self.blocks):
            block = self.blocks[at]
            if _choosable(block):
                self._choose(block)
                return
            at += direction

    def action_inspect(self) -> None:
        """Look into the row that is chosen."""
        if self.chosen is None:
            self.action_step(1)
        if isinstance(self.chosen, GroupRow):
            self.list.fold(self.chosen.group)
            self._show_rows()
        elif self.chosen is not None:
            self.post_message(self.InspectRequested(self.chosen.variable.name))

    def action_compare(self) -> None:
        """Show the chosen variable as it was before the last cell that changed it, and after."""
        if (change := self._change) is not None:
            self.post_message(self.CompareRequested(change))

    @property
    def _change(self) -> Change | None:
        """What is known to have become of the chosen variable."""
        return self.list.changes.of(self.chosen.variable.name) if isinstance(self.chosen, VariableRow) else None

    def action_mention(self) -> None:
        """Name the chosen variable in the prompt."""
        if isinstance(self.chosen, VariableRow):
            self.post_message(self.MentionRequested(self.chosen.variable.name))

    def action_toggle_all(self) -> None:
        """Show modules, functions, classes and private names too, or not."""
        self.post_message(self.ListRequested(not self.list.all))

    def action_filter(self) -> None:
        """Have the line in which one types what is to be shown."""
        box = self.parent
        if self.filter_line is None and isinstance(box, Widget):
            self.filter_line = FilterLine(self)
            box.mount(self.filter_line, before=self)
            self._hands_on = True
            self._ask_for_the_rest()
        elif self.filter_line is not None:
            self.filter_line.field.focus()

    def _ask_for_the_rest(self) -> None:
        """Have all variables to look through: of what a cell did only a part is told where it is much."""
        if self.list.missing:
            self.post_message(self.ListRequested(self.list.all))

    def filter_focused(self) -> None:
        """The line takes the letters itself now."""
        self._hands_on = False

    def filter_closed(self) -> None:
        """The line is gone."""
        self.filter_line, self._hands_on = None, False

    async def _on_key(self, event: events.Key) -> None:
        """Open the filter at once, and give it what is typed before it is there."""
        line = self.filter_line
        if event.key == "slash" and line is None:
            self.action_filter()
        elif line is not None and self._hands_on:
            line.field.post_message(events.Key(event.key, event.character))
        else:
            return
        event.stop()
        event.prevent_default()

    def action_clear_filter(self) -> None:
        """Show everything again."""
        if self.filter_line is not None:
            self.filter_line.clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a key to the screen where it means nothing here."""
        del parameters
        match action:
            case "clear_filter":
                return self.list.filter.active
            case "compare":
                return self._change is not None
            case _:
                return True

    def filter(self, text: str) -> None:
        """Show only what the text describes, also after the cells to come; nothing in it shows everything."""
        self.list.filter = Filter(text)
        self._show_rows(at_top=True)

    def action_sort(self) -> None:
        """Sort by the next of newest, name, type, shape, size and value; the largest first."""
        self._sort(ORDERS[(ORDERS.index(self.list.order) + 1) % len(ORDERS)])

    def action_turn_order(self) -> None:
        """Sort the other way round."""
        self._sort(self.list.order, not self.list.descending)

    def sort_by(self, order: Order) -> None:
        """Sort by this; asked again, the other way round; once more, by the newest."""
        now = self.list
        if order != now.order:
            self._sort(order)
        elif now.descending == largest_first(order):
            self._sort(order, not now.descending)
        else:
            self._sort("newest")

    def _sort(self, order: Order, descending: bool | None = None) -> None:
        self.list.sort(order, descending)
        self._show_rows()

    def action_pin(self) -> None:
        """Keep the chosen variable on top, or no longer."""
        if isinstance(self.chosen, VariableRow):
            self.list.pin(self.chosen.variable.name)
            self._show_rows()

    def action_group(self) -> None:
        """Put the variables under the heads of their kinds, or in one list again."""
        self.list.grouped = not self.list.grouped
        self._show_rows()

    def on_focus(self) -> None:
        """Have something chosen, so that the focus can be seen."""
        if self.chosen is None:
            self.action_step(1)

    def on_click(self, event: events.Click) -> None:
        """Choose the row; a second click looks into it. A click on a group's head folds it."""
        index = self.block_at(event.y)
        block = self.blocks[index] if index is not None else None
        if _choosable(block):
            again = block is self.chosen
            self._choose(block)
            if again or isinstance(block, GroupRow):
                self.action_inspect()

    def decorate(self, strip: Strip, line: Line, place: Place) -> Strip:
        """Light what has just changed."""
        del line
        return self._flash.decorate(strip, self.blocks[place[0]]) if self._flash.on else strip

    def _choose(self, row: VariableRow | GroupRow) -> None:
        before, self.chosen = self.chosen, row
        for each in (before, row):
            if each is not None and each in self.blocks:
                self.touch(self.blocks.index(each))
        self.flush()
        self.show_block(self.blocks.index(row))

    # -- what is shown

    def _show_rows(self, *, at_top: bool = False) -> None:
        """Show the list as it is now; at the place where it stood, or at its top."""
        shown = self.list.shown()
        self.chosen = self._chosen_among(shown)
        top = 0 if at_top or (self.list.order == "newest" and not self.has_focus) else self.scroll_offset.y
        self.set_blocks(shown, at_end=False)
        if top:
            self.scroll_to(y=min(top, self.max_scroll_y), animate=False)
        if self.chosen is not None and self.has_focus:
            self.show_block(self.blocks.index(self.chosen))
        self.heads.display = not self.list.empty
        self.heads.refresh()
        if self.filter_line is not None:
            self.filter_line.tell()

    def _chosen_among(self, shown: Sequence[Block]) -> VariableRow | GroupRow | None:
        """Find what is under the cursor again; where it is gone, take the first while the list is looked at."""
        before = self.chosen
        if before is None and not self.has_focus and self.filter_line is None:
            return None
        known = self.list.row(before.variable.name) if isinstance(before, VariableRow) else None
        for row in shown:
            if isinstance(row, VariableRow) and row is known:
                return row
            if isinstance(row, GroupRow) and isinstance(before, GroupRow) and row.group == before.group:
                return row
        return next(filter(_choosable, shown), None)


def _choosable(block: Block | None) -> TypeGuard[VariableRow | GroupRow]:
    return isinstance(block, GroupRow) or (isinstance(block, VariableRow) and block.mark != "gone")


def _is_one_of(block: Block, names: Collection[str]) -> bool:
    return isinstance(block, VariableRow) and block.mark != "gone" and block.variable.name in names
