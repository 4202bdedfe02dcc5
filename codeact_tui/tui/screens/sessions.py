"""Earlier sessions: found by title or by what was said in them, opened, renamed, deleted."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.ids import SessionId
from codeact_tui.session.base import Desk
from codeact_tui.store.base import SearchHit, SessionSummary
from codeact_tui.store.tree import as_tree
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.fuzzy import best
from codeact_tui.tui.text import elide, one_line, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.field import Field

__all__ = ["SessionsScreen", "age_words"]

_NO_SESSION = "This folder has no session yet: the first prompt makes one.\nf3 looks in all folders, esc goes back."
_NO_SESSION_ANYWHERE = "There is no session yet: the first prompt makes one. esc goes back."
_NOTHING_FOUND = (
    "Nothing is called so, and nothing like it was said or run.\nTry fewer letters; f3 looks in all folders."
)
_KEYS = (
    "enter open · f2 rename · del delete · f3 all folders · esc back",
    "enter open · f2 rename · del delete · f3 all · esc",
    "f2 rename · del delete · f3 all · esc back",
)
_MODEL_CELLS = 24
_SHOWN = 200
_DEBOUNCE_S = 0.15


def age_words(then: float, now: float) -> str:
    """Say how long ago something was, or the day."""
    seconds = max(0, int(now - then))
    for unit, size, limit in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 86400)):
        if seconds < limit:
            return f"{seconds // size} {unit}"
    days = seconds // 86400
    return f"{days} d" if days < 30 else f"{datetime.fromtimestamp(then):%Y-%m-%d}"


class SessionsScreen(ModalScreen[SessionId | None]):
    """Gives the session to open, or None.

    Args:
        desk: Where they are listed.
        current: The one that is open here.
        clock: Seconds since the epoch.
    """

    CSS_PATH = "sessions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("f2", "rename", "Rename", show=False),
        Binding("delete,ctrl+x", "delete", "Delete", show=False, priority=True),
        Binding("f3", "everywhere", "All folders", show=False),
    ]

    def __init__(self, desk: Desk, current: SessionId | None, clock: Callable[[], float]) -> None:
        super().__init__()
        self._desk = desk
        self._current = current
        self._clock = clock
        self._everywhere = False
        self._sessions: list[SessionSummary] = []
        self._rows: list[tuple[SessionSummary, str]] = []
        self._signs: dict[SessionId, str] = {}
        """What stands before the titles of forks, while all are listed."""
        self._doubtful: SessionId | None = None
        """The one that another press deletes."""
        self._renaming: SessionId | None = None
        self._field = Field("find by title, or by what was said", id="sessions-find")
        self._list = OptionList(id="sessions-list", markup=False, compact=True)
        self._preview = Static(id="sessions-preview", markup=False)

    def compose(self) -> ComposeResult:
        """The field on top, the list, and below it more of the highlighted one."""
        with Vertical(id="sessions-box") as box:
            box.border_title = Content("sessions")
            yield self._field
            yield self._list
            yield self._preview

    def on_mount(self) -> None:
        """Fetch the list."""
        self._field.focus()
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        try:
            self._sessions = await self._desk.sessions(everywhere=self._everywhere)
        except CodeActError as error:
            self._say(error.sentence)
            return
        self._show([(session, "") for session in self._matching()])

    def _as_tree(self) -> list[SessionSummary]:
        """All sessions, forks below those that they go on from."""
        rows = as_tree(self._sessions[:_SHOWN])
        self._signs = {session.id: signs for signs, session in rows}
        return [session for _, session in rows]

    def _matching(self) -> list[SessionSummary]:
        query = "" if self._renaming else self._field.value.strip()
        if not query:
            return self._as_tree()
        self._signs = {}
        return best(query, self._sessions, lambda session: session.title, _SHOWN)

    @on(Input.Changed)
    @work(exclusive=True, group="find")
    async def _find(self, event: Input.Changed) -> None:
        """Filter by title at once, and by what was said a moment later."""
        if self._renaming is not None:
            return
        self._doubtful = None
        titled = self._matching()
        self._show([(session, "") for session in titled])
        query = event.value.strip()
        if len(query) < 2:
            return
        await asyncio.sleep(_DEBOUNCE_S)
        try:
            hits = await self._desk.search(query)
        except CodeActError as error:
            self._say(error.sentence)
            return
        known = {session.id for session in titled}
        self._show([(session, "") for session in titled] + _first_hits(hits, known))

    def on_resize(self) -> None:
        """Draw the rows as wide as there is room, and name the keys that there is room for."""
        box = self.query_one("#sessions-box")
        self.call_after_refresh(self._fill)
        words = next((keys for keys in _KEYS if len(keys) + 8 <= box.size.width), "")
        box.border_subtitle = Content(words)

    def _show(self, rows: list[tuple[SessionSummary, str]]) -> None:
        self._rows = rows
        self._fill()
        if not rows:
            self._say(
                _NOTHING_FOUND if self._field.value else _NO_SESSION_ANYWHERE if self._everywhere else _NO_SESSION
            )

    def _fill(self) -> None:
        at, rows = self._list.highlighted or 0, self._rows
        self._list.clear_options()
        self._list.add_options([Option(self._row(session)) for session, _ in rows])
        self._list.highlighted = min(at, len(rows) - 1) if rows else None

    def _row(self, session: SessionSummary) -> Content:
        colors = palette(self)
        width = max(30, self._list.content_region.width or app_of(self).size.width - 8)
        sign = "●" if session.id == self._current else "○" if session.open else " "
        right = f"{_count(session.cells, 'cell')} · {age_words(session.updated_at, self._clock())}"
        branch = self._signs.get(session.id, "")
        title = elide(one_line(session.title or "untitled"), max(4, width - len(right) - len(branch) - 6))
        parts = [styled(f"{sign} ", colors.color("accent")), styled(branch, colors.color("muted")), Content(title)]
        line = Content("").join(parts)
        gap = " " * max(2, width - line.cell_length - len(right) - 2)
        return Content("").join([line, Content(gap), styled(right, colors.color("muted"))])

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._doubtful = None
        self._show_preview()

    def _chosen(self) -> tuple[SessionSummary, str] | None:
        at = self._list.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def _show_preview(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        session, snippet = chosen
        colors = palette(self)
        begun = f"{datetime.fromtimestamp(session.created_at):%Y-%m-%d %H:%M}"
        counts = f"{_count(session.prompts, 'prompt')} · {_count(session.cells, 'cell')}"
        model, how = elide(one_line(session.model), _MODEL_CELLS), "forked" if session.parent else "begun"
        facts = f"{counts} · {model} · {how} {begun}"
        lines = [styled(facts, colors.color("muted")), styled(_folder(session.folder), colors.color("muted"))]
        if snippet:
            lines.append(self._snippet(snippet))
        elif session.open and session.id != self._current:
            lines.append(styled("open in another codeact: it can be looked at", colors.color("warning")))
        self._preview.update(Content("\n").join(lines))

    def _snippet(self, snippet: str) -> Content:
        colors = palette(self)
        parts: list[Content] = []
        for number, piece in enumerate(snippet.split("\x02")):
            found, _, after = piece.partition("\x03") if number else ("", "", piece)
            parts += [styled(one_line(found), colors.color("accent")).stylize("bold"), Content(_spaced(after))]
        return Content("").join(parts)

    def _say(self, words: str) -> None:
        self._preview.update(Content(words))

    # -- what can be done

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self._open()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self._renaming is None:
            self._open()
        else:
            self._finish_rename(event.value.strip())

    def _open(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.dismiss(chosen[0].id)

    def action_back(self) -> None:
        """Leave the renaming, else the screen."""
        if self._renaming is not None:
            self._end_rename()
        else:
            self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move through the list while the field has the focus."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def action_everywhere(self) -> None:
        """List the sessions of all folders, or of this one again."""
        self._everywhere = not self._everywhere
        self._load()

    def action_rename(self) -> None:
        """Take a new title in the field."""
        if (chosen := self._chosen()) is not None:
            self._renaming = chosen[0].id
            self._field.value = chosen[0].title
            self._say("Enter keeps the new title, esc the old one.")

    @work(group="change")
    async def _finish_rename(self, title: str) -> None:
        session = self._renaming
        if session is not None and title:
            try:
                await self._desk.rename(session, title)
            except CodeActError as error:
                self._say(error.sentence)
                return
        self._end_rename()

    def _end_rename(self) -> None:
        self._field.value = ""
        self._renaming = None
        self._load()

    @work(group="change")
    async def action_delete(self) -> None:
        """Ask once, then remove the session for good."""
        chosen = self._chosen()
        if chosen is None or self._renaming is not None:
            return
        session = chosen[0]
        if session.id == self._current:
            self._say("This session is open here. Begin another one first.")
        elif self._doubtful != session.id:
            self._doubtful = session.id
            self._say("Delete it for good, with all that it kept? Press del again; any other key keeps it.")
        else:
            self._doubtful = None
            try:
                await self._desk.delete(session.id)
            except CodeActError as error:
                self._say(error.sentence)
                return
            self._load()


def _first_hits(hits: list[SearchHit], known: set[SessionId]) -> list[tuple[SessionSummary, str]]:
    """Give each session that was found and is not known yet once, with the first place."""
    found: dict[SessionId, tuple[SessionSummary, str]] = {}
    for hit in hits:
        if hit.session.id not in known:
            found.setdefault(hit.session.id, (hit.session, hit.snippet))
    return list(found.values())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _spaced(text: str) -> str:
    """Make one line of text, the blanks at its ends kept."""
    return f"{' ' if text[:1].isspace() else ''}{one_line(text)}{' ' if text[-1:].isspace() else ''}"


def _folder(folder: str) -> str:
    """Write a folder with `~` for the home."""
    home = str(Path.home())
    return one_line(f"~{folder[len(home) :]}" if folder == home or folder.startswith(f"{home}/") else folder)
