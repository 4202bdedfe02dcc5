"""The cell pane: the code of one action, what state it is in, and the keys that decide about it."""

from typing import TYPE_CHECKING

from msgspec import Struct
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codeact_tui.protocol.ids import ActionId, action_number, code_sha256
from codeact_tui.protocol.visible import escape_invisible, has_invisible
from codeact_tui.session.transcript import ActionRecord
from codeact_tui.tui.rendering.text import human_seconds
from codeact_tui.tui.text import joined, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.code_view import CodeView
from codeact_tui.tui.widgets.field import Field
from codeact_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from codeact_tui.tui.widgets.cell_editor import CellEditor

__all__ = ["CellPane", "Shown", "cell_state"]


class Shown(Struct, frozen=True):
    """What stands on the screen: what an approval names."""

    action: ActionId
    revision: int
    code: str

    @property
    def sha256(self) -> str:
        """The hash of the code that is shown."""
        return code_sha256(self.code)


_STATES: dict[str, tuple[str, str, str]] = {
    "proposed": ("○", "proposed", "muted"),
    "waiting": ("●", "waiting for you", "warning"),
    "approved": ("○", "about to run", "muted"),
    "rejected": ("–", "rejected", "muted"),
    "running": ("▶", "running", "accent"),
    "ok": ("✓", "ran", "success"),
    "error": ("✗", "failed", "error"),
    "interrupted": ("■", "interrupted", "warning"),
    "timeout": ("■", "out of time", "warning"),
    "died": ("✗", "Python died", "error"),
    "aborted": ("–", "did not run", "muted"),
    "lost": ("?", "lost", "warning"),
}


def cell_state(record: ActionRecord) -> tuple[str, str, str]:
    """Give sign, words and colour of an action's state; after it ran, how long it took."""
    state = record.status or "ok" if record.state == "finished" else record.state
    sign, words, color = _STATES[state]
    if record.state == "finished" and record.status in {"ok", "error", "interrupted", "timeout"}:
        words = f"{words} {human_seconds(record.seconds)}"
    return sign, words, color


def _heading(record: ActionRecord) -> str:
    origin = " yours" if record.origin == "user" else ""
    again = f" [{action_number(record.rerun_of)}] again" if record.rerun_of else ""
    edited = ", edited" if record.edited else ""
    return f"cell [{record.number}]{origin}{again}{edited}"


class CellPane(Pane):
    """Shows one action; edits it; asks why it is rejected."""

    class TitleChanged(Message):
        """The title line says something else."""

    class ReasonGiven(Message):
        """The user said why the action is rejected."""

        def __init__(self, shown: Shown, reason: str) -> None:
            super().__init__()
            self.shown = shown
            self.reason = reason

    def __init__(self) -> None:
        self.view = CodeView(id="cell-code")
        self.hints = Static(id="cell-hints", markup=False)
        self.empty = Static("What the model wants to run stands here, before it runs.", id="cell-empty", markup=False)
        super().__init__("cell", self.empty, self.view, self.hints, id="cell-pane")
        self.shown: Shown | None = None
        self.editor: CellEditor | None = None
        self.reason: Field | None = None
        self._streamed: list[str] = []
        self._heading = "cell"
        self._state: tuple[str, str, str] | None = None
        self.view.display = False

    # -- what is shown

    def show(self, record: ActionRecord | None) -> None:
        """Show an action as it is now; None shows that there is none. What is being edited stays."""
        if self.editor is not None:
            return
        self.empty.display = record is None
        self.view.display = record is not None
        if record is None:
            self.shown, self._heading, self._state = None, "cell", None
            self.view.show("")
            self._draw_title()
            return
        shown = Shown(record.action, record.revision, record.code)
        if self.shown is None or shown.action != self.shown.action:
            self.view.scroll_to(y=0, animate=False)
        self.shown = shown
        self.view.show(record.code)
        self._heading, self._state = _heading(record), cell_state(record)
        self._draw_title()

    def stream(self, text: str, *, visible: bool = True) -> None:
        """Take in more of the code that the model is writing.

        Args:
            text: The next piece.
            visible: Show it; otherwise what is shown stays.
        """
        self._streamed.append(text)
        if self.editor is not None or not visible:
            return
        self.shown = None
        self.empty.display, self.view.display = False, True
        self.view.show("".join(self._streamed), follow=True)
        self._heading, self._state = "cell", ("◐", "writing", "accent")
        self._draw_title()

    def stream_reset(self) -> None:
        """What was streamed is void or whole."""
        self._streamed.clear()

    def on_code_view_moved(self) -> None:
        """Say how much code is still below."""
        self._draw_title()

    def _draw_title(self) -> None:
        colors = palette(self)
        parts: list[Content] = []
        if self.view.display and self.view.rows_below:
            parts.append(styled(f"↓ {self.view.rows_below} more", colors.color("muted")))
        if self._state is not None:
            sign, words, color = self._state
            parts.append(styled(f"{sign} {words}", colors.color(color)))
        self.set_title(self._heading, joined(parts, "   "))
        self.post_message(self.TitleChanged())

    # -- editing

    async def begin_edit(self) -> bool:
        """Edit what is shown; say whether invisible characters had to be written out for that."""
        from codeact_tui.tui.widgets.cell_editor import CellEditor

        if self.shown is None or self.editor is not None:
            return False
        self.editor = CellEditor(escape_invisible(self.shown.code))
        self.view.display = False
        await self.mount(self.editor, before=self.hints)
        self.editor.focus()
        return has_invisible(self.shown.code)

    def write_out_invisible(self) -> bool:
        """Write out what can't be seen in the editor; say whether there was any."""
        if self.editor is None or not has_invisible(self.editor.text):
            return False
        self.editor.text = escape_invisible(self.editor.text)
        return True

    async def end_edit(self) -> str | None:
        """Close the editor; give the code that was in it, None when there was no editor."""
        editor, self.editor = self.editor, None
        if editor is None:
            return None
        code = editor.text
        self.view.display = True
        await editor.remove()
        return code

    # -- the reason of a rejection

    async def ask_reason(self) -> None:
        """Open the field for the reason."""
        if self.reason is None:
            self.reason = Field("the model is told", id="reason")
            await self.mount(self.reason, after=self.hints)
            self.reason.focus()

    async def close_reason(self) -> None:
        """Close the field."""
        field, self.reason = self.reason, None
        if field is not None:
            await field.remove()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the reason on."""
        event.stop()
        if self.shown is not None:
            self.post_message(self.ReasonGiven(self.shown, event.value.strip()))
