"""vi's keys: a normal and an insert mode in fields of several lines, and letters that move in panes and lists."""

from typing import Literal

from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, TextArea

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.vi_motions import MOTIONS, Place, motion

__all__ = ["ModeChanged", "ViKeys", "pane_key", "vi_for"]

Mode = Literal["insert", "normal"]
_IN_PANES = {"j": "down", "k": "up", "g": "home", "G": "end", "ctrl+d": "pagedown", "ctrl+u": "pageup"}
_ALIASES = {"circumflex_accent": "^", "dollar_sign": "$"}
_SHORT = {
    "x": ("d", "l"),
    "X": ("d", "h"),
    "D": ("d", "$"),
    "C": ("c", "$"),
    "s": ("c", "l"),
    "S": ("c", "c"),
    "Y": ("y", "y"),
}
_COUNT_MAX = 100_000


class ModeChanged(Message):
    """A field went from one mode to the other."""


def vi_for(area: TextArea) -> "ViKeys | None":
    """Give a field its vi keys, if the settings want them."""
    return ViKeys(area) if getattr(app_of(area), "vi_keys", False) else None


def pane_key(screen: Screen[object], event: events.Key) -> events.Key:
    """Give the key that a letter stands for in a pane or list; what has a meaning of its own there keeps it."""
    if event.key not in _IN_PANES or isinstance(screen.focused, TextArea | Input) or screen.focused is None:
        return event
    found = screen.active_bindings.get(event.key)
    return event if found is not None and found.enabled else events.Key(_IN_PANES[event.key], None)


class ViKeys:
    """Takes the keys of one field.

    Args:
        area: The field; it begins in insert mode.
    """

    def __init__(self, area: TextArea) -> None:
        self._area = area
        self.mode: Mode = "insert"
        self._count = ""
        self._operator = ""
        self._g = False
        self._kept = ""
        self._linewise = False

    def take(self, event: events.Key) -> bool:
        """Do what a key means; say whether it means anything here. Other keys keep their meaning."""
        if self.mode == "insert":
            if event.key != "escape":
                return False
            self._to("normal")
            row, column = self._place
            self._area.move_cursor((row, max(0, column - 1)))
            return True
        if event.key == "escape":
            pending = bool(self._operator or self._count or self._g)
            self._forget()
            return pending
        if event.key == "ctrl+r":
            self._area.redo()
            return True
        if not event.is_printable:
            return False
        self._normal(_ALIASES.get(event.key, event.character or ""))
        return True

    def begin(self) -> None:
        """Go to insert mode: the text is a new one."""
        if self.mode != "insert":
            self._to("insert")

    # -- what the text is

    @property
    def _place(self) -> Place:
        return self._area.cursor_location

    @property
    def _lines(self) -> list[str]:
        return [self._area.document.get_line(row) for row in range(self._area.document.line_count)]

    def _to(self, mode: Mode) -> None:
        self.mode = mode
        self._forget()
        self._area.post_message(ModeChanged())

    def _forget(self) -> None:
        self._count, self._operator, self._g = "", "", False

    # -- normal mode

    def _normal(self, key: str) -> None:
        if key.isdecimal() and (key != "0" or self._count):
            self._count = str(min(_COUNT_MAX, int(self._count + key)))
            return
        if key == "g" and not self._g:
            self._g = True
            return
        key = f"g{key}" if self._g else key
        self._g = False
        count = int(self._count) if self._count else None
        if key in MOTIONS:
            self._move(key, count)
        elif self._operator and key == self._operator:
            self._lines_of(key, count or 1)
        elif not self._operator and key in {"d", "c", "y"}:
            self._operator = key
            return
        elif not self._operator and key in _SHORT:
            self._operator, then = _SHORT[key]
            self._lines_of(then, count or 1) if then == self._operator else self._move(then, count)
        elif not self._operator:
            self._plain(key, count or 1)
        self._forget()

    def _move(self, name: str, count: int | None) -> None:
        operator = self._operator
        if not operator and name in {"j", "k"}:
            for _ in range(min(count or 1, self._area.document.line_count)):
                self._area.action_cursor_down() if name == "j" else self._area.action_cursor_up()
            return
        if operator and name in {"j", "k", "G", "gg"}:
            row, other = self._place[0], motion(self._lines, self._place, name, count)[0]
            self._area.move_cursor((min(row, other), 0))
            self._lines_of(operator, abs(row - other) + 1)
            return
        if operator == "c" and name == "w":
            name = "e"
        start, end = self._place, motion(self._lines, self._place, name, count)
        if not operator:
            row, column = end
            self._area.move_cursor((row, min(column, max(0, len(self._lines[row]) - 1))))
            return
        if name == "w" and end[0] > start[0]:
            end = start[0], len(self._lines[start[0]])
        if name == "e":
            end = end[0], end[1] + 1
        start, end = sorted((start, end))
        self._kept, self._linewise = self._area.get_text_range(start, end), False
        if operator != "y":
            self._area.delete(start, end)
        self._area.move_cursor(start)
        if operator == "c":
            self._to("insert")

    def _lines_of(self, operator: str, count: int) -> None:
        """Do an operator on whole lines, from the cursor's on."""
        lines, row = self._lines, self._place[0]
        last = min(len(lines) - 1, row + count - 1)
        self._kept, self._linewise = "\n".join(lines[row : last + 1]), True
        if operator == "c":
            self._area.delete((row, 0), (last, len(lines[last])))
            self._to("insert")
        elif operator == "d":
            if last + 1 < len(lines):
                self._area.delete((row, 0), (last + 1, 0))
            elif row:
                self._area.delete((row - 1, len(lines[row - 1])), (last, len(lines[last])))
            else:
                self._area.delete((0, 0), (last, len(lines[last])))
            self._area.move_cursor((min(row, self._area.document.line_count - 1), 0))

    def _plain(self, key: str, count: int) -> None:
        area, (row, column) = self._area, self._place
        line = self._lines[row]
        match key:
            case "u":
                for _ in range(min(count, 1000)):
                    area.undo()
                return
            case "p" | "P":
                self._put(after=key == "p")
                return
            case "i":
                pass
            case "a":
                area.move_cursor((row, min(len(line), column + 1)))
            case "I":
                area.move_cursor((row, len(line) - len(line.lstrip())))
            case "A":
                area.move_cursor((row, len(line)))
            case "o":
                area.insert("\n", (row, len(line)))
                area.move_cursor((row + 1, 0))
            case "O":
                area.insert("\n", (row, 0))
                area.move_cursor((row, 0))
            case _:
                return
        self._to("insert")

    def _put(self, *, after: bool) -> None:
        area, (row, column) = self._area, self._place
        line = self._lines[row]
        if self._linewise and after:
            area.insert(f"\n{self._kept}", (row, len(line)))
            area.move_cursor((row + 1, 0))
        elif self._linewise:
            area.insert(f"{self._kept}\n", (row, 0))
            area.move_cursor((row, 0))
        else:
            area.insert(self._kept, (row, min(len(line), column + after)))
