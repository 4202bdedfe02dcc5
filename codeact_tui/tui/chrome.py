"""The lines around the panes, brought in line with the session: status, hints, notice, the prompt's rule, sizes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content, Span

from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.resuming import StaleCell
from codeact_tui.protocol.travel_words import going_words
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.permission_words import offers_of
from codeact_tui.session.staleness import stale_words
from codeact_tui.tui.applying import open_dry_run
from codeact_tui.tui.later import later
from codeact_tui.tui.situation import Situation
from codeact_tui.tui.text import clock_words, looks_other, one_line, packed, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.vi import ViKeys
from codeact_tui.tui.widgets.lines import hint
from codeact_tui.tui.widgets.pane import Pane
from codeact_tui.tui.widgets.status import Status

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Chrome"]

_FLASH_S = 5.0
_STALE_NAMED = 4
_LEAST_ROWS = 6
"""What the cell's pane has at least."""
_IN_CELL = ("approve", "dry_run", "edit", "reject", "reject_reason", "always", "allow_turn", "allow_careful", "changes")
_TRIED = ("commit_dry_run", "approve", "discard_dry_run", "edit", "reject", "reject_reason")
"""After a dry run."""
_AT_HOST = ("host_once", "host_session", "host_project", "host_refuse", "host_never")
_PAST = ("rerun", "edit", "changes", "history")
_BOTTOM = ("send", "queue", "newline", "stop", "next_pane", "help", "palette")


class Chrome:
    """Draws what says how things stand.

    Args:
        screen: The screen that it serves.
    """

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen
        self._flash: Content | None = None
        self._flashes = 0
        self._rows = 0
        self._heights: tuple[int | None, int | None] | None = None
        self._hinted: tuple[str, Sequence[Span]] = "", ()

    def refresh(self) -> None:
        """Bring every line in line."""
        screen = self._screen
        if not screen.is_attached:
            return
        now = screen.situation()
        self._show_status()
        self._show_hints(now)
        self._show_notice(now)
        self.tick()
        self._show_layout(now)
        screen.refresh_bindings()

    def tick(self) -> None:
        """Say on the prompt's rule what goes on, and for how long."""
        screen = self._screen
        title, color = self._activity()
        colors = palette(screen)
        queued = len(screen.live.queued)
        state = Content("")
        if screen.live.busy and screen.link.writable and open_dry_run(screen.record()) is None:
            state = styled("esc stops", colors.color("muted"))
        if queued:
            words = f"{queued} queued"
            state = styled(words, colors.color("muted")) + (Content("   ") + state if state else Content(""))
        screen.prompt_box.set_activity(title, self._with_mode(state))
        screen.cell.tick()
        self._show_host()
        screen.set_class(color == "warning", "-asks")

    def _show_host(self) -> None:
        """Write the keys below the question about a host, and for how long it stands."""
        screen = self._screen
        if not screen.host.display:
            return
        now, row = screen.situation(), screen.host.hints
        registry, muted = screen.registry.by_id, palette(screen).color("muted")
        left = styled(f"refused in {screen.host.left_s(screen.clock())} s", muted)
        if now.prompt and not now.prompt_empty:
            parts = [hint(row, registry["to_question"], word="answer"), styled("the prompt takes the letters", muted)]
        else:
            parts = [hint(row, registry[name], dim=not now.answerable) for name in _AT_HOST]
        row.update(packed([*parts, left], max(20, screen.size.width - 4), Content("   ")))

    def _with_mode(self, state: Content) -> Content:
        """Say which of vi's modes the field is in that has the focus."""
        vi = getattr(self._screen.focused, "vi", None)
        if not isinstance(vi, ViKeys):
            return state
        mode = styled(vi.mode, palette(self._screen).color("accent" if vi.mode == "normal" else "muted"))
        return mode + (Content("   ") + state if state else Content(""))

    def _activity(self) -> tuple[str, str]:
        screen, live = self._screen, self._screen.live
        if live.busy and not screen.link.writable:
            return "a turn was going on when this was opened", ""
        if live.going is not None:
            return going_words(live.going), ""
        seconds = screen.clock() - live.since
        if live.retry is not None:
            wait = max(0, round(live.retry_at - screen.clock()))
            retry = live.retry
            return f"{one_line(retry.reason, 80)} · trying again in {wait} s ({retry.attempt} of {retry.attempts})", ""
        if live.asking is not None:
            return "the cell asks you", "warning"
        if screen.host.display:
            return "the cell asks for a host", "warning"
        match live.state:
            case "thinking":
                return f"{'writing a cell' if live.writing else 'thinking'} {clock_words(seconds)}", ""
            case "waiting":
                return "waiting for you", "warning"
            case "running" if screen.transcript.tried.going_on is not None:
                return f"dry run {clock_words(seconds)}", ""
            case "running":
                number = f" [{live.running[1:]}]" if live.running else ""
                return f"running{number} {clock_words(seconds)}", ""
            case "idle" | "stopped":
                return ("" if screen.link.session else "getting ready"), ""

    # -- notices

    def say(self, sentence: str, color: str = "foreground") -> None:
        """Show a sentence for some seconds."""
        screen = self._screen
        self._flash = styled(sentence, palette(screen).color(color))
        self._flashes += 1
        mine = self._flashes
        later(screen, _FLASH_S, lambda: self._unsay(mine))
        self._show_notice(screen.situation())

    def unsay(self) -> None:
        """Take the sentence away."""
        self._unsay(self._flashes)

    def _unsay(self, mine: int) -> None:
        if mine == self._flashes and self._flash is not None:
            self._flash = None
            self._show_notice(self._screen.situation())

    def _show_notice(self, now: Situation) -> None:
        self._screen.notice.say(self._flash or self._standing_notice(now))

    def _standing_notice(self, now: Situation) -> Content | None:
        """Say what is the matter, as long as it is."""
        screen, live = self._screen, self._screen.live
        if not now.writable:
            return self._offer("warning", "This session is open in another codeact. Here you can only look.", "new")
        if now.kernel_dead:
            how = f": {one_line(live.died, 80)}" if live.died else ""
            actions = ("restart", "rerun_cells") if now.lost_cells else ("restart",)
            return self._offer("error", f"Python died{how}. Its variables are gone.", *actions)
        if live.ended == "limit" and now.can_continue:
            count = screen.transcript.turn_actions
            return self._offer("warning", f"{count} cells in this turn. Go on?", "continue")
        if now.refused and now.writable:
            return self._offer("warning", _refused_words(screen), "allow_refused")
        if screen.transcript.waits_for_restart:
            words = "What you have allowed needs Python to be started anew; its variables are gone then."
            return self._offer("warning", words, "restart", "restart_rerun")
        if live.returning:
            return styled("Bringing the variables back…", palette(screen).color("muted"))
        if now.missing_cells and not now.busy:
            return self._offer("warning", "Not all variables are back.", "rerun_missing")
        if now.stale_cells and not now.busy:
            return self._offer("warning", _stale_notice(live.stale), "rerun_stale")
        if now.lost_cells and not now.busy:
            return self._offer("warning", "The variables of the earlier cells are gone.", "rerun_cells")
        return None

    def _offer(self, color: str, sentence: str, *actions: str) -> Content:
        colors = palette(self._screen)
        parts = [styled(f"{'✗' if color == 'error' else '!'} ", colors.color(color)), Content(sentence)]
        for name in actions:
            parts += [Content("   "), hint(self._screen.notice, self._screen.registry.by_id[name])]
        return Content("").join(parts)

    # -- hints

    def _show_status(self) -> None:
        screen = self._screen
        transcript = screen.transcript
        screen.status.status = Status(
            title=transcript.title,
            model=transcript.model,
            policy=transcript.policy,
            kernel=screen.live.kernel,
            python=transcript.kernel,
            memory_bytes=screen.live.memory_bytes,
            usage=transcript.usage,
            writable=screen.link.writable,
        )

    def _show_hints(self, now: Situation) -> None:
        screen = self._screen
        hints = self._cell_hints(now)
        if (hints.plain, hints.spans) != self._hinted:  # to lay the screen out anew for each key would be felt
            self._hinted = hints.plain, hints.spans
            screen.cell.hints.update(hints)
        names = [
            name
            for name in _BOTTOM
            if self._screen.registry.by_id[name].applies(now) and (name != "stop" or (now.busy and not now.tried))
        ]
        if "newline" in names and ("queue" in names or now.prompt_empty):
            names.remove("newline")
        screen.hints.actions = tuple(self._screen.registry.by_id[name] for name in names)

    def _applies(self, name: str, now: Situation) -> bool:
        return self._screen.registry.by_id[name].applies(now)

    def _cell_hints(self, now: Situation) -> Content:
        """Give the row below the code."""
        screen = self._screen
        row = screen.cell.hints
        muted = palette(screen).color("muted")
        if now.reasoning:
            back = hint(row, self._screen.registry.by_id["stop"], word="back")
            parts = [
                styled("Why not?", palette(screen).color("foreground")),
                hint(row, self._screen.registry.by_id["send"]),
                back,
            ]
        elif now.editing:
            parts = [
                hint(row, self._screen.registry.by_id["run_edited"]),
                hint(row, self._screen.registry.by_id["stop"], word="keep the original"),
            ]
        elif now.question:
            parts = [
                hint(row, self._screen.registry.by_id[name], dim=not now.answerable)
                for name in (_TRIED if now.tried else _IN_CELL)
                if self._applies(name, now)
            ]
            if now.prompt and not now.prompt_empty:
                parts = [
                    hint(row, self._screen.registry.by_id["to_question"], word="answer"),
                    styled("the prompt takes the letters", muted),
                ]
        elif now.past and not now.prompt and now.writable:
            parts = [hint(row, self._screen.registry.by_id[name]) for name in _PAST if self._applies(name, now)]
        else:
            parts = []
        return packed(parts, max(20, screen.side.size.width - 4), Content("   "))

    # -- layout

    def prompt_changed(self) -> None:
        """Show what kind of thing is being typed."""
        text = self._screen.prompt.text.lstrip()
        self._screen.prompt_box.set_sign("!" if text.startswith("!") else "/" if text.startswith("/") else "›")
        self.refresh()

    def choose_tab(self, name: str) -> None:
        """Show this pane where there is room for one only."""
        screen = self._screen
        if name == screen.tabs.chosen:
            return
        screen.tabs.chosen = name
        self.show_tabs()
        self._mark_chosen()

    def _mark_chosen(self) -> None:
        """Where there is room for all panes the mark means nothing, and to set it would style a pane anew."""
        if self._screen.has_class("-narrow"):
            for name, pane in self._panes().items():
                pane.set_class(name == self._screen.tabs.chosen, "-chosen")

    def show_tabs(self) -> None:
        """Let the tabs carry the state of the pane that is shown."""
        screen = self._screen
        screen.variables_pane.set_title("variables", styled(screen.variables.list.news, palette(screen).color("muted")))
        record = screen.output_record()
        form = styled(screen.output.form_words, palette(screen).color("muted"))
        screen.output_pane.set_title(_output_title(record), form)
        chosen = self._panes()[screen.tabs.chosen]
        if looks_other(chosen.state, screen.tabs.state):
            screen.tabs.state = chosen.state
        screen.tabs.active = chosen.has_focus_within

    def _panes(self) -> dict[str, Pane]:
        screen = self._screen
        return {"cell": screen.cell, "output": screen.output_pane, "variables": screen.variables_pane}

    def _show_welcome(self) -> None:
        """While nothing has been asked, say what can be; what is told at the beginning stands above it."""
        screen = self._screen
        transcript = screen.transcript
        fresh = not transcript.turn and not transcript.actions and not screen.live.busy
        screen.welcome.demo = transcript.model in {"", "demo"}
        if fresh:
            rows = min(screen.conversation.virtual_size.height, max(3, screen.conversation_pane.size.height // 3))
            screen.conversation.styles.height = max(1, rows)
        elif screen.welcome.display:
            screen.conversation.styles.height = "1fr"
        screen.welcome.display = fresh

    def _show_layout(self, now: Situation) -> None:
        """Give the cell as much room as its code needs, within reason, and keep it still while it grows."""
        screen = self._screen
        screen.set_class(not screen.transcript.actions and not screen.live.writing, "-no-cell")
        self._show_welcome()
        screen.set_class(now.question or now.editing, "-deciding")
        screen.prompt.disabled = not now.writable
        self.show_tabs()
        self._mark_chosen()
        deciding = now.question or now.trying or now.editing or screen.live.writing
        both = screen.has_class("-narrow")
        room = screen.side.size.height + both * screen.conversation_pane.size.height
        told = screen.cell.effects.rows(screen.side.size.width - 3, room)
        needed = screen.cell.view.row_count + 3 + 2 * now.editing + told + screen.cell.trial.rows
        if screen.live.writing:
            before = max(self._rows, _LEAST_ROWS)
            needed = before if needed <= before else -(-needed // 4) * 4
        self._rows = needed
        told = max(0, told - 3)  # what is usual has its place already
        if both:
            most = room * (8 if screen.cell.trial.rows else 6) // 10 + told if deciding else room // 2
            wanted = needed + now.reasoning if screen.tabs.chosen == "cell" else most
            heights = None, max(_LEAST_ROWS, min(wanted, most))
        else:
            most = room * (7 if screen.cell.trial.rows else 6) // 10 + told if deciding else room * 4 // 10
            heights = max(_LEAST_ROWS, min(needed, most)), None
        if heights != self._heights:
            # Even the same height, set again, lays out and draws the whole screen.
            self._heights = heights
            screen.cell.styles.height, screen.side.styles.height = heights


def _output_title(record: ActionRecord | None) -> str:
    if record is None:
        return "output"
    return "output of the dry run" if record.action.startswith("d") else f"output [{record.number}]"


def _stale_notice(stale: Sequence[StaleCell]) -> str:
    """Name the cells that are stale."""
    numbers = [f"[{action_number(cell.action)}]" for cell in stale[:_STALE_NAMED]]
    more = f" and {len(stale) - _STALE_NAMED} more" if len(stale) > _STALE_NAMED else ""
    if len(stale) == 1:
        return f"{numbers[0]} is stale: {stale_words(stale[0])}."
    return f"{' '.join(numbers)}{more} are stale: what they used has changed."


def _refused_words(screen: "MainScreen") -> str:
    """Say what the last cell was refused and can be granted."""
    first, *rest = offers_of(screen.transcript)
    more = f" and {len(rest)} more" if rest else ""
    return f"The sandbox refused [{first.number}] {one_line(first.what, 160)}{more}."
