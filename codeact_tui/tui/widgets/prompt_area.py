"""The field that the prompt is typed into: history, folded pastes, completion."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from codeact_tui.tui.guard import Guard
from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.prompting.completion import Candidate, Wanted, wanted
from codeact_tui.tui.prompting.history import History
from codeact_tui.tui.prompting.pastes import Pastes
from codeact_tui.tui.python_editing import word_before
from codeact_tui.tui.vi import ViKeys, vi_for
from codeact_tui.tui.widgets.completions import Completions

__all__ = ["PromptArea"]

_DELETING = frozenset({"backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k", "ctrl+h", "ctrl+backspace", "ctrl+delete"})


class PromptArea(TextArea):
    """Takes the prompt. Enter and the other keys of the registry are left to the screen.

    Args:
        guard: Hears of every keystroke.
        completions: The list that candidates are chosen from.
    """

    class CompletionWanted(Message):
        """Candidates are needed; answered by `offer`."""

        def __init__(self, wanted: Wanted) -> None:
            super().__init__()
            self.wanted = wanted

    def __init__(self, guard: Guard, completions: Completions) -> None:
        super().__init__(
            id="prompt",
            compact=True,
            highlight_cursor_line=False,
            placeholder="ask anything · /command · @file · !python",
        )
        self.history_of_prompts = History()
        self._guard = guard
        self._completions = completions
        self._pastes = Pastes()
        self._wanted: Wanted | None = None
        self._shown: Wanted | None = None
        """What the candidates are for that are shown."""
        self.vi: ViKeys | None = None
        self._by_hand = False

    def on_mount(self) -> None:
        """Blink only where things may move; take vi's keys where they are wanted."""
        self.vi = vi_for(self)
        self.cursor_blink = app_of(self).animation_level != "none"

    @property
    def empty(self) -> bool:
        """Nothing has been typed."""
        return not self.text

    @property
    def unfolded(self) -> str:
        """The whole text, pastes included."""
        return self._pastes.expand(self.text)

    def take(self) -> str:
        """Give the whole text, pastes included, and begin a new one."""
        text = self._pastes.expand(self.text)
        if self.vi is not None:
            self.vi.begin()
        self.history_of_prompts.add(self.text if not self._pastes.holds(self.text) else text)
        self.put("")
        return text

    def put(self, text: str) -> None:
        """Replace what is in the prompt; the cursor goes to its end."""
        if not text:
            self._pastes.forget()
        self.close_completions()
        self.load_text(text)
        self.move_cursor(self.document.end)

    def type_text(self, text: str) -> None:
        """Put text in at the cursor, as if it had been typed here."""
        self.insert(text)
        self._typed()

    def name_variable(self, name: str) -> None:
        """Put `@name` in at the cursor, apart from the words around it; in the user's own code the name alone."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before = " " if line[:column] and not line[column - 1].isspace() else ""
        after = "" if line[column : column + 1].isspace() else " "
        sign = "" if self.text.startswith("!") else "@"
        self.type_text(f"{before}{sign}{name}{after}")

    def paste_text(self, text: str) -> None:
        """Put a paste in at the cursor; a long one as its label."""
        self._replace_via_keyboard(self._pastes.fold(text), *self.selection)
        self._typed()

    def unfold_pastes(self) -> bool:
        """Put long pastes in whole; say whether there were any."""
        if not self._pastes.holds(self.text):
            return False
        self.put(self._pastes.expand(self.text))
        return True

    # -- completion

    @property
    def completing(self) -> bool:
        """Candidates are shown."""
        return self._completions.open

    def offer(self, asked: Wanted, candidates: list[Candidate]) -> None:
        """Show candidates, if they are still what is being typed."""
        if asked != self._wanted or not self.has_focus:
            return
        self._shown = asked
        self._completions.offer(candidates, self.screen_rows_below)
        if self._by_hand and len(candidates) == 1:
            self.accept_completion()

    def catch_up(self) -> Wanted | None:
        """Take candidates away that are for less than what stands there now: keys may come faster than candidates.

        Returns:
            What candidates should be looked for again; None where they are the right ones, or none are shown.
        """
        found = self._typed_now(by_hand=True)
        if not self.completing or found == self._shown:
            return None
        self.close_completions()
        self._wanted = found
        return found

    def accept_completion(self, candidate: Candidate | None = None) -> Candidate | None:
        """Put the chosen candidate in the place of what was typed of it; give it, if it is a whole command."""
        candidate = candidate or self._completions.chosen
        if candidate is None or self._wanted is None:
            return None
        row, column = self.cursor_location
        kind = self._wanted.kind
        start = self._wanted.start if candidate.replaces < 0 else max(0, column - candidate.replaces)
        more = kind == "python" or (candidate.text.endswith("/") and kind == "file")
        self.close_completions()
        self.replace(candidate.text + ("" if more else " "), (row, start), (row, column))
        return candidate if kind == "command" else None

    def close_completions(self) -> None:
        """Take the candidates away."""
        self._wanted = self._shown = None
        self._completions.close()

    @property
    def python(self) -> bool:
        """What is typed is the user's own Python."""
        return self.text.startswith("!") and not self.text.startswith("!!")

    @property
    def completing_python(self) -> bool:
        """Candidates for Python are shown: only Tab takes one, since Enter runs the code."""
        return self.completing and self._wanted is not None and self._wanted.kind == "python"

    def _python_wanted(self, *, by_hand: bool) -> Wanted | None:
        """Say what Python could go on with: behind a dot, while candidates are shown, or when asked for by hand."""
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        word = word_before(before)
        if not (by_hand or before.endswith(".") or (self.completing_python and word)):
            return None
        above = "".join(f"{line}\n" for line in self.document.lines[:row])
        return Wanted("python", (above + before)[1:], column - len(word))

    def _typed_now(self, *, by_hand: bool) -> Wanted | None:
        row, column = self.cursor_location
        if self.python:
            return self._python_wanted(by_hand=by_hand)
        return wanted(self.document.get_line(row), column, first_line=row == 0)

    def _look_for_completions(self, *, by_hand: bool = False) -> None:
        self._by_hand = by_hand
        found = self._typed_now(by_hand=by_hand)
        if found is None:
            self.close_completions()
        elif found != self._wanted:
            self._wanted = found
            self.post_message(self.CompletionWanted(found))

    @property
    def screen_rows_below(self) -> int:
        """Rows from this field's rule down to the lower edge of the screen."""
        return max(0, app_of(self).size.height - self.region.y + 1)

    # -- keys

    def _typed(self) -> None:
        self._guard.typed()
        self.history_of_prompts.edited()
        self._look_for_completions()

    async def _on_key(self, event: events.Key) -> None:
        if self.vi is not None and not self.completing and self.vi.take(event):
            event.stop()
            event.prevent_default()
            self._guard.typed()
            return
        if event.key == "tab" and (self.completing or self.python):
            event.stop()
            event.prevent_default()
            if self.completing and self.catch_up() is None and self.completing:
                self.accept_completion()
            else:
                self._wanted = None
                self._look_for_completions(by_hand=True)
            return
        if take_key(self, event):
            return
        if event.key == "enter":
            event.prevent_default()
            return
        if event.is_printable or event.key in _DELETING:
            self._guard.typed()
            self.call_later(self._typed)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste_text(event.text)

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up a line; at the first to an older prompt, or to the candidate above."""
        if self.completing:
            self._completions.move(-1)
        elif (
            not select and self.cursor_at_first_line and (older := self.history_of_prompts.older(self.text)) is not None
        ):
            self._walk_to(older)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down a line; at the last to a newer prompt, or to the candidate below."""
        if self.completing:
            self._completions.move(1)
        elif select or not self.cursor_at_last_line:
            super().action_cursor_down(select)
        elif (newer := self.history_of_prompts.newer()) is not None:
            self._walk_to(newer)

    def _walk_to(self, text: str) -> None:
        self.load_text(text)
        self.move_cursor(self.document.end)
        self._guard.typed()

    def on_blur(self, _event: events.Blur) -> None:
        """Candidates are of no use elsewhere."""
        self.close_completions()
