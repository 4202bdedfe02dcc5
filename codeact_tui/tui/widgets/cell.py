"""The cell pane: the code of one action, what state it is in, and the keys that decide about it."""

from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.visible import escape_invisible, has_invisible
from codeact_tui.session.transcript import ActionRecord
from codeact_tui.tui.rendering.text import human_seconds
from codeact_tui.tui.text import styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.cell_editor import CellEditor
from codeact_tui.tui.widgets.code_view import CodeView
from codeact_tui.tui.widgets.pane import Pane

__all__ = ["CellPane", "Shown", "cell_state"]


@dataclass(frozen=True)
class Shown:
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


class CellPane(Pane):
    """Shows one action; edits it; asks why it is rejected."""

    class ReasonGiven(Message):
        """The user said why the action is rejected."""

        def __init__(self, shown: Shown, reason: str) -> None:
            super().__init__()
            self.shown = shown
            self.reason = reason

    def __init__(self) -> None:
        self.view = CodeView(id="cell-code")
        self.hints = Static(id="cell-hints", markup=False)
        super().__init__("cell", self.view, self.hints, id="cell-pane")
        self.shown: Shown | None = None
        self.editor: CellEditor | None = None
        self.reason: Input | None = None
        self._streamed: list[str] = []

    # -- what is shown

    def show(self, record: ActionRecord | None) -> None:
        """Show an action as it is now; None shows that there is none."""
        self._streamed.clear()
        if record is None:
            self.shown = None
            self.view.show("")
            self.set_title("cell")
            return
        shown = Shown(record.action, record.revision, record.code)
        if self.shown is None or shown.action != self.shown.action:
            self.view.scroll_to(y=0, animate=False)
        self.shown = shown
        self.view.show(record.code)
        self.set_title(self._heading(record), self._state(*cell_state(record)))

    def stream(self, text: str) -> None:
        """Show more of the code that the model is writing."""
        self.shown = None
        self._streamed.append(text)
        self.view.show("".join(self._streamed), follow=True)
        self.set_title("cell", self._state("◐", "writing", "accent"))

    def stream_reset(self) -> None:
        """What was streamed is void or whole."""
        self._streamed.clear()

    def _heading(self, record: ActionRecord) -> str:
        words = {"user": " yours", "rerun": " again"}.get(record.origin, "")
        again = f" of [{int(record.rerun_of[1:])}]" if record.rerun_of else ""
        edited = ", edited" if record.edited else ""
        return f"cell [{record.number}]{words}{again}{edited}"

    def _state(self, sign: str, words: str, color: str) -> Content:
        return styled(f"{sign} {words}", palette(self).color(color))

    # -- editing

    async def begin_edit(self) -> bool:
        """Edit what is shown; say whether invisible characters had to be written out for that."""
        if self.shown is None or self.editor is not None:
            return False
        self.editor = CellEditor(escape_invisible(self.shown.code))
        self.view.display = False
        await self.mount(self.editor, before=self.hints)
        self.editor.focus()
        return has_invisible(self.shown.code)

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
            self.reason = Input(
                placeholder="why not? · enter tells the model · esc goes back", id="reason", compact=True
            )
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
