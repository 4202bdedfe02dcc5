"""The screen: conversation, cell, output, variables, prompt. Lays them out, and says what applies now.

What is done lives in `commands`; what comes in, in `bridge`.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Container
from textual.widgets import Input, TextArea

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.protocol.events import (
    CheckpointsHeld,
    DryRunSettled,
    Envelope,
    ForkMade,
    KernelRecovered,
    RewindPreviewed,
    Rewound,
    TravelAsked,
    VariableInspected,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import AnswerInput, ListVariables, Op, Reject
from codeact_tui.session.entries import ActionRecord, PromptEntry
from codeact_tui.session.revisions import compared_with
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.action_table import REGISTRY
from codeact_tui.tui.actions import bindings
from codeact_tui.tui.applying import situation_of
from codeact_tui.tui.attention import Attention
from codeact_tui.tui.bridge import Bridge
from codeact_tui.tui.chrome import Chrome
from codeact_tui.tui.code_help import CodeHelp
from codeact_tui.tui.commands.output import open_table
from codeact_tui.tui.commands.session import switch
from codeact_tui.tui.commands.travel import told
from codeact_tui.tui.commands.trials import follow_exploration
from codeact_tui.tui.commands.variables import inspect
from codeact_tui.tui.guard import Guard
from codeact_tui.tui.later import later
from codeact_tui.tui.link import Connect, SessionLink
from codeact_tui.tui.live import Live
from codeact_tui.tui.looks import Looks
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.completion import Candidate
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.screens.prompt_frames import PromptFrames
from codeact_tui.tui.shown import record_in_cell, record_in_output
from codeact_tui.tui.situation import Situation
from codeact_tui.tui.suggestions import Suggestions
from codeact_tui.tui.summons import Summons
from codeact_tui.tui.vi import ModeChanged
from codeact_tui.tui.widgets.answer import AnswerBar
from codeact_tui.tui.widgets.cell import CellPane
from codeact_tui.tui.widgets.completions import Completions
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.conversation_pane import ConversationPane
from codeact_tui.tui.widgets.host_bar import HostBar
from codeact_tui.tui.widgets.lines import HintLine, NoticeLine, TabBar
from codeact_tui.tui.widgets.output import OutputView
from codeact_tui.tui.widgets.pane import Pane, Side
from codeact_tui.tui.widgets.prompt import PromptBox
from codeact_tui.tui.widgets.prompt_area import PromptArea
from codeact_tui.tui.widgets.status import StatusLine
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variables import VariablesPane
from codeact_tui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from codeact_tui.tui.screens.explore import ExploreScreen
    from codeact_tui.tui.screens.travel import TravelScreen
    from codeact_tui.tui.screens.variable_detail import VariableDetailScreen

__all__ = ["MainScreen"]

_WIDE_CELLS = 100
_TABS = (("cell", "f2"), ("output", "f3"), ("variables", "f4"))


class MainScreen(PromptFrames):
    """The one screen that is always there.

    Args:
        connect: Opens desk and session, after the first paint.
        interface: The settings.
        theme_dirs: Where the user's own themes lie.
        clock: Seconds since the epoch, for what is shown.
        registry: What can be done, and by which keys.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE_CELLS, "-wide")]  # noqa: RUF012 - as Textual declares it
    AUTO_FOCUS = "#prompt"
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        connect: Connect,
        interface: InterfaceConfig,
        theme_dirs: Sequence[Path] = (),
        clock: Callable[[], float] = time.time,
        registry: Registry = REGISTRY,
    ) -> None:
        super().__init__(id="main", classes="-no-cell")
        self.registry = registry
        self._bindings = BindingsMap(bindings(registry.actions))
        self.interface = interface
        self.looks = Looks(self, theme_dirs)
        self.clock = clock
        self.guard = Guard(interface.approval_delay_ms / 1000, time.monotonic)
        self.bridge = Bridge(self, partial(later, self), time.monotonic)
        self.link = SessionLink(connect, self.bridge.take)
        self.pinned: ActionId | None = None
        """The past action that the user chose to look at."""
        self.interrupted_at = float("-inf")
        """When Ctrl+C was pressed last."""
        self.escaped_at = float("-inf")
        """When Esc last emptied the prompt, or found it empty."""
        self.detail: VariableDetailScreen | None = None
        self.travel: TravelScreen | None = None
        self.explore: ExploreScreen | None = None
        self.deciding = False
        """A question about going back is on the screen."""
        self.conversation = Conversation(now=clock)
        self.cell = CellPane(clock).add_class("-chosen", update=False)
        self.output = OutputView()
        self.variables = VariablesPane()
        self.answer = AnswerBar()
        self.host = HostBar()
        self.completions = Completions()
        self.prompt = PromptArea(self.guard, self.completions)
        self.prompt_box = PromptBox(self.prompt)
        self.status = StatusLine()
        self.hints = HintLine()
        self.notice = NoticeLine()
        self.tabs = TabBar(_TABS)
        self.welcome = Welcome()
        self.conversation_pane = ConversationPane(self.conversation, self.welcome)
        self.output_pane = Pane("output", self.output, id="output-pane")
        self.variables_pane = VariablesBox(self.variables)
        self.side = Side(id="side")
        self.chrome = Chrome(self)
        self.summons = Summons(self)
        self.attention = Attention(self)
        self.suggestions = Suggestions(self)
        self.code_help = self.cell.help = CodeHelp(self.link.send, partial(later, self), self.chrome.say)

    def compose(self) -> ComposeResult:
        """Lay the panes out; the stylesheet says where they stand at which width."""
        # Known already, though Textual sets it only when it has drawn once.
        self.add_class("-narrow" if app_of(self).size.width < _WIDE_CELLS else "-wide", update=False)
        yield self.status
        with Container(id="body"):
            yield self.conversation_pane
            with self.side:
                yield self.tabs
                yield self.cell
                yield self.output_pane
                yield self.variables_pane
        yield self.notice
        yield self.answer
        yield self.host
        yield self.prompt_box
        yield self.hints
        yield self.completions

    def on_mount(self) -> None:
        """Take text at once, whatever else is still on its way."""
        self.prompt.focus()
        self.summons.attach()
        self.chrome.refresh()
        self.set_interval(1.0, self.chrome.tick)

    # -- the session

    @property
    def live(self) -> Live:
        """The present of the session."""
        return self.link.live

    @property
    def transcript(self) -> Transcript:
        """What was said and done in it."""
        return self.link.transcript

    def send(self, op: Op) -> None:
        """Ask the session for something."""
        self.link.send(op)
        self.chrome.refresh()

    def session_opened(self) -> None:
        """Draw the session that is there now, and send what waited for it."""
        transcript = self.transcript
        self.pinned = None
        self.conversation.read_blob = self.link.read_blob
        self.conversation.load(transcript)
        self.variables.clear()
        prompts = [entry.text for entry in transcript.entries if isinstance(entry, PromptEntry)]
        self.prompt.history_of_prompts.load(prompts)
        self.settle(())
        self.link.deliver_kept()

    # -- what is shown

    def record(self) -> ActionRecord | None:
        """Give the action that belongs in the cell pane: the chosen one, the one that waits or runs, or the last."""
        return record_in_cell(self.transcript, self.live, self.pinned)

    def settle(self, batch: Sequence[Envelope]) -> None:
        """Bring panes, focus and lines in line with the session."""
        self.attention.follow(batch)
        for envelope in batch:
            if isinstance(envelope.event, ForkMade):
                self.chrome.unsay()
                switch(self, envelope.event.session)
        if any(isinstance(each.event, Rewound | KernelRecovered | DryRunSettled) for each in batch):
            self.pinned = None
            self.send(ListVariables())
        if not self.live.writing or self.pinned is not None:
            record = self.record()
            self.cell.show(record, record and compared_with(self.transcript, record))
        follow_exploration(self, batch)
        self.output.show(self.output_record())
        self.output.refresh_output()
        self.answer.ask(self.live.asking)
        self.host.ask(self.transcript.host, self.clock())
        self.chrome.refresh()
        self.attention.settle()

    def output_record(self) -> ActionRecord | None:
        """Give the action whose output is shown: the one in the cell pane if it has run, else the last that has."""
        return record_in_output(self.transcript, self.record())

    def show_detail(self, event: VariableInspected) -> None:
        """Hand the detail of a variable to the screen that asked for it."""
        if self.detail is not None and self.detail.is_attached:
            self.detail.show(event)

    def show_travel(self, event: RewindPreviewed | CheckpointsHeld | TravelAsked) -> None:
        """Hand it to the timeline, where that is open; put a question about it."""
        told(self, event)

    # -- what applies

    @property
    def typing(self) -> bool:
        """Some field takes the letters."""
        return isinstance(self.focused, TextArea | Input)

    def situation(self) -> Situation:
        """Say what applies now."""
        return situation_of(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what does not apply now."""
        if action != "do":
            return True
        chosen, now = self.registry.by_id[str(parameters[0])], self.situation()
        return chosen.applies(now) and (not chosen.answer or now.answerable)

    def action_do(self, name: str, argument: str = "") -> None:
        """Do what the registry calls so."""
        self.registry.by_id[name].run(self, argument)
        self.chrome.refresh()

    def action_click(self, name: str) -> None:
        """Do what was clicked, if it applies; a question answers only when it has been up for a while."""
        action, now = self.registry.by_id[name], self.situation()
        if action.applies(now) and (self.guard.ready or not (action.answer and (now.question or now.host))):
            self.action_do(name)

    def press(self, key: str) -> bool:
        """Do the first thing that this key stands for now; say whether there is any."""
        for action in self.registry.for_key(key):
            if self.check_action("do", (action.id,)):
                self.action_do(action.id)
                return True
        return False

    # -- what the widgets tell

    def on_screen_resume(self) -> None:
        """Keys pressed in another screen are no answers here."""
        self.attention.touched()

    def on_key(self, event: events.Key) -> None:
        """A letter that no field took: an answer, or the beginning of a prompt."""
        if not event.is_printable or event.character is None:
            return
        if not self.typing:
            self.attention.key(event)
        elif self.focused is self.prompt:  # it was on its way to a pane when the prompt got the focus
            event.stop()
            self.prompt.type_text(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted belongs in the prompt."""
        if not self.typing:
            event.stop()
            self.prompt.focus()
            self.prompt.paste_text(event.text)

    @on(Side.Resized)
    def on_resize(self) -> None:
        """Share the room out anew; what is asked stands elsewhere now, so keys wait anew before they answer."""
        self.attention.touched()
        self.call_after_refresh(self.chrome.refresh)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Other keys apply now."""
        self.chrome.refresh()

    @on(TextArea.Changed, "#prompt")
    def _prompt_changed(self) -> None:
        self.chrome.prompt_changed()
        self.attention.settle()

    @on(PromptArea.CompletionWanted)
    def _completion_wanted(self, message: PromptArea.CompletionWanted) -> None:
        self.suggestions.look(message.wanted)

    @on(Completions.Picked)
    def _completion_picked(self, message: Completions.Picked) -> None:
        self.pick(message.candidate)

    def pick(self, candidate: Candidate) -> None:
        """Put a candidate into the prompt."""
        self.prompt.accept_completion(candidate)
        self.prompt.focus()

    @on(Conversation.ActionSelected)
    def _action_selected(self, message: Conversation.ActionSelected) -> None:
        waits = message.action_id == self.live.waiting
        self.pinned = None if waits else message.action_id
        self.settle(())

    @on(CellPane.TitleChanged)
    def _title_changed(self) -> None:
        self.chrome.show_tabs()

    @on(CellPane.ReasonGiven)
    @work(exit_on_error=False)
    async def _reason_given(self, message: CellPane.ReasonGiven) -> None:
        await self.cell.close_reason()
        self.prompt.focus()
        if message.shown.action == self.live.waiting:
            self.send(Reject(message.shown.action, message.reason))

    @on(AnswerBar.Answered)
    def _answered(self, message: AnswerBar.Answered) -> None:
        self.send(AnswerInput(message.action, message.text))
        self.prompt.focus()

    @on(Conversation.OpenRequested)
    def _open_requested(self, message: Conversation.OpenRequested) -> None:
        self.pinned = message.action_id
        self.settle(())
        self.action_do("show_output")

    @on(OutputView.OpenRequested)
    def _output_open_requested(self) -> None:
        self.action_do("open_output")

    @on(OutputView.TableRequested)
    def _table_requested(self) -> None:
        open_table(self)

    @on(OutputView.FormChanged)
    def _output_form_changed(self) -> None:
        self.chrome.refresh()

    @on(VariablesPane.InspectRequested)
    def _inspect_requested(self, message: VariablesPane.InspectRequested) -> None:
        message.stop()
        inspect(self, message.name)

    @on(VariablesPane.ListRequested)
    def _list_requested(self, message: VariablesPane.ListRequested) -> None:
        self.send(ListVariables(all=message.all))

    @on(Welcome.Picked)
    def _prompt_picked(self, message: Welcome.Picked) -> None:
        self.prompt.put(message.text)
        self.prompt.focus()

    @on(ModeChanged)
    def _mode_changed(self) -> None:
        self.chrome.tick()

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        self.chrome.choose_tab(message.name)
