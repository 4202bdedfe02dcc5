"""What has to be decided before going back: files that the user has changed, variables that are not held any more."""

import time
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import phrases
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.travel_files import ConflictAnswer, FileDifference, TravelAsked, VariableWay
from codeact_tui.protocol.travel_words import file_size_words
from codeact_tui.tui.rendering.lines import Line, flow
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.travel_files import difference_lines
from codeact_tui.tui.text import elide, joined, one_line, plain, styled
from codeact_tui.tui.themes import palette

__all__ = ["TravelAnswer", "TravelQuestion"]

_WAYS: dict[VariableWay, tuple[str, str]] = {
    "disk": ("from disk", "What was kept on disk at that point comes back into a fresh Python, as far as it was kept."),
    "replay": (
        "run the cells again",
        "In a fresh Python, in their order. Not exact: what depends on time, chance, the network or files that have "
        "changed comes out differently.",
    ),
    "leave": ("leave as they are", "Only the rest goes back."),
}
_ROOM = 72
_LOSES = " The variables of now are lost."


class TravelAnswer(Struct, frozen=True):
    """What was decided."""

    conflicts: ConflictAnswer
    overwrite: tuple[str, ...] = ()
    """Files that go back, by their paths as they were shown; the others stay."""
    way: VariableWay | None = None


class TravelQuestion(ModalScreen[TravelAnswer | None]):
    """Gives what was decided, or None for nothing to be done.

    Args:
        asked: The question.
        delay_s: No key goes before it has been on the screen for so long.
    """

    CSS_PATH = "travel_question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss(None)", "Back", show=False, priority=True),
        Binding("space", "turn", "Mine or back", show=False),
        Binding("k", "all(False)", "Keep all", show=False),
        Binding("t", "all(True)", "Take all back", show=False),
        Binding("j", "move(1)", show=False),
    ]

    def __init__(self, asked: TravelAsked, delay_s: float) -> None:
        super().__init__()
        self._asked = asked
        self._delay_s = delay_s
        self._shown_at = float("inf")
        self._back: set[str] = set()
        self._all_back = False
        self._way: VariableWay | None = asked.ways[0] if asked.ways else None
        if self._way == "replay":
            self._way = "leave"  # nothing runs unless it was chosen
        self._rows: list[FileDifference | VariableWay] = [*asked.conflicts, *asked.ways]
        self._list = OptionList(id="question-list", markup=False, compact=True)
        self._detail = BlockScroll(id="question-detail")

    def compose(self) -> ComposeResult:
        """A box: what is to be decided, a row for each choice, and what is behind the highlighted one."""
        with Vertical(id="question-box") as box:
            box.border_title = Content("before going back")
            yield Static(plain(self._lead()), id="question-lead", markup=False)
            yield self._list
            yield self._detail

    def on_mount(self) -> None:
        """Have the keyboard."""
        self._detail.can_focus = False
        self._list.focus()
        self.call_after_refresh(self._painted)

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room."""
        self.query_one("#question-box").border_subtitle = Content(self._keys())
        self.call_after_refresh(self._fill)

    def _painted(self) -> None:
        self._shown_at = time.monotonic()

    def _keys(self) -> str:
        if not self._asked.conflicts:
            return "enter go · space choose · esc"
        long = "space mine/back · k keep all · t take all back"
        return f"enter go · {long if self.size.width >= _ROOM else 'space turn · k, t all'} · esc"

    def _lead(self) -> str:
        said: list[str] = []
        if self._asked.count:
            files = "1 file was" if self._asked.count == 1 else f"{self._asked.count} files were"
            said.append(f"{files} changed by you since. Yours stay unless you say otherwise.")
        if self._asked.problem:
            said.append(f"{self._asked.problem}.")
        return "\n".join(said)

    def _fill(self) -> None:
        kept = self._list.highlighted
        self._list.clear_options()
        self._list.add_options([Option(self._row(row)) for row in self._rows])
        self._list.highlighted = kept or 0
        self._list.styles.height = min(len(self._rows), max(3, self.size.height // 3))

    def _draw_rows(self) -> None:
        for at, row in enumerate(self._rows):
            self._list.replace_option_prompt_at_index(at, self._row(row))

    def _row(self, row: FileDifference | VariableWay) -> Content:
        colors = palette(self)
        width = max(20, self._list.content_region.width - 2)
        if isinstance(row, str):
            chosen = row == self._way
            mark = styled("● " if chosen else "○ ", colors.color("accent" if chosen else "muted"))
            return joined([mark, styled("variables: ", colors.color("muted")), Content(self._way_name(row))])
        back = self._goes_back(row)
        sign = styled("take back  " if back else "keep mine  ", colors.color("warning" if back else "success"))
        note = styled(f"  {file_size_words(row)}", colors.color("muted"))
        name = elide(one_line(row.path), max(4, width - 11 - note.cell_length))
        return joined([sign, Content(name), note])

    def _way_name(self, way: VariableWay) -> str:
        count = len(self._asked.replay)
        cells = f": {count} cell{'s' * (count != 1)}" if way == "replay" else ""
        return f"{_WAYS[way][0]}{cells}"

    def _goes_back(self, row: FileDifference) -> bool:
        return self._all_back or row.path in self._back

    @property
    def _chosen(self) -> FileDifference | VariableWay | None:
        at = self._list.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self._detail.set_blocks([_Detail(self._asked, chosen)], at_end=False)

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        if time.monotonic() - self._shown_at < self._delay_s:
            return
        if self._all_back:
            self.dismiss(TravelAnswer("overwrite", (), self._way))
        else:
            self.dismiss(TravelAnswer("keep", tuple(sorted(self._back)), self._way))

    def action_turn(self) -> None:
        """Turn the highlighted file over, or choose the highlighted way."""
        chosen = self._chosen
        if isinstance(chosen, FileDifference):
            if self._all_back:
                self._back, self._all_back = {each.path for each in self._asked.conflicts}, False
            self._back ^= {chosen.path}
        elif chosen is not None:
            self._way = chosen
        self._draw_rows()

    def action_all(self, back: bool) -> None:
        """Take all files back, or none."""
        self._all_back, self._back = back, set()
        self._draw_rows()

    def action_move(self, by: int) -> None:
        """Go down."""
        del by
        self._list.action_cursor_down()


class _Detail:
    """What is behind a row: the lines of a file that differ, or what a way does.

    Args:
        asked: The question.
        row: The row.
    """

    def __init__(self, asked: TravelAsked, row: FileDifference | VariableWay) -> None:
        self._asked = asked
        self._row: FileDifference | VariableWay = row

    def estimate(self, width: int) -> int:
        """A few lines, and those of the difference."""
        del width
        return 4 if isinstance(self._row, str) else 2 + self._row.diff.count("\n")

    def render(self, width: int, paint: Paint) -> Sequence[Line]:
        """Draw it."""
        row = self._row
        if isinstance(row, FileDifference):
            gone = {"appears": "It would be there again.", "disappears": "It would be gone."}.get(row.kind, "")
            head = flow([(gone or "What taking it back would change:", paint.muted)], width)
            return [*head, *difference_lines(row, width, paint)]
        return self._way(row, width, paint)

    def _way(self, row: VariableWay, width: int, paint: Paint) -> list[Line]:
        loses = _LOSES if self._asked.loses and row != "leave" else ""
        lines = flow([(f"{_WAYS[row][1]}{loses}", paint.muted)], width)
        if row == "replay":
            for offer in self._asked.replay:
                does = ", ".join(phrase.text for phrase in phrases(Analysis(offer.effects)))
                lines += flow(
                    [(one_line(does), paint.text)], width, [(f"[{action_number(offer.action)}] ", paint.muted)]
                )
        return lines
