"""A cell being edited, with Python highlighting."""

from rich.style import Style as RichStyle
from textual import events
from textual._text_area_theme import TextAreaTheme
from textual.widgets import TextArea

from codeact_tui.tui.keys import take_key
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.python_syntax import HIGHLIGHT_QUERY, python_language
from codeact_tui.tui.themes import palette

__all__ = ["CellEditor"]


class CellEditor(TextArea):
    """An editor for one cell. The keys that run it or give up are the screen's."""

    def __init__(self, code: str) -> None:
        super().__init__(
            code,
            id="cell-editor",
            soft_wrap=True,
            tab_behavior="indent",
            show_line_numbers=True,
            compact=True,
        )
        self.register_language("python", python_language(), HIGHLIGHT_QUERY)
        self.language = "python"

    def on_mount(self) -> None:
        """Take the theme's colours; blink only where things may move."""
        self.cursor_blink = app_of(self).animation_level != "none"
        styles = {name: style.rich_style for name, style in palette(self).syntax.items()}
        self.register_theme(TextAreaTheme("codeact", syntax_styles={**styles, "plain": RichStyle()}))
        self.theme = "codeact"

    async def _on_key(self, event: events.Key) -> None:
        if not take_key(self, event) and event.key == "enter":
            event.stop()
            event.prevent_default()
            self._break_line()

    def _break_line(self) -> None:
        """Begin a new line at the same depth, one deeper after a colon."""
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        indent = before[: len(before) - len(before.lstrip())]
        deeper = "    " if before.rstrip().endswith(":") else ""
        start, end = self.selection
        self._replace_via_keyboard(f"\n{indent}{deeper}", start, end)
