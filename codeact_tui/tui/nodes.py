"""Textual's own attributes that carry no type arguments, given theirs in one place."""

from typing import cast

from textual.app import App
from textual.dom import DOMNode

__all__ = ["app_of"]


def app_of(node: DOMNode) -> App[object]:
    """Give the application that a widget or screen belongs to."""
    return cast("App[object]", node.app)  # pyright: ignore[reportUnknownMemberType]
