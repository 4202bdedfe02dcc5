"""The timeline: the points of the session, what going to each would change, and the going itself."""

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
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Fork, MarkCheckpoint, Op, PreviewRewind, Rewind
from codeact_tui.protocol.travel import EVERYTHING, RewindPreviewed, TravelPart
from codeact_tui.session.points import Point, keeper_of, points
from codeact_tui.session.transcript import Transcript
from codeact_tui.store.base import SessionSummary
from codeact_tui.tui.live import Live
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.travel_rows import ForkBlock, PreviewBlock, point_label, point_note, with_forks
from codeact_tui.tui.text import elide, joined, one_line, styled
from codeact_tui.tui.themes import palette

__all__ = ["Journey", "TravelScreen"]

_LOOK_S = 0.08
"""So long a point is highlighted before it is asked what going there would change."""
_ROOM = 72
_TITLE = "go back to before · enter all · v variables · w files · c words"
_TITLE_SHORT = "go back to before · enter all · v w c a part"
_KEYS = "d diff · f fork · b base · m keep · esc"


class Journey(Struct, frozen=True):
    """What was chosen."""

    op: Rewind | Fork | None = None
    prompt: str = ""
    """What stood at that point in the prompt."""
    session: SessionId | None = None
    """A fork of this session, to be opened."""


class TravelScreen(ModalScreen[Journey | None]):
    """Gives what was chosen, or None.

    Args:
        transcript: The session's.
        live: Its present: which checkpoints are held.
        send: Asks the session.
        number: The cell to begin at; 0 for the last point.
        forks: The sessions that go on from a point of this one.
    """

    CSS_PATH = "travel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss(None)", "Back", show=False, priority=True),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("v", "go('variables')", "Variables alone", show=False),
        Binding("w", "go('files')", "Files alone", show=False),
        Binding("c", "go('conversation')", "Conversation alone", show=False),
        Binding("f", "fork", "Fork", show=False),
        Binding("d", "diff", "Lines that differ", show=False),
        Binding("pagedown,ctrl+d", "scroll(1)", show=False, priority=True),
        Binding("pageup,ctrl+u", "scroll(-1)", show=False, priority=True),
        Binding("m", "mark", "Keep longer", show=False),
        Binding("b", "base", "Compare from here", show=False),
    ]

    def __init__(
        self,
        transcript: Transcript,
        live: Live,
        send: Callable[[Op], None],
        number: int = 0,
        forks: Sequence[SessionSummary] = (),
    ) -> None:
        super().__init__()
        self._transcript = transcript
        self._live = live
        self._ask = send
        self._rows = with_forks(points(transcript), forks)
        here = (at for at, each in enumerate(self._rows) if isinstance(each, Point) and each.action == f"a{number}")
        newest = (at for at, each in enumerate(self._rows) if isinstance(each, Point))
        self._start = next(here, next(newest, 0))
        self._base: Point | None = None
        self._with_diffs = False
        self._told: dict[tuple[int, int | None], RewindPreviewed] = {}
        self._list = OptionList(id="travel-list", markup=False, compact=True)
        self._preview = BlockScroll(id="travel-preview")

    def compose(self) -> ComposeResult:
        """A box at the side: the points, the newest first, and what going to the highlighted one changes."""
        with Vertical(id="travel-box"):
            yield self._list
            yield self._preview

    def on_mount(self) -> None:
        """Have the keyboard."""
        self._preview.can_focus = False
        self._list.focus()

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room."""
        box = self.query_one("#travel-box")
        box.border_title = Content(_TITLE if self.size.width >= _ROOM else _TITLE_SHORT)
        box.border_subtitle = Content(_KEYS)
        self.call_after_refresh(self._fill)

    def refresh_held(self) -> None:
        """Other checkpoints are held than before."""
        for at, row in enumerate(self._rows[: self._list.option_count]):
            self._list.replace_option_prompt_at_index(at, self._row(row))

    def show(self, told: RewindPreviewed) -> None:
        """Take in what going to a point would change."""
        self._told[told.point, told.base] = told
        self._draw_preview()

    def _fill(self) -> None:
        kept = self._list.highlighted
        self._list.clear_options()
        self._list.add_options([Option(self._row(row)) for row in self._rows])
        if self._rows:
            self._list.highlighted = self._start if kept is None else kept
        else:
            self._list.add_option(Option(styled("Nothing has happened yet.", palette(self).color("muted"))))

    def _row(self, point: Point | SessionSummary) -> Content:
        colors = palette(self)
        if not isinstance(point, Point):
            return self._fork_row(point)
        note = point_note(self._transcript, point, self._live.held, self._live.marked)
        width = max(20, self._list.content_region.width - 2)
        sign = "▸ " if self._base is not None and self._base.sequence == point.sequence else "  "
        name = elide(point_label(point), max(4, width - cell_len(note) - 3))
        gap = " " * max(1, width - cell_len(name) - cell_len(note) - 2)
        words = styled(name, colors.color("muted")) if point.kind == "rewind" else Content(name)
        return joined([styled(sign, colors.color("accent")), words, Content(gap), styled(note, colors.color("muted"))])

    def _fork_row(self, fork: SessionSummary) -> Content:
        colors = palette(self)
        width = max(20, self._list.content_region.width - 2)
        note = "a fork"
        title = elide(one_line(fork.title or "untitled"), max(4, width - cell_len(note) - 5))
        gap = " " * max(1, width - cell_len(title) - cell_len(note) - 4)
        sign = styled("  ↳ ", colors.color("accent"))
        return joined([sign, Content(title), Content(gap), styled(note, colors.color("muted"))])

    @property
    def _here(self) -> Point | SessionSummary | None:
        at = self._list.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    @property
    def _chosen(self) -> Point | None:
        here = self._here
        return here if isinstance(here, Point) else None

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._draw_preview()
        chosen = self._chosen
        if chosen is not None:
            self.set_timer(_LOOK_S, lambda: self._look_at(chosen))

    def _look_at(self, point: Point) -> None:
        if self._chosen is point and (point.sequence, self._base_sequence) not in self._told:
            self._ask(PreviewRewind(point.sequence, self._base_sequence))

    @property
    def _base_sequence(self) -> int | None:
        return None if self._base is None else self._base.sequence

    def _draw_preview(self) -> None:
        chosen = self._chosen
        if chosen is None:
            fork = self._here
            self._preview.set_blocks([ForkBlock(fork)] if isinstance(fork, SessionSummary) else [], at_end=False)
            return
        told = self._told.get((chosen.sequence, self._base_sequence))
        block = PreviewBlock(told, compared=self._base is not None, with_diffs=self._with_diffs)
        self._preview.set_blocks([block], at_end=False)
        width = max(1, self._preview.scrollable_content_region.width)
        self._preview.styles.height = max(4, len(block.render(width, self._preview.paint)))
        self.call_after_refresh(self._list.scroll_to_highlight)  # which has as many rows as are left

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self._leave(EVERYTHING)

    def action_go(self, part: TravelPart) -> None:
        """Take this part alone back."""
        self._leave((part,))

    def _leave(self, what: tuple[TravelPart, ...]) -> None:
        chosen, here = self._chosen, self._here
        if isinstance(here, SessionSummary):
            self.dismiss(Journey(session=here.id))
        elif chosen is not None:
            kept = chosen.prompt if "conversation" in what else ""
            self.dismiss(Journey(Rewind(chosen.sequence, what), kept))

    def action_fork(self) -> None:
        """Go on from this point in a new session."""
        if self._chosen is not None:
            self.dismiss(Journey(Fork(self._chosen.sequence), self._chosen.prompt))

    def action_diff(self) -> None:
        """Show the lines of files that differ, or no longer; there is more room for them then."""
        self._with_diffs = not self._with_diffs
        self.set_class(self._with_diffs, "-diffs")
        self._draw_preview()

    def action_scroll(self, by: int) -> None:
        """Scroll through what going there would change."""
        self._preview.scroll_relative(y=by * max(1, self._preview.size.height - 1), animate=False)

    def action_mark(self) -> None:
        """Keep this point's checkpoint longer than others, or no longer."""
        chosen = self._chosen
        keeper = keeper_of(self._transcript, chosen, self._live.held) if chosen is not None else None
        if keeper is not None:
            name = keeper.event.checkpoint
            self._ask(MarkCheckpoint(name, name not in self._live.marked))

    def action_base(self) -> None:
        """Compare the others with this point; again: with now."""
        chosen = self._chosen
        self._base = None if self._base is chosen else chosen
        self.refresh_held()
        self._highlighted()

    def action_move(self, by: int) -> None:
        """Go up or down."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()
