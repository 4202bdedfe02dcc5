"""Ways to take a step, side by side: what each would do; one is picked, or none. Narrow, one after the other."""

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style
from textual.widgets import Static

from codeact_tui.protocol.dry_run_words import tokens_words
from codeact_tui.protocol.dry_runs import EndExploration, PickCandidate, RunCandidates
from codeact_tui.protocol.ops import Op
from codeact_tui.session.tried import ExplorationRecord
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.explore_rows import WayBlock, way_state
from codeact_tui.tui.text import joined, packed, styled
from codeact_tui.tui.themes import palette

__all__ = ["ExploreScreen"]

_COLUMN = 38
"""Cells that a way needs to stand beside others."""
_WIDE = 100


class ExploreScreen(ModalScreen[None]):
    """Closes when the exploration has ended.

    Args:
        exploration: What is shown; it grows.
        send: Asks the session.
        delay_s: Keys answer only so long after something is asked.
        clock: Seconds.
    """

    CSS_PATH = "explore.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "leave", "None of them", show=False, priority=True),
        Binding("left,h,shift+tab", "step(-1)", "The way before", show=False, priority=True),
        Binding("right,l,tab", "step(1)", "The next way", show=False, priority=True),
        Binding("enter", "answer", "Run all, or pick", show=False, priority=True),
        Binding("y", "run", "Run all", show=False),
        *(Binding(str(number), f"choose({number})", show=False) for number in range(1, 9)),
    ]

    def __init__(
        self, exploration: ExplorationRecord, send: Callable[[Op], None], delay_s: float, clock: Callable[[], float]
    ) -> None:
        super().__init__()
        self._exploration = exploration
        self._ask, self._delay_s, self._clock = send, delay_s, clock
        self._chosen = 0
        self._first = 0
        """The leftmost way that is in sight."""
        self._asked_at: tuple[str, float] = "", 0.0
        self._dismissed = False
        self._head = Static(id="explore-head", markup=False)
        self._tabs = Static(id="explore-tabs", markup=False)
        self._keys = Static(id="explore-keys", markup=False)
        self._columns = [BlockScroll(classes="explore-way") for _ in range(8)]
        self._drawn: list[object] = [None] * 8

    def compose(self) -> ComposeResult:
        """A box over the whole screen: how far it is, the ways, the keys."""
        with Vertical(id="explore-box") as box:
            box.border_title = Content("compare ways to take this step")
            yield self._head
            yield self._tabs
            with Horizontal(id="explore-ways"):
                yield from self._columns
            yield self._keys

    def on_mount(self) -> None:
        """Draw what there is."""
        for column in self._columns:
            column.can_focus = False
        self.set_interval(0.5, self._draw_head)
        self.refresh_ways()

    def on_resize(self) -> None:
        """Show as many ways as there is room for."""
        self.call_after_refresh(self.refresh_ways)

    def refresh_ways(self) -> None:
        """Draw what has come; close when there is no more to decide."""
        if self._exploration.ended is not None:
            if not self._dismissed:
                self._dismissed = True
                self.dismiss(None)
            return
        phase = self._phase
        if phase != self._asked_at[0]:
            self._asked_at = phase, self._clock()
            if phase == "to pick":
                self._chosen = self._best()
        if phase == "running":
            self._chosen = max(0, len(self._exploration.runs) - 1)
        self._draw_ways()
        self._draw_head()

    def _best(self) -> int:
        """Begin with the first way that ends well and passes the check, if there is any."""
        exploration = self._exploration
        for at, each in enumerate(exploration.candidates):
            finished = exploration.runs[each.number].finished
            if finished is not None and finished.status == "ok" and finished.check != "failed" and not finished.problem:
                return at
        return 0

    # -- how far it is

    @property
    def _phase(self) -> str:
        exploration = self._exploration
        if exploration.ready is None:
            return "asking"
        if exploration.to_run:
            return "to run"
        return "to pick" if exploration.to_pick else "running"

    @property
    def _ready(self) -> bool:
        return self._clock() - self._asked_at[1] >= self._delay_s

    def _draw_head(self) -> None:
        exploration, colors = self._exploration, palette(self)
        muted, count = colors.color("muted"), len(exploration.candidates)
        words = {
            "asking": f"asking the model: {count} of {exploration.started.count}",
            "to run": "nothing has run yet: each would run in a copy of Python, its files put back",
            "running": f"trying {len(exploration.runs)} of {count} in a copy",
            "to pick": "nothing has happened yet: pick the one that shall",
        }[self._phase]
        sign, color = ("●", "warning") if self._phase in {"to run", "to pick"} else ("◇", "accent")
        parts = [styled(f"{sign} ", colors.color(color)), Content(words)]
        told = tokens_words(exploration.input_tokens, exploration.output_tokens, exploration.cost_usd)
        facts = [
            f"the others took {told}" if told else "",
            "network on" if exploration.started.network else "no network",
        ]
        facts.append(f"check: {exploration.started.check.splitlines()[0]}" if exploration.started.check else "")
        for fact in filter(None, facts):
            parts.append(styled(f" · {fact}", muted))
        self._head.update(joined(parts))
        self._draw_keys()

    def _draw_keys(self) -> None:
        colors = palette(self)
        keys = {
            "asking": [("esc", "stop")],
            "to run": [("enter", "run all"), ("←→", "look at each"), ("↑↓", "scroll"), ("esc", "none")],
            "running": [("←→", "look at each"), ("esc", "stop")],
            "to pick": [("enter", "pick this one"), ("←→", "the others"), ("↑↓", "scroll"), ("esc", "none")],
        }[self._phase]
        shown = [styled(key, colors.color("accent")) + styled(f" {word}", colors.color("muted")) for key, word in keys]
        self._keys.update(packed(shown, max(20, self.size.width - 6), Content("   ")))

    # -- the ways

    @property
    def _in_sight(self) -> int:
        """How many ways stand side by side."""
        width = self.size.width - 4
        return 1 if self.size.width < _WIDE else max(1, width // _COLUMN)

    def _draw_ways(self) -> None:
        candidates = self._exploration.candidates
        self._chosen = min(self._chosen, max(0, len(candidates) - 1))
        fit = min(self._in_sight, max(1, len(candidates)))
        self._first = min(max(self._first, self._chosen - fit + 1), self._chosen, max(0, len(candidates) - fit))
        for at, column in enumerate(self._columns):
            column.display = self._first <= at < min(self._first + fit, len(candidates))
            column.set_class(at == self._chosen, "-chosen")
            if at >= len(candidates):
                continue
            run = self._exploration.runs.get(candidates[at].number)
            state = (candidates[at], run and run.finished, run and run.outcome, run and run.run.outputs.version)
            if state != self._drawn[at]:
                self._drawn[at] = state
                column.set_blocks([WayBlock(candidates[at], run)], at_end=False)
        self._tabs.display = fit < len(candidates)
        self._tabs.update(self._tab_row())

    def _tab_row(self) -> Content:
        colors, parts = palette(self), list[Content]()
        for at, candidate in enumerate(self._exploration.candidates):
            sign, color, words = way_state(self._exploration.runs.get(candidate.number))
            label = f" {candidate.number} {sign} {words} " if cell_len(words) < 14 else f" {candidate.number} {sign} "
            style = colors.color(color)
            parts.append(styled(label, Style(reverse=True) + style if at == self._chosen else style))
        return joined(parts, Content(" "))

    # -- keys

    def action_step(self, by: int) -> None:
        """Go to the next way, or the one before."""
        count = len(self._exploration.candidates)
        if count:
            self._chosen = (self._chosen + by) % count
            self._draw_ways()

    def action_choose(self, number: int) -> None:
        """Go to the way of this number."""
        if 0 < number <= len(self._exploration.candidates):
            self._chosen = number - 1
            self._draw_ways()

    def action_answer(self) -> None:
        """Let all run, or pick the one that is chosen."""
        if not self._ready:
            return
        if self._phase == "to pick":
            number = self._exploration.candidates[self._chosen].number
            self._ask(PickCandidate(self._exploration.started.exploration, number))
        else:
            self.action_run()

    def action_run(self) -> None:
        """Let all run."""
        if self._ready and self._exploration.to_run:
            shown = tuple(each.sha256 for each in self._exploration.candidates)
            self._ask(RunCandidates(self._exploration.started.exploration, shown))

    def action_leave(self) -> None:
        """None of them."""
        self._ask(EndExploration(self._exploration.started.exploration))

    def key_up(self) -> None:
        """Scroll the way that is chosen."""
        self._columns[self._chosen].scroll_up(animate=False)

    def key_down(self) -> None:
        """Scroll the way that is chosen."""
        self._columns[self._chosen].scroll_down(animate=False)

    def key_pageup(self) -> None:
        """Scroll the way that is chosen."""
        self._columns[self._chosen].scroll_page_up(animate=False)

    def key_pagedown(self) -> None:
        """Scroll the way that is chosen."""
        self._columns[self._chosen].scroll_page_down(animate=False)
