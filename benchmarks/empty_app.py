"""The least that a Textual application can be: one input. What a first paint costs at least."""

from textual.app import App, ComposeResult
from textual.widgets import Input

__all__ = ["EmptyApp"]


class EmptyApp(App[None]):
    """An input."""

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Input(placeholder="ask anything")


if __name__ == "__main__":
    EmptyApp().run()
