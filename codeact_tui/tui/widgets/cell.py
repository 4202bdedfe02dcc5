"""The cell pane: the code of one action, what state it is in, and the keys that decide about it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codeact_tui.protocol.events import CellProgressed, CodeInspected
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.visible import escape_invisible, has_invisible
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.tracebacks import failing_line
from codeact_tui.tui.code_lines import shown_lines
from codeact_tui.tui.diff_rows import changed_lines
from codeact_tui.tui.text import GAP, joined, styled
from codeact_tui.tui.themes import palette
from codeact_tui.tui.widgets.cell_words import TRIED, cell_heading, cell_state, running_state
from codeact_tui.tui.widgets.code_view import CodeView, Mark
from codeact_tui.tui.widgets.diff_view import DiffView
from codeact_tui.tui.widgets.effects_line import EffectsLine
from codeact_tui.tui.widgets.field import Field
from codeact_tui.tui.widgets.pane import Pane
from codeact_tui.tui.widgets.signature import SignatureLine
from codeact_tui.tui.widgets.trial_part import TrialPart

if TYPE_CHECKING:
    from codeact_tui.tui.code_help import CodeHelp
    from codeact_tui.tui.widgets.cell_editor import CellEditor

__all__ = ["CellPane", "Shown"]


class Shown(Struct, frozen=True):
    """What stands on the screen: what an approval names."""

    action: ActionId
    revision: int
    code: str

    @property
    def sha256(self) -> str:
        """The hash of the code that is shown."""
        return code_sha256(self.code)


class CellPane(Pane):
    """Shows one action; edits it; asks why it is rejected.

    Args:
        clock: Seconds since the epoch.
    """

    class TitleChanged(Message):
        """The title line says something else."""

    class ReasonGiven(Message):
        """The user said why the action is rejected."""

        def __init__(self, shown: Shown, reason: str) -> None:
            super().__init__()
            self.shown = shown
            self.reason = reason

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.view = CodeView(id="cell-code")
        self.hints = Static(id="cell-hints", markup=False)
        self.hints.auto_links = False
        self.empty = Static(
            "Code stands here before it runs.\ny runs it, e edits it, n rejects it, f says why.",
            id="cell-empty",
            markup=False,
        )
        self.diff = DiffView(id="cell-diff")
        self.trial = TrialPart()
        self.signature = SignatureLine()
        self.effects = EffectsLine()
        super().__init__(
            "cell",
            *(self.empty, self.view, self.diff, self.trial, self.signature, self.effects, self.hints),
            id="cell-pane",
        )
        self.shown: Shown | None = None
        self.compared: tuple[str, str] | None = None
        """What the code that is shown can be compared with: its name, and its code."""
        self.comparing = False
        """The difference is shown in the place of the code, where there is one."""
        self.editor: CellEditor | None = None
        self.help: CodeHelp | None = None
        """What the editor asks the kernel by."""
        self.reason: Field | None = None
        self._streamed: list[str] = []
        self._heading = "cell"
        self._state: tuple[str, str, str] | None = None
        self._changes: tuple[str, str, dict[int, str]] = "", "", {}
        self._clock = clock
        self._started_at: float | None = None
        self._trying = False
        """What runs is a dry run."""
        self._progress = CellProgressed(None)
        self.view.display = self.diff.display = False

    # -- what is shown

    def show(self, record: ActionRecord | None, compared: tuple[str, str] | None = None) -> None:
        """Show an action as it is now. What is being edited stays.

        Args:
            record: The action; None shows that there is none.
            compared: What its code can be compared with: a name, and that code.
        """
        if self.editor is not None:
            return
        self.compared = compared
        self.empty.display = record is None
        self.effects.show(record)
        self.trial.show(record.tried if record is not None and record.state == "waiting" else None)
        if record is None:
            self.shown, self._heading, self._state = None, "cell", None
            self.view.show("")
        else:
            self._show(record)
        self._choose_view()
        self._draw_title()

    def _show(self, record: ActionRecord) -> None:
        shown = Shown(record.action, record.revision, record.code)
        if self.shown is None or shown.action != self.shown.action:
            self.view.scroll_to(y=0, animate=False)
            self.view.mark(0, "running")
            self.comparing = False
        self.shown = shown
        self.view.show(record.code)
        self.view.mark_changed(self._changed_lines(record.code))
        self.view.mark(*self._marked(record))
        self._heading, self._state = cell_heading(record), cell_state(record)
        self._started_at = record.started_at if record.state == "running" else None
        self._trying = tried = record.tried is not None and record.state == "waiting" and not record.tried.finished
        if tried and record.tried is not None:
            self._started_at = record.tried.run.started_at
        elif record.tried is not None and record.tried.open and record.state == "waiting":
            self._state = TRIED
        self.tick()

    def _marked(self, record: ActionRecord) -> tuple[int, Mark]:
        """Say which line is marked: the one that runs, or the one that failed."""
        dry = record.tried is not None and record.state == "waiting" and record.tried.finished is None
        if record.state == "running" or dry:
            here = self._progress.action == record.action
            return self._progress.line if here else 0, "running"
        if record.status == "error":
            return failing_line(record), "failed"
        return (failing_line(record), "stopped") if record.status in {"interrupted", "timeout"} else (0, "running")

    def _changed_lines(self, code: str) -> dict[int, str]:
        if self.compared is None:
            return {}
        before = self.compared[1]
        if self._changes[:2] != (before, code):
            self._changes = before, code, changed_lines(shown_lines(before), shown_lines(code))
        return self._changes[2]

    def _choose_view(self) -> None:
        """Show the code, the difference or the editor."""
        there = self.editor is None and not self.empty.display
        diff = there and self.comparing and self.compared is not None and self.shown is not None
        if diff and self.compared is not None and self.shown is not None:
            self.diff.show_change(self.compared[1], self.shown.code)
        if self.diff.has_focus and not diff:
            self.view.display = there
            self.view.focus()
        self.view.display, self.diff.display = there and not diff, diff

    def toggle_diff(self) -> None:
        """Show the difference in the place of the code, or the code again."""
        self.comparing = not self.comparing
        focused = self.view.has_focus or self.diff.has_focus
        self._choose_view()
        if focused:
            self.body.focus()
        self._draw_title()

    @property
    def body(self) -> CodeView:
        """What shows the code now: as it is, or as it was changed."""
        return self.diff if self.diff.display else self.view

    def progress(self, event: CellProgressed) -> None:
        """Take in where the running cell is and how much memory the kernel holds."""
        self._progress = event
        self.tick()
        if self.editor is None and self.shown is not None and event.action == self.shown.action:
            self.view.mark(event.line, "running")

    def tick(self) -> None:
        """Say for how long the cell has been running."""
        if self._started_at is not None and self.editor is None:
            self._state = running_state(self._clock() - self._started_at, self._progress, dry=self._trying)
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
        self.compared = None
        self.empty.display = False
        self._choose_view()
        self.view.show("".join(self._streamed), follow=True)
        self._started_at = None
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
        if (self.view.display or self.diff.display) and self.body.rows_below:
            parts.append(styled(f"↓ {self.body.rows_below} more", colors.color("muted")))
        if self._state is not None:
            sign, words, color = self._state
            parts.append(styled(f"{sign} {words}", colors.color(color)))
        heading = self._heading
        if self.diff.display and self.compared is not None:
            heading = f"{heading.removesuffix(', edited')} against {self.compared[0]}"
        self.set_title(heading, joined(parts, GAP))
        self.post_message(self.TitleChanged())

    # -- editing

    async def begin_edit(self) -> bool:
        """Edit what is shown; say whether invisible characters had to be written out for that."""
        from codeact_tui.tui.widgets.cell_editor import CellEditor

        if self.shown is None or self.editor is not None:
            return False
        self.editor = CellEditor(escape_invisible(self.shown.code), self.help)
        self._choose_view()
        await self.mount(self.editor, before=self.signature)
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
        self._choose_view()
        self.signature.show(CodeInspected(0))
        await editor.remove()
        return code

    def on_cell_editor_signature_changed(self, message: "CellEditor.SignatureChanged") -> None:
        """Show how the call goes on that is being written."""
        message.stop()
        if self.editor is not None:
            self.signature.show(message.told)

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
