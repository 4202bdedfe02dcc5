"""Textual's own attributes that carry no type arguments, given theirs in one place."""

from typing import cast

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

__all__ = ["app_of", "screen_of"]


def app_of(node: DOMNode) -> App[object]:
    """Give the application that a widget or screen belongs to."""
    return cast("App[object]", node.app)  # pyright: ignore[reportUnknownMemberType]


def screen_of(node: DOMNode) -> Screen[object]:
    """Give the screen that a widget is on."""
    return cast("Screen[object]", node.screen)  # pyright: ignore[reportUnknownMemberType]
