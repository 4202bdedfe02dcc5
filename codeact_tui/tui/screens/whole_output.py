"""All that a cell has printed, read from the store a page at a time."""

import asyncio
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from codeact_tui.errors import CodeActError
from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.terminal_text import settle, strip_controls
from codeact_tui.secrets.veil import Veil
from codeact_tui.tui.rendering.output_part import OutputPart
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.text import one_line
from codeact_tui.tui.stored_text import ReadBytes, find_line, find_words, lines_before
from codeact_tui.tui.widgets.field import Field
from codeact_tui.tui.widgets.output import slices

__all__ = ["WholeOutputScreen"]

Asked = Literal["find", "line", "save"]

_QUESTIONS: dict[Asked, str] = {
    "find": "words to find · enter next · ↑ before · esc back",
    "line": "number of a line · esc back",
    "save": "file to write it to · esc back",
}
_ABOVE = 3
"""Lines of context over what was found."""
_MARK, _UNMARK = b"\x1b[7m", b"\x1b[27m"
_PAGE_BYTES = 256 * 1024


class WholeOutputScreen(ModalScreen[None]):
    """Pages through a long text; never more than a page of it is in memory.

    Args:
        title: What stands on the frame.
        total_bytes: How long the text is.
        read: Reads it.
    """

    CSS_PATH = "whole_output.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o", "dismiss(None)", "Back", show=False),
        Binding("slash,ctrl+f", "ask('find')", "Find words", show=False),
        Binding("colon", "ask('line')", "Go to a line", show=False),
        Binding("s", "ask('save')", "Save it to a file", show=False),
        Binding("n,right", "turn(1)", "Next page", show=False),
        Binding("p,left", "turn(-1)", "Page before", show=False),
        Binding("pagedown,space", "page(1)", "Down", show=False, priority=True),
        Binding("pageup", "page(-1)", "Up", show=False, priority=True),
        Binding("g", "go(0)", "First page", show=False, priority=True),
        Binding("G", "go(-1)", "Last page", show=False, priority=True),
    ]

    def __init__(self, title: str, total_bytes: int, read: ReadBytes, veil: Veil | None = None) -> None:
        super().__init__()
        self._veil = veil or Veil()
        self._title = title
        self._total_bytes = total_bytes
        self._read = read
        self._start = 0
        self._end = 0
        self._found: tuple[int, int] | None = None
        """Where the words are that were found, and how long: in bytes."""
        self._asked: Asked = "find"
        self._answers: dict[Asked, str] = {}
        self._field = Field("", id="whole-field")
        self._view = BlockScroll(id="whole-output")
        self._box = Vertical(self._view, self._field, id="whole-box")

    def compose(self) -> ComposeResult:
        """A large box with the text in it."""
        self._box.border_title = Content(self._title)
        yield self._box

    def on_mount(self) -> None:
        """Have the keyboard, and read the beginning."""
        self._field.display = False
        self._view.focus()
        self._open(0)

    def action_turn(self, direction: int) -> None:
        """Go to the next page or the one before."""
        if direction > 0 and self._end < self._total_bytes:
            self._open(self._end)
        elif direction < 0 and self._start > 0:
            self._open(max(0, self._start - _PAGE_BYTES), before=self._start)

    def action_page(self, direction: int) -> None:
        """Scroll; where there is nothing more to scroll, turn the page."""
        view = self._view
        if view.scroll_offset.y == (view.max_scroll_y if direction > 0 else 0):
            self.action_turn(direction)
        else:
            view.scroll_relative(y=direction * view.size.height, animate=False)

    def action_go(self, place: int) -> None:
        """Go to the beginning, or to the end."""
        if place == 0:
            self._open(0)
        else:
            self._open(max(0, self._total_bytes - _PAGE_BYTES), before=self._total_bytes)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the field have its letters."""
        return not self._field.has_focus or action not in {"go", "page", "turn", "ask", "dismiss"}

    def action_ask(self, what: Asked) -> None:
        """Open the field: for words, a line, or a file."""
        self._asked = what
        self._field.placeholder = _QUESTIONS[what]
        self._field.value = self._answers.get(what, "")
        self._field.display = True
        self._field.focus()

    def on_key(self, event: events.Key) -> None:
        """Close the field, or look for the place before."""
        if not self._field.has_focus:
            return
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self._field.display = False
            self._view.focus()
        elif event.key == "up" and self._asked == "find" and self._field.value:
            event.stop()
            self._find(self._field.value, forward=False)

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Do what was asked for."""
        event.stop()
        text = event.value.strip() if self._asked != "find" else event.value
        if not text:
            return
        self._answers[self._asked] = text
        if self._asked == "find":
            self._find(text, forward=True)
        elif self._asked == "line":
            self._go_to_line(text)
        else:
            self._save(text)

    @work(exclusive=True, exit_on_error=False)
    async def _find(self, words: str, *, forward: bool) -> None:
        """Show the next place of the words, from the one found last or from what is shown."""
        self._tell("looking …")
        last = self._found if self._found is not None and self._start <= self._found[0] < self._end else None
        start = self._start if last is None else last[0] + forward
        try:
            place = await find_words(self._read, words, start, forward=forward)
            if place is None:
                self._tell(f"{one_line(words, 40)} is not {'below' if forward else 'above'}")
                return
            self._found = place, len(words.encode())
            await self._forward(await lines_before(self._read, place, _ABOVE))
        except CodeActError as error:
            self._tell(error.sentence)

    @work(exclusive=True, exit_on_error=False)
    async def _go_to_line(self, text: str) -> None:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
        try:
            place = await find_line(self._read, number) if number else None
            if place is None:
                self._tell(f"there is no line {one_line(text, 20)}")
                return
            await self._forward(place)
        except CodeActError as error:
            self._tell(error.sentence)

    @work(exclusive=True, exit_on_error=False, group="save")
    async def _save(self, name: str) -> None:
        """Write all of it to a file that is not there yet."""
        self._tell("writing …")
        path = Path(name)
        try:
            path = await asyncio.to_thread(path.expanduser)
            written = await self._write(path)
        except FileExistsError:
            self._tell(f"{path} is there already; give another name")
        except OSError as error:
            self._tell(f"it can't be written to {path}: {error.strerror}")
        except (RuntimeError, ValueError):  # a user who is not there; a character that no path has
            self._tell(f"{path} is no path")
        except CodeActError as error:
            self._tell(error.sentence)
        else:
            self._field.display = False
            self._view.focus()
            self._tell(f"{human_bytes(written)} written to {path}")

    async def _write(self, path: Path) -> int:
        """Write all of it or nothing; give how much it was."""
        written, is_whole = 0, False
        file = await asyncio.to_thread(path.open, "xb")
        try:
            with file:
                while data := await self._read(written, _PAGE_BYTES):
                    await asyncio.to_thread(file.write, data)
                    written += len(data)
            is_whole = True
        finally:
            if not is_whole:
                path.unlink(missing_ok=True)  # noqa: ASYNC240 - at once: the task may be on its way out
        return written

    def _tell(self, words: str) -> None:
        self._box.border_subtitle = Content(one_line(words))

    @work(exclusive=True, exit_on_error=False)
    async def _open(self, start: int, before: int | None = None) -> None:
        """Show the page from `start` on; or, going back, the whole lines up to `before`."""
        try:
            if before is None:
                await self._forward(start)
            else:
                await self._back(start, before)
        except CodeActError as error:
            self._tell(error.sentence)

    async def _forward(self, start: int) -> None:
        data = await self._read(start, _PAGE_BYTES)
        if len(data) < _PAGE_BYTES:
            self._total_bytes = start + len(data)
        else:
            data = data[: _last_end(data)]
        if data or not start:
            await self._show(start, data, at_end=False)

    async def _back(self, start: int, before: int) -> None:
        data = await self._read(start, before - start)
        if len(data) < before - start:
            before = self._total_bytes = await self._find_end(start + len(data))
            start = max(0, before - _PAGE_BYTES)
            data = await self._read(start, before - start)
        skipped = _first_start(data) if start else 0
        await self._show(start + skipped, data[skipped:], at_end=True)

    async def _find_end(self, past: int) -> int:
        """Find how much there is: less is stored of a very long text than was printed."""
        low, high = 0, past
        while high - low > _PAGE_BYTES:
            middle = (low + high) // 2
            if await self._read(middle, 1):
                low = middle
            else:
                high = middle
        return low + len(await self._read(low, high - low))

    async def _show(self, start: int, data: bytes, *, at_end: bool) -> None:
        # In a thread: a page of nothing but control characters takes half a second.
        text = await asyncio.to_thread(self._shown, start, data)
        self._start, self._end = start, start + len(data)
        part = OutputPart("stdout", text.removesuffix("\n").split("\n"))
        self._view.set_blocks(slices(part), at_end=at_end)
        first, last = (round(1000 * at / max(1, self._total_bytes)) / 10 for at in (self._start, self._end))
        place = f"{first} to {last} % of {human_bytes(self._total_bytes)}"
        self._box.border_subtitle = Content(f"{place} · / find · : line · s save · esc back")

    def _shown(self, start: int, data: bytes) -> str:
        """Give a page's text; where a key is masked in it nothing is marked as found: it might be a part of the key."""
        plain = data.decode("utf-8", "replace")
        shown = self._veil.shown(plain)
        return _settled(shown if shown != plain else self._marked(start, data).decode("utf-8", "replace"))

    def _marked(self, start: int, data: bytes) -> bytes:
        """Turn the colours round of what was found."""
        at, length = self._found if self._found is not None else (-1, 0)
        at -= start
        if not 0 <= at <= len(data) - length or not length:
            return data
        return data[:at] + _MARK + data[at : at + length] + _UNMARK + data[at + length :]


def _settled(text: str) -> str:
    return settle(strip_controls(text, moves=True))


def _first_start(data: bytes) -> int:
    """Give where the first whole line begins; where the first whole character does when there is none near."""
    newline = data.find(b"\n", 0, len(data) // 2)
    if newline >= 0:
        return newline + 1
    return next((at for at in range(min(4, len(data))) if data[at] & 0xC0 != 0x80), 0)


def _last_end(data: bytes) -> int:
    """Give where the last whole line ends; where the last whole character does when there is none near."""
    newline = data.rfind(b"\n", len(data) // 2)
    if newline >= 0:
        return newline + 1
    lead = next((at for at in range(len(data) - 1, len(data) - 5, -1) if data[at] & 0xC0 != 0x80), len(data))
    return lead or len(data)
