"""The conversation: one view over everything that was said and done."""

import time
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from codeact_tui.protocol.events import (
    CellOutput,
    CellsStale,
    DryRunFinished,
    DryRunSettled,
    Envelope,
    ModelReplied,
    ReplyDelta,
    RetryScheduled,
    Rewound,
    TurnFinished,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import UpdateDisplay
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.selecting import Place
from codeact_tui.tui.widgets.conversation_action import ActionBlock
from codeact_tui.tui.widgets.conversation_blocks import EventBlock, PromptBlock, ReplyBlock
from codeact_tui.tui.widgets.conversation_copy import CopyKind, copied
from codeact_tui.tui.widgets.conversation_entries import EntryBlocks
from codeact_tui.tui.widgets.conversation_find import Finder
from codeact_tui.tui.widgets.conversation_steps import cell_beside, prompt_beside
from codeact_tui.tui.widgets.conversation_stream import OpenReplyBlock, StreamKind
from codeact_tui.tui.widgets.conversation_visual import Visual

__all__ = ["Conversation"]

_TICK_S = 1.0


class Conversation(BlockScroll):
    """Prompts, replies, actions and events, in order; the reply that streams stands last.

    It reads the transcript and never changes it. Cells can be chosen and unfolded with the keyboard and the mouse.

    Args:
        now: Gives the time, in seconds since the epoch.
        id: The widget's id.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "previous_cell", "Cell above", show=False),
        Binding("down,j", "next_cell", "Cell below", show=False),
        Binding("enter,space", "toggle_fold", "Unfold", show=False),
        Binding("o", "open_whole", "Whole output", show=False),
        Binding("v", "select", "Select text", show=False),
    ]

    class ActionSelected(Message):
        """A cell was chosen with the keyboard or the mouse."""

        def __init__(self, action_id: ActionId) -> None:
            super().__init__()
            self.action_id = action_id

    class OpenRequested(Message):
        """The whole of a cell's output is asked for."""

        def __init__(self, action_id: ActionId) -> None:
            super().__init__()
            self.action_id = action_id

    class FollowingChanged(Message):
        """The view left the end, or came back; `unseen` counts what is new below."""

        def __init__(self, following: bool, unseen: int) -> None:
            super().__init__()
            self.following = following
            self.unseen = unseen

    class CopyRequested(Message):
        """What was selected with the keyboard is to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Selecting(Message):
        """Selecting with the keyboard began, or ended."""

        def __init__(self, active: bool) -> None:
            super().__init__()
            self.active = active

    def __init__(self, *, now: Callable[[], float] = time.time, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self._transcript = Transcript()
        self._shown = EntryBlocks(now)
        self._open: OpenReplyBlock | None = None
        self._selected: ActionId | None = None
        self._ticker: Timer | None = None
        self.read_blob: Callable[[str, int, int], Awaitable[bytes]] | None = None
        """Reads a part of an output of which only the head is here: name, place and length in bytes."""
        self.finder = Finder(self)
        self.visual = Visual(self)

    @property
    def selected(self) -> ActionId | None:
        """The cell that is chosen."""
        return self._selected

    def load(self, transcript: Transcript) -> None:
        """Show this transcript, its end first."""
        self._transcript = transcript
        self._shown = EntryBlocks(self._now)
        self._open = self._selected = None
        for entry in transcript.entries:
            self._shown.add(entry)
        self.set_blocks(self._shown.blocks)
        self._watch_running()

    def apply(self, envelope: Envelope) -> None:
        """Draw what an event changed; the transcript has taken it in already."""
        event = envelope.event
        match event:
            case ReplyDelta():
                self.stream(event.kind, event.text)
                return
            case RetryScheduled() | ModelReplied() | TurnFinished():
                self.stream_reset()
            case Rewound():
                self.load(self._transcript)
                return
            case _:
                pass
        self._add_new()
        action: ActionId | None = getattr(event, "action", None)
        if isinstance(event, DryRunFinished | DryRunSettled):
            run = self._transcript.tried.dry_runs.get(event.dry_run)
            action = run.started.action if run is not None else None
        if action is not None and action in self._shown.actions:
            self._touch_action(self._shown.actions[action])
        if isinstance(event, CellsStale) or (isinstance(event, CellOutput) and isinstance(event.output, UpdateDisplay)):
            for index in self._shown.actions.values():
                self._touch_action(index)

    def stream(self, kind: StreamKind, text: str) -> None:
        """Add a piece of the reply that is being written."""
        if self._open is None:
            self._open = OpenReplyBlock(spaced=len(self._shown) > 0)
            self.append_block(self._open)
        self._open.feed(kind, text)
        self.touch(len(self._shown))

    def stream_reset(self) -> None:
        """Take away what has streamed: it is void, or there is the whole."""
        if self._open is not None:
            self._open = None
            self.pop_block()

    def select_action(self, action_id: ActionId | None) -> None:
        """Choose a cell and bring it in sight."""
        if action_id == self._selected:
            return
        for action in (self._selected, action_id):
            index = self._shown.actions.get(action) if action is not None else None
            if index is not None:
                self._shown.action(index).selected = action == action_id
                self.touch(index)
        self._selected = action_id if action_id in self._shown.actions else None
        if self._selected is not None and not (self.following and self._is_last(self._shown.actions[self._selected])):
            self.flush()
            self.show_block(self._shown.actions[self._selected])

    def toggle_fold(self) -> None:
        """Unfold the chosen cell, or the last one; or a long prompt below it; or fold it."""
        last = self._long_prompt()
        if last is not None:
            self._fold_prompt(last)
            return
        record = self._subject()
        if record is None:
            return
        index = self._shown.actions[record.action]
        block = self._shown.action(index)
        block.unfolded = not block.unfolded
        reply = self._shown.blocks[index - 1] if index else None
        if isinstance(reply, ReplyBlock):
            reply.unfolded = block.unfolded
            self.touch(index - 1)
        self.touch(index)
        if block.unfolded:
            self.stay()
        self.flush()
        self.show_block(index)

    def _long_prompt(self) -> int | None:
        """Give the last long prompt, if no cell is chosen and none has come since."""
        return self._shown.long_prompt() if self._selected is None else None

    def _fold_prompt(self, index: int) -> None:
        block = self._shown.prompt(index)
        block.unfolded = not block.unfolded
        self.touch(index)
        self.stay()
        self.flush()
        self.show_block(index)

    def copy_text(self, kind: CopyKind) -> str | None:
        """Give what there is to copy: the last answer, the chosen (or last) cell's code or output, or everything."""
        return copied(kind, self._shown.blocks, self._subject())

    def on_mount(self) -> None:
        """Count the time of what runs already."""
        self._watch_running()

    # -- finding, selecting, going

    def decorate(self, strip: Strip, line: Line, place: Place) -> Strip:
        """Mark what was found."""
        if not self.finder.active:
            return strip
        return self.finder.decorate(strip, line, place, self.paint.match, self.paint.badge)

    def unfold_block(self, index: int) -> None:
        """Show what a block folds away."""
        block = self.blocks[index]
        if isinstance(block, ActionBlock | ReplyBlock | PromptBlock) and not block.unfolded:
            block.unfolded = True
            self.touch(index)
            self.flush()

    def lines_skipped(self, index: int) -> int:
        """Give how many of a block's first lines say again what stands below them."""
        block = self.blocks[index]
        return block.title_row + 1 if isinstance(block, ActionBlock) and block.unfolded else 0

    def step_prompt(self, direction: int) -> None:
        """Bring the prompt above or below what is in sight to the upper edge."""
        found = prompt_beside(self, direction)
        if direction > 0 and (found is None or self.block_top(found) >= self.max_scroll_y):
            self.action_bottom()
        elif found is not None:
            self.show_at_top(found)

    def go_to_cell(self, number: int) -> bool:
        """Choose the cell of this number; say whether there is one."""
        found = self._shown.numbered(number)
        if found is not None:
            self._choose(found)
            self.stay()
            self.show_line(self._shown.actions[found], 0)
        return found is not None

    def action_select(self) -> None:
        """Select with the keyboard, from the chosen cell or the last line in sight on."""
        chosen = self._shown.actions.get(self._selected) if self._selected is not None else None
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.page
        if chosen is not None and top <= self.block_top(chosen) < bottom:
            self.visual.start((chosen, self._shown.action(chosen).title_row))
        elif self.blocks:
            self.visual.start(self.place_at(min(bottom, self.virtual_size.height) - 1))
        self.post_message(self.Selecting(self.visual.active))

    def on_key(self, event: events.Key) -> None:
        """While text is selected with the keyboard, keys move the selection's end, copy, or leave."""
        if not self.visual.active:
            return
        if event.key in {"y", "enter", "ctrl+c"}:
            self.post_message(self.CopyRequested(self.visual.text()))
            self._stop_selecting()
        elif event.key in {"escape", "v", "q"}:
            self._stop_selecting()
        elif not self.visual.key(event.key):
            return
        event.stop()
        event.prevent_default()

    def _stop_selecting(self) -> None:
        self.visual.stop()
        self.post_message(self.Selecting(False))

    def on_blur(self) -> None:
        """Keys go elsewhere."""
        if self.visual.active:
            self._stop_selecting()

    # -- keys and mouse

    def action_previous_cell(self) -> None:
        """Choose the cell above; where none is near, go up."""
        self._step(-1)

    def action_next_cell(self) -> None:
        """Choose the cell below; where none is near, go down."""
        self._step(1)

    def action_toggle_fold(self) -> None:
        """Unfold the chosen cell."""
        self.toggle_fold()

    def action_open_whole(self) -> None:
        """Ask for the whole output of the chosen cell."""
        record = self._subject()
        if record is not None:
            self.post_message(self.OpenRequested(record.action))

    def on_click(self, event: events.Click) -> None:
        """Choose the cell whose line was clicked; unfold it when it is chosen already."""
        index = self.block_at(event.y)
        if event.chain != 1 or index is None or index >= len(self._shown) or self.text_selection is not None:
            return
        block = self._shown.blocks[index]
        if isinstance(block, PromptBlock) and block.long:
            self._fold_prompt(index)
        elif isinstance(block, ActionBlock):
            row = event.y + self.scroll_offset.y - self.block_top(index)
            if row == block.title_row:
                if self._selected == block.record.action:
                    self.toggle_fold()
                else:
                    self._choose(block.record.action)

    def follow_changed(self) -> None:
        """Tell the owner."""
        self.post_message(self.FollowingChanged(self.following, self.unseen))

    def _choose(self, action: ActionId) -> None:
        self.select_action(action)
        self.post_message(self.ActionSelected(action))

    def _step(self, direction: int) -> None:
        """Go to the next cell; where none is near, half a page on."""
        current = self._shown.actions.get(self._selected) if self._selected is not None else None
        target = cell_beside(self, list(self._shown.actions.values()), current, direction)
        if target is not None:
            self._choose(self._shown.action(target).record.action)
        else:
            half = self.scrollable_content_region.height // 2
            self.scroll_relative(y=direction * max(1, half), animate=False)

    # -- blocks

    def _add_new(self) -> None:
        """Add blocks for the transcript's new entries, above the reply that streams."""
        new = self._transcript.entries[len(self._shown) :]
        if not new:
            return
        reopened = self._open
        if reopened is not None:
            self.pop_block()
        for entry in new:
            block = self._shown.add(entry)
            self.append_block(block, news=not (isinstance(block, EventBlock) and block.silent))
        if reopened is not None:
            self.append_block(reopened, news=False)

    def _touch_action(self, index: int) -> None:
        block = self._shown.action(index)
        if self._shown.count_time(index):
            self._watch_running()
        if block.stale:
            self.touch(index)

    def redraw_actions(self) -> None:
        """Draw the actions anew whose outputs are shown otherwise now."""
        for index, block in enumerate(self.blocks):
            if isinstance(block, ActionBlock):
                self._touch_action(index)

    def _subject(self) -> ActionRecord | None:
        """Give the chosen cell, or the last."""
        return self._shown.record(self._selected)

    def _is_last(self, index: int) -> bool:
        return index >= len(self._shown) - 1

    def _watch_running(self) -> None:
        """Draw elapsed time once a second while there is any."""
        if self._shown.timed and self._ticker is None and self.is_attached:
            self._ticker = self.set_interval(_TICK_S, self._tick)
        elif not self._shown.timed and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def _tick(self) -> None:
        for index in self._shown.timed:
            self.touch(index)
