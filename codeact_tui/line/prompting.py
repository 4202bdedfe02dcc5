"""A surface with a line editor, for terminals: the prompt stays below while lines are written above it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

from codeact_tui.line.base import Ask, Hands
from codeact_tui.line.completing import HandsCompleter
from codeact_tui.line.keys import bindings
from codeact_tui.line.readiness import Readiness
from codeact_tui.line.streams import let_go, write_text
from codeact_tui.line.words import folded, wrapped
from codeact_tui.protocol.terminal_text import plain_text

__all__ = ["PromptSurface"]

_FLUSH_S = 0.04
"""Lines that come within it are written together."""
_PARTIAL_CHARS = 2000
"""A line that streams is written in pieces of about that."""
_STYLE = Style.from_dict(
    {
        "question": "bold ansiyellow",
        "live": "ansibrightblack",
        "sign": "bold",
        "completion-menu": "noinherit",
        "completion-menu.completion.current": "reverse",
        "completion-menu.meta.completion.current": "reverse",
    }
)


class PromptSurface:
    """Writes above a prompt that is always there, by prompt_toolkit.

    Args:
        stdout: The terminal.
        colour: Colours may be written.
        still: Nothing is redrawn but what the user types.
        delay_s: Keys answer a question only so long after it was drawn, and after the last key before it.
        terminal_input: Instead of the process's own; for tests.
        terminal_output: Instead of one on `stdout`; for tests.
        clock: Gives seconds.
    """

    echoes = False
    scripted = False

    def __init__(
        self,
        stdout: TextIO,
        *,
        colour: bool,
        still: bool,
        delay_s: float,
        terminal_input: Input | None = None,
        terminal_output: Output | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stdout = stdout
        self.colour = colour
        self.spoken = still
        self._readiness = Readiness(delay_s, clock)
        self._ask = Ask("opening")
        self._live = ""
        self._status = ""
        self._partial = ""
        self._pending: list[str] = []
        self._flushing: asyncio.TimerHandle | None = None
        self.lent = False
        self._stopped = False
        self._stashed: Document | None = None
        self._hands: Hands | None = None
        self._shown = asyncio.Event()
        self._history = InMemoryHistory()
        self._prompt = self._make_prompt(terminal_input, terminal_output)

    @property
    def width(self) -> int:
        """Columns."""
        return self._prompt.app.output.get_size().columns

    # -- out

    def write(self, text: str) -> None:
        """Write whole lines."""
        self._finish_partial()
        self._pending.append(text)
        self._flush_soon()

    def append(self, text: str) -> None:
        """Write text that goes on later; what is not a whole line yet stands above the prompt."""
        *whole, rest = (self._partial + text).split("\n")
        if len(rest) > _PARTIAL_CHARS and " " in rest[_PARTIAL_CHARS // 2 :]:
            piece, _, rest = rest.rpartition(" ")
            whole.append(piece)
        self._partial = rest
        if whole:
            self._pending += [wrapped(line, self.width) for line in whole]
            self._flush_soon()
        self._redraw()

    def end_line(self) -> None:
        """Finish what `append` wrote."""
        self._finish_partial()
        self._flush_soon()

    def live(self, text: str) -> None:
        """Show above the prompt what may still change."""
        text = plain_text(text)
        if text != self._live:
            self._live = text
            self._redraw()

    def status(self, text: str) -> None:
        """Show a line above the prompt while nothing else is to be said there."""
        if text != self._status:
            self._status = text
            self._redraw()

    def remember(self, lines: Sequence[str]) -> None:
        """Put earlier prompts into the history."""
        for line in lines:
            self._prompt.default_buffer.history.append_string(line)

    def fill(self, text: str) -> None:
        """Put a text into the prompt."""
        self._prompt.default_buffer.document = Document(text)

    def bell(self) -> None:
        """Ring."""
        self._prompt.app.output.bell()
        self._prompt.app.output.flush()

    def _finish_partial(self) -> None:
        if self._partial:
            self._pending.append(wrapped(self._partial, self.width))
            self._partial = ""

    def _flush_soon(self) -> None:
        if self._flushing is None and not self._stopped:
            self._flushing = asyncio.get_running_loop().call_later(_FLUSH_S, self._flush)

    def _flush(self) -> None:
        """Write what waits, above the prompt."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self.lent or not self._pending:
            return
        lines, self._pending = self._pending, []
        app = self._prompt.app
        drawn = app.is_running and not self._stopped
        if drawn:
            app.renderer.erase()
        gone = not write_text(self._stdout, "\n".join(lines) + "\n")
        if gone and self._hands is not None:
            asyncio.get_running_loop().call_soon(self._hands.on_end)
        if drawn:
            app.invalidate()

    def _redraw(self) -> None:
        if not self.lent and not self._stopped:
            self._prompt.app.invalidate()

    # -- what is asked

    def ask(self, ask: Ask) -> None:
        """Say what the next line is for."""
        if ask == self._ask:
            return
        self._flush()  # a question never stands there before what it is about
        before, self._ask = self._ask, ask
        if (ask.kind, ask.topic) != (before.kind, before.topic):
            buffer = self._prompt.default_buffer
            if ask.kind == "input" and buffer.text:
                self._stashed = buffer.document
                buffer.reset()
            elif before.kind == "input" and self._stashed is not None:
                buffer.document, self._stashed = self._stashed, None
            self._readiness.begin(typed=bool(buffer.text))
        self._redraw()

    def _message(self) -> StyleAndTextTuples:
        lines: StyleAndTextTuples = []
        shown = [] if self.spoken else [self._partial, self._live]
        lines += [("class:live" if text is self._live else "", f"{text}\n") for text in shown if text]
        label = self._ask.label
        if self._ask.kind == "input":
            return [*lines, ("class:question", label or "? ")]
        quiet = self._ask.kind in {"prompt", "busy", "opening"}
        if quiet:
            label = "" if self.spoken else label or self._status[: self.width - 1]
        if label:
            label = label if quiet else folded(label, self.width - 1)  # what does not fit would not be drawn
            lines.append(("class:live" if quiet else "class:question", f"{label}\n"))
        return [*lines, ("class:sign", "› ")]

    def _note_drawn(self, _: object) -> None:
        self._shown.set()
        self._readiness.drawn()

    # -- in

    def key(self, key: str) -> bool:
        """Take a key of the question's; False when it was typed ahead and belongs into the prompt."""
        if not self._readiness.may_answer():
            return False
        if self._hands is not None:
            self._hands.on_key(key)
        return True

    def _note_typing(self, buffer: Buffer) -> None:
        self._readiness.typed(empty=not buffer.text)

    def enter(self, *, queue: bool) -> None:
        """Hand on the line that was typed; Enter alone answers a question as its first key does."""
        buffer = self._prompt.default_buffer
        text, ahead = buffer.text, self._ask.decides and self._readiness.ahead
        if not text and self._ask.enter_key:
            self.key(self._ask.enter_key)
            return
        buffer.reset(append_to_history=self._ask.kind in {"prompt", "busy", "opening"} and bool(text.strip()))
        self._readiness.entered()
        if self._hands is not None:
            self._hands.on_line(text, ahead=ahead, queue=queue)

    def interrupt(self) -> None:
        """Ctrl+C: clear the prompt when it holds text and nothing runs, else stop what runs."""
        buffer = self._prompt.default_buffer
        if buffer.text and self._ask.kind == "prompt":
            buffer.reset()
        elif self._hands is not None:
            self._hands.on_interrupt()

    def compose(self) -> None:
        """Ctrl+G: write on in an editor."""
        if self._hands is not None and self._ask.kind in {"prompt", "busy"}:
            self._hands.on_compose(self._prompt.default_buffer.text)

    def end(self) -> None:
        """Ctrl+D on an empty prompt."""
        if self._hands is not None:
            self._hands.on_end()

    @property
    def question_keys(self) -> frozenset[str]:
        """The keys that answer now, while nothing is typed."""
        return self._ask.keys

    @asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Lend the terminal to another program meanwhile."""
        self._flush()
        with set_app(self._prompt.app):
            async with in_terminal():
                self.lent = True
                try:
                    yield
                finally:
                    self.lent = False
        self._flush()
        self._readiness.begin(typed=False)

    async def shown(self) -> None:
        """Wait until the prompt was drawn."""
        await self._shown.wait()

    async def run(self, hands: Hands) -> None:
        """Take lines and keys until `stop`."""
        self._hands = hands
        self._prompt.completer = HandsCompleter(hands)
        try:
            if not self._stopped:
                await self._prompt.prompt_async(handle_sigint=False)
        except (EOFError, OSError):  # the terminal is gone
            let_go(self._stdout)
            hands.on_end()
        finally:
            self._stopped = True
            self._hands = None
            self._finish_partial()
            self._flush()

    def stop(self) -> None:
        """End `run`."""
        if not self._stopped:
            self._finish_partial()
            self._flush()
            self._stopped = True
            if self._prompt.app.is_running:
                self._prompt.app.exit(result="")

    def _make_prompt(self, terminal_input: Input | None, terminal_output: Output | None) -> PromptSession[str]:
        prompt: PromptSession[str] = PromptSession(
            self._message,
            multiline=False,
            is_password=Condition(lambda: self._ask.secret),
            complete_while_typing=Condition(lambda: not self.spoken),
            key_bindings=bindings(self),
            history=self._history,
            style=_STYLE,
            prompt_continuation="  ",
            erase_when_done=True,
            enable_suspend=True,
            reserve_space_for_menu=0 if self.spoken else 6,
            input=terminal_input,
            color_depth=None if self.colour else ColorDepth.DEPTH_1_BIT,
            output=_quiet(terminal_output or create_output(self._stdout)),
        )
        prompt.app.after_render += self._note_drawn
        prompt.default_buffer.on_text_changed += self._note_typing
        return prompt


def _quiet(output: Output) -> Output:
    """Never ask the terminal where its cursor is: an answer that comes late would be taken for typing."""
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output
