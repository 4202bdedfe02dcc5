"""A cell being edited: Python's indents and pairs, highlighting, and help from the running kernel."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style as RichStyle
from textual import events
from textual._text_area_theme import TextAreaTheme
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from codeact_tui.protocol.events import CodeCompleted, CodeInspected
from codeact_tui.tui import python_editing as editing
from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.completion import Candidate
from codeact_tui.tui.python_syntax import PythonSyntax
from codeact_tui.tui.themes import palette
from codeact_tui.tui.vi import ViKeys, vi_for
from codeact_tui.tui.widgets.code_completions import CodeCompletions

if TYPE_CHECKING:
    from codeact_tui.tui.code_help import CodeHelp

__all__ = ["CellEditor"]

Location = tuple[int, int]


class _Highlights(dict[int, list[tuple[int, int | None, str]]]):
    """What is coloured in each line, asked for when the line is drawn."""

    def __init__(self, look: Callable[[int], None]) -> None:
        super().__init__()
        self._look = look

    def __bool__(self) -> bool:
        return True

    def __missing__(self, line: int) -> list[tuple[int, int | None, str]]:
        self._look(line)
        return self.setdefault(line, [])


class CellEditor(TextArea):
    """An editor for one cell. The keys that run it or give up are the screen's.

    Args:
        code: What is edited.
        help: Knows what the kernel knows; None without a kernel.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "indent_or_complete", "Indent, or complete", show=False),
        Binding("shift+tab", "dedent", "Dedent", show=False),
        Binding("ctrl+@,ctrl+space", "complete", "Complete", show=False),
        Binding("ctrl+underscore,ctrl+slash", "comment", "Comment, or code again", show=False),
        Binding("ctrl+home", "go(False)", "To the beginning", show=False),
        Binding("ctrl+end", "go(True)", "To the end", show=False),
        Binding("alt+up", "move_lines(-1)", "Move the line up", show=False),
        Binding("alt+down", "move_lines(1)", "Move the line down", show=False),
        Binding("alt+shift+down,ctrl+shift+d", "duplicate", "Double the line", show=False),
    ]

    _own_keys: ClassVar[dict[str, str]] = {
        key: binding.action for binding in BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")
    }
    """These mean here what they mean to an editor, whatever they do elsewhere."""

    class SignatureChanged(Message):
        """The cursor is in another call, or in none (an answer without a name)."""

        def __init__(self, told: CodeInspected) -> None:
            super().__init__()
            self.told = told

    def __init__(self, code: str, help: "CodeHelp | None" = None) -> None:
        self._help = help
        self._syntax = PythonSyntax()
        self._stale = True
        self._completions = CodeCompletions()
        self._word_start: Location | None = None
        self._asked_by_hand = False
        self._signature = CodeInspected(0)
        self.vi: ViKeys | None = None
        super().__init__(
            code,
            id="cell-editor",
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=True,
            compact=True,
        )
        self._highlights = _Highlights(self._look_for_highlights)  # pyright: ignore[reportAttributeAccessIssue]

    def on_mount(self) -> None:
        """Take the theme's colours; blink only where things may move."""
        self.cursor_blink = app_of(self).animation_level != "none"
        self.vi = vi_for(self)
        self._take_colors()
        app_of(self).theme_changed_signal.subscribe(self, lambda _: self._take_colors())
        self.screen.mount(self._completions)

    def _take_colors(self) -> None:
        styles = {name: style.rich_style for name, style in palette(self).syntax.items()}
        self.register_theme(TextAreaTheme("codeact", syntax_styles={**styles, "plain": RichStyle()}))
        self.theme = "codeact"
        self._set_theme("codeact")

    async def on_unmount(self) -> None:
        """Take the candidates away, too."""
        if self._help is not None:
            self._help.forget()
        if self._completions.is_attached:
            await self._completions.remove()

    # -- highlighting: only what is drawn is looked at

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()  # pyright: ignore[reportUnknownMemberType]
        self._highlights.clear()
        self._stale = True

    def _look_for_highlights(self, line: int) -> None:
        if self._stale:
            self._stale = False
            self._syntax.update(list(self.document.lines))
        found = self._syntax.byte_spans(line, line + max(1, self.size.height))
        self._highlights.update({number: list(spans) for number, spans in found.items()})

    # -- typing

    async def _on_key(self, event: events.Key) -> None:
        if not self._completions.open and self.vi is not None and self.vi.take(event):
            event.stop()
            event.prevent_default()
            return
        if self._choose(event.key) or (event.key not in self._own_keys and take_key(self, event)):
            event.stop()
            event.prevent_default()
            return
        if event.key in self._bindings.key_to_bindings and not event.is_printable:
            # At once, not by way of the screen: or what is typed next would come before it.
            event.stop()
            event.prevent_default()
            await self.run_action(self._bindings.key_to_bindings[event.key][0].action)
        if self._typed(event):
            event.stop()
            event.prevent_default()
        if event.is_printable or event.key in {"backspace", "ctrl+h"}:
            self.call_later(self._after_typing, event.character or "")

    def _choose(self, key: str) -> bool:
        """Use a key for the candidates, if they are shown."""
        if not self._completions.open:
            return False
        match key:
            case "up" | "down":
                self._completions.move(-1 if key == "up" else 1)
            case "tab" | "enter":
                self.accept(self._completions.chosen)
            case "escape":
                self._close()
            case _:
                return False
        return True

    def _typed(self, event: events.Key) -> bool:
        """Do what a key does to Python beyond putting its letter in; say whether it did."""
        before, after = self._around
        char = event.character if event.is_printable else None
        if event.key == "enter":
            self._put(editing.indent_after(before, after))
        elif char is None:
            return False
        elif self.selection.is_empty and editing.steps_over(before, after, char):
            self.move_cursor_relative(columns=1)
        elif (pair := editing.closed_pair(before, after, char, self.selected_text)) is not None:
            self._put(pair)
        else:
            return False
        return True

    @property
    def _around(self) -> tuple[str, str]:
        """The cursor's line, before the cursor and behind it."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return line[:column], line[column:]

    @property
    def _cursor(self) -> int:
        """The cursor's place in the whole text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def _location(self, index: int) -> Location:
        """Give row and column of a place in the whole text."""
        row = self.text.count("\n", 0, index)
        return row, index - (self.text.rfind("\n", 0, index) + 1)

    def _put(self, insertion: editing.Insertion) -> None:
        self._replace_via_keyboard(insertion.text, *self.selection)
        if insertion.back:
            at = self._cursor - insertion.back
            self.move_cursor(self._location(at))

    def action_delete_left(self) -> None:
        """Delete what is selected, an indent, an empty pair, or the character before the cursor."""
        taken = editing.backspace_columns(*self._around)
        if not self.selection.is_empty or taken == (1, 0):
            super().action_delete_left()
            return
        row, column = self.cursor_location
        self._delete_via_keyboard((row, column - taken[0]), (row, column + taken[1]))

    # -- whole lines

    def _change_lines(self, change: Callable[[list[str]], list[str]]) -> None:
        """Replace the selected lines, or the cursor's, and keep the selection on them."""
        (top, left), (bottom, right) = sorted((self.selection.start, self.selection.end))
        if bottom > top and right == 0:
            bottom -= 1
        before = [self.document.get_line(row) for row in range(top, bottom + 1)]
        after = change(before)
        if after == before:
            return
        backwards = self.selection.end < self.selection.start
        self.replace("\n".join(after), (top, 0), (bottom, len(before[-1])), maintain_selection_offset=False)
        start = top, max(0, left + len(after[0]) - len(before[0]))
        end = bottom, max(0, right + len(after[-1]) - len(before[-1])) if right else len(after[-1])
        self.selection = Selection(end, start) if backwards else Selection(start, end)
        if (top, left) == (bottom, right):
            self.move_cursor(start)

    def action_indent_or_complete(self) -> None:
        """Indent the selected lines; behind a name or a dot complete it; else go to the next stop."""
        if not self.selection.is_empty:
            self._change_lines(editing.indented)
        elif self._help is not None and (editing.word_before(self._around[0]) or self._around[0].endswith(".")):
            self.action_complete()
        else:
            self._replace_via_keyboard(" " * (4 - len(self._around[0]) % 4), *self.selection)

    def action_dedent(self) -> None:
        """Take an indent off the lines."""
        self._change_lines(editing.dedented)

    def action_comment(self) -> None:
        """Make comments of the lines, or code again."""
        self._change_lines(editing.toggled_comments)

    def action_move_lines(self, by: int) -> None:
        """Move the lines up or down."""
        top, bottom = sorted((self.selection.start[0], self.selection.end[0]))
        first, last = (top - 1, bottom) if by < 0 else (top, bottom + 1)
        if first < 0 or last >= self.document.line_count:
            return
        lines = [self.document.get_line(row) for row in range(first, last + 1)]
        moved = [*lines[1:], lines[0]] if by < 0 else [lines[-1], *lines[:-1]]
        start, end = self.selection
        self.replace("\n".join(moved), (first, 0), (last, len(lines[-1])), maintain_selection_offset=False)
        self.selection = Selection((start[0] + by, start[1]), (end[0] + by, end[1]))

    def action_go(self, to_end: bool) -> None:
        """Go to the beginning, or to the end."""
        self.move_cursor(self.document.end if to_end else (0, 0))

    def action_duplicate(self) -> None:
        """Put the lines in a second time, below."""
        top, bottom = sorted((self.selection.start[0], self.selection.end[0]))
        lines = [self.document.get_line(row) for row in range(top, bottom + 1)]
        selection, count = self.selection, len(lines)
        self.replace("\n" + "\n".join(lines), (bottom, len(lines[-1])), (bottom, len(lines[-1])))
        self.selection = Selection(*((row + count, column) for row, column in selection))

    # -- help from the kernel

    @property
    def completing(self) -> bool:
        """Candidates are shown."""
        return self._completions.open

    def action_complete(self) -> None:
        """Ask for what may stand here."""
        self._asked_by_hand = True
        self._ask(now=True)

    def _after_typing(self, char: str) -> None:
        before = self._around[0]
        word = editing.word_before(before)
        if (char == "." and before.endswith(".")) or (self._completions.open and word):
            self._asked_by_hand = False
            self._ask(now=False)
        else:
            self._close()

    def _ask(self, *, now: bool) -> None:
        if self._help is not None:
            cursor = self._cursor
            self._help.complete(self.text, cursor, self._completed, now=now)

    def _completed(self, event: CodeCompleted) -> None:
        """Offer what the kernel has found, if the cursor has not moved on."""
        cursor = self._cursor
        if event.end != cursor or not self.has_focus or not self.is_attached:
            return
        if event.problem and self._asked_by_hand and self._help is not None:
            self._help.say(event.problem)
        typed = self.text[event.start : cursor]
        kinds = event.kinds or ("",) * len(event.matches)
        found = [Candidate(match, match, kind) for match, kind in zip(event.matches, kinds, strict=True)]
        if len(found) == 1 and (self._asked_by_hand or found[0].text == typed):
            self._word_start = self._location(event.start)
            self.accept(found[0])
            return
        self._word_start = self._location(event.start)
        place = self.cursor_screen_offset - Offset(cursor - event.start, 0)
        self._completions.offer_at(found, place)

    def accept(self, candidate: Candidate | None) -> None:
        """Put a candidate in the place of what was typed of it."""
        start = self._word_start
        self._close()
        if candidate is not None and start is not None and start[0] == self.cursor_location[0]:
            self._replace_via_keyboard(candidate.text, start, self.cursor_location)

    def _close(self) -> None:
        self._word_start = None
        self._completions.close()

    def on_text_area_selection_changed(self) -> None:
        """Look at the call that the cursor is in."""
        if self._help is None:
            return
        cursor = self._cursor
        if editing.in_call(self.text[max(0, cursor - 4000) : cursor]):
            self._help.inspect(self.text, cursor, self._inspected)
        else:
            self._inspected(CodeInspected(0))

    def _inspected(self, event: CodeInspected) -> None:
        told = CodeInspected(0, event.name, event.kind, event.parameters, event.active, event.doc)
        if told != self._signature:
            self._signature = told
            self.post_message(self.SignatureChanged(told))

    def on_resize(self) -> None:
        """What was below the cursor is so no longer."""
        self._close()

    def on_blur(self) -> None:
        """Candidates are of no use elsewhere."""
        self._close()
