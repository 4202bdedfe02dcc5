"""The variables of the kernel: what there is, what is new, what changed, what went."""

from collections.abc import Collection, Sequence
from typing import ClassVar, TypeGuard

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.blocks import Block
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.selecting import Place
from codeact_tui.tui.widgets.variable_changes import Change, VariableChanges
from codeact_tui.tui.widgets.variable_columns import Column, fitting_columns, variable_shape
from codeact_tui.tui.widgets.variable_filter import Filter
from codeact_tui.tui.widgets.variable_filter_line import FilterLine
from codeact_tui.tui.widgets.variable_flash import Flash
from codeact_tui.tui.widgets.variable_groups import Group, GroupRow, grouped
from codeact_tui.tui.widgets.variable_heads import VariableHeads
from codeact_tui.tui.widgets.variable_order import ORDERS, Order, arranged, largest_first
from codeact_tui.tui.widgets.variable_row import Mark, TextRow, VariableRow

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
        self.heads = VariableHeads(self)
        """The line above; shown by whoever shows the list."""
        self._rows: dict[str, VariableRow] = {}
        self._gone: list[VariableRow] = []
        self._ordered: list[VariableRow] | None = None
        """All rows in their order, while that is known."""
        self._marks: dict[str, Mark] = {}
        self._changes = VariableChanges()
        self._all = False
        self._cut = False
        self._total = 0
        self.order: Order = "newest"
        self.descending = False
        self._filter = Filter()
        self.filter_line: FilterLine | None = None
        """In which one types what is to be shown, while it is there."""
        self._hands_on = False
        """Letters belong to that line, though it has not got the focus yet."""
        self._pinned: set[str] = set()
        self._grouped = False
        self._folded: set[Group] = set()
        self._flash = Flash(self, _is_one_of)
        self._columns: dict[int, list[tuple[Column, int]]] = {}
        self.fitting = 0
        """How many variables the filter lets through."""
        self.chosen: VariableRow | GroupRow | None = None
        """The row under the cursor."""

    @property
    def count(self) -> int:
        """How many variables there are."""
        return self._total

    @property
    def known(self) -> int:
        """Of how many variables something is known."""
        return len(self._rows)

    @property
    def news(self) -> str:
        """What the last cell did, in a few words; empty when nothing."""
        new, changed = (sum(mark == kind for mark in self._marks.values()) for kind in ("new", "changed"))
        said = [(new, "new"), (changed, "changed"), (len(self._gone), "gone")]
        return " · ".join(f"{count} {word}" for count, word in said if count)

    @property
    def arrow(self) -> str:
        """Which way round the list is sorted."""
        return "↓" if self.descending else "↑"

    @property
    def filtered(self) -> bool:
        """Some variables may be left out."""
        return self._filter.active

    @property
    def variables(self) -> list[Variable]:
        """All that is known, newest first."""
        return [row.variable for row in self._rows.values()]

    def changed(self, event: VariablesChanged) -> None:
        """Take in what a cell did."""
        self._changes.take(event)
        self._marks = {variable.name: "new" for variable in event.added}
        self._marks |= {variable.name: "changed" for variable in event.changed}
        self._gone = [self._rows.pop(name) for name in event.removed if name in self._rows][:_GONE_MAX]
        for variable in event.changed:
            self._rows[variable.name] = VariableRow(variable, self)
        fresh = {variable.name: VariableRow(variable, self) for variable in event.added}
        self._rows = fresh | {name: row for name, row in self._rows.items() if name not in fresh}
        self._total, self._cut = event.total, event.cut
        self._mark_rows()
        self._flash.begin(frozenset(self._marks))
        self._arrange()

    def listed(self, event: VariablesListed) -> None:
        """Take in the whole list."""
        self._changes.learn(event.variables)
        known = self._rows
        self._rows = {}
        for variable in event.variables:
            row = known.get(variable.name)
            same = row is not None and row.variable == variable
            self._rows[variable.name] = row if row is not None and same else VariableRow(variable, self)
        self._marks = {name: mark for name, mark in self._marks.items() if name in self._rows}
        self._gone = []
        self._all, self._total, self._cut = event.all, event.total, event.cut
        self._mark_rows()
        self._arrange()

    def clear(self) -> None:
        """Forget all: the kernel is another one."""
        self._rows, self._marks, self._gone = {}, {}, []
        self._total, self._cut, self._all = 0, False, False
        self._pinned.clear()
        self._changes.clear()
        self._arrange()

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """Give the columns that fit, each with its width in cells; a filter does not move them."""
        if width not in self._columns:
            rows = [*self._rows.values(), *self._gone]
            self._columns = {width: fitting_columns([row.widths for row in rows], width)}
        return self._columns[width]

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
            self._folded.symmetric_difference_update((self.chosen.group,))
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
        return self._changes.of(self.chosen.variable.name) if isinstance(self.chosen, VariableRow) else None

    def action_mention(self) -> None:
        """Name the chosen variable in the prompt."""
        if isinstance(self.chosen, VariableRow):
            self.post_message(self.MentionRequested(self.chosen.variable.name))

    def action_toggle_all(self) -> None:
        """Show modules, functions, classes and private names too, or not."""
        self.post_message(self.ListRequested(not self._all))

    def action_filter(self) -> None:
        """Have the line in which one types what is to be shown."""
        box = self.parent
        if self.filter_line is None and isinstance(box, Widget):
            self.filter_line = FilterLine(self)
            box.mount(self.filter_line, before=self)
            self._hands_on = True
        elif self.filter_line is not None:
            self.filter_line.field.focus()

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
                return self.filtered
            case "compare":
                return self._change is not None
            case _:
                return True

    def filter(self, text: str) -> None:
        """Show only what the text describes, also after the cells to come; nothing in it shows everything."""
        self._filter = Filter(text)
        self._show_rows(at_top=True)

    def is_pinned(self, name: str) -> bool:
        """Say whether the variable stays on top."""
        return name in self._pinned

    def action_sort(self) -> None:
        """Sort by the next of newest, name, type, shape, size and value; the largest first."""
        self._sort(ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)])

    def action_turn_order(self) -> None:
        """Sort the other way round."""
        self._sort(self.order, not self.descending)

    def sort_by(self, order: Order) -> None:
        """Sort by this; asked again, the other way round; once more, by the newest."""
        if order != self.order:
            self._sort(order)
        elif self.descending == largest_first(order):
            self._sort(order, not self.descending)
        else:
            self._sort("newest")

    def _sort(self, order: Order, descending: bool | None = None) -> None:
        self.order = order
        self.descending = largest_first(order) if descending is None else descending
        self._arrange()

    def action_pin(self) -> None:
        """Keep the chosen variable on top, or no longer."""
        if isinstance(self.chosen, VariableRow):
            self._pinned ^= {self.chosen.variable.name}
            self._arrange()

    def action_group(self) -> None:
        """Put the variables under the heads of their kinds, or in one list again."""
        self._grouped = not self._grouped
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

    def _mark_rows(self) -> None:
        for name, row in self._rows.items():
            row.mark = self._marks.get(name, "")
        for row in self._gone:
            row.mark = "gone"

    def _arrange(self) -> None:
        """Put the rows into their order, and show them."""
        self._columns.clear()
        self._ordered = None
        self._show_rows()

    def _arranged_rows(self) -> list[VariableRow]:
        if self._ordered is None:
            order = arranged(self.variables, self.order, self.descending, self._marks, self._pinned)
            self._ordered = [self._rows[variable.name] for variable in order]
        return self._ordered

    def _fits(self, row: VariableRow) -> bool:
        return not self._filter.active or self._filter.fits(row)

    def _show_rows(self, *, at_top: bool = False) -> None:
        """Show what the filter lets through; at the place where the list is, or at its top."""
        rows = [row for row in self._arranged_rows() if self._fits(row)]
        gone = [row for row in self._gone if self._fits(row)]
        self.fitting = len(rows)
        shown = grouped(rows, gone, self._folded, self) if self._grouped else [*rows, *gone]
        self.chosen = self._chosen_among(shown)
        top = 0 if at_top or (self.order == "newest" and not self.has_focus) else self.scroll_offset.y
        self.set_blocks([*shown, *self._notes(len(rows), len(gone))], at_end=False)
        if top:
            self.scroll_to(y=min(top, self.max_scroll_y), animate=False)
        if self.chosen is not None and self.has_focus:
            self.show_block(self.blocks.index(self.chosen))
        self.heads.display = bool(self._rows or self._gone)
        self.heads.refresh()
        if self.filter_line is not None:
            self.filter_line.tell()

    def _chosen_among(self, shown: Sequence[VariableRow | GroupRow]) -> VariableRow | GroupRow | None:
        """Find what is under the cursor again; where it is gone, take the first while the list is looked at."""
        before = self.chosen
        if before is None and not self.has_focus and self.filter_line is None:
            return None
        known = self._rows.get(before.variable.name) if isinstance(before, VariableRow) else None
        for row in shown:
            if row is known or (
                isinstance(row, GroupRow) and isinstance(before, GroupRow) and row.group == before.group
            ):
                return row
        return next(filter(_choosable, shown), None)

    def _notes(self, rows: int, gone: int) -> list[Block]:
        """Say what is not in the list: what it is for, that nothing fits, that there is more."""
        if not self._rows and not self._gone:
            words = ("What cells define shows up here.", "enter opens one, s sorts, p keeps one on top.")
            return [TextRow(each) for each in words]
        notes: list[Block] = [] if rows or gone else [TextRow("Nothing fits. esc shows all again.")]
        missing = self._total - len(self._rows)
        if self._cut or missing > 0:
            notes.append(TextRow(f"… {max(missing, 0):,} more; /vars looks again"))
        return notes


def _choosable(block: Block | None) -> TypeGuard[VariableRow | GroupRow]:
    return isinstance(block, GroupRow) or (isinstance(block, VariableRow) and block.mark != "gone")


def _is_one_of(block: Block, names: Collection[str]) -> bool:
    return isinstance(block, VariableRow) and block.mark != "gone" and block.variable.name in names
