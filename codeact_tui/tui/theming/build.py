"""From a theme file to Textual's theme and to the styles of what is drawn by hand. Pure."""

import msgspec
from msgspec import Struct
from textual.color import Color
from textual.style import Style
from textual.theme import Theme

from codeact_tui.tui.theming.depth import Depth, nearest_of_256
from codeact_tui.tui.theming.file import ATTRIBUTES, Colors, ThemeFile

__all__ = ["Palette", "build"]

_PLAIN = Style()


class Palette(Struct, frozen=True):
    """A theme's styles, for what is drawn without a stylesheet. A name that the theme lacks draws plainly."""

    name: str
    theme: Theme
    syntax: dict[str, Style] = {}
    """keyword, string, escape, number, comment, function, class, builtin, constant, operator, decorator"""
    colors: dict[str, Style] = {}
    """foreground, muted, border, accent, success, warning, error, as foreground styles"""
    about: str = ""
    """A few words about it."""

    def color(self, name: str) -> Style:
        """Give a colour as a foreground style."""
        return self.colors.get(name, _PLAIN)


def build(name: str, file: ThemeFile, depth: Depth = "full") -> Palette:
    """Make the styles of a theme.

    Args:
        name: What the theme is called.
        file: As it was written.
        depth: How many colours the terminal has; of the terminal's own sixteen all have as many.
    """
    colors = {key: _color(value, depth) for key, value in _fields(file.colors).items()}
    emphasis = {key: _style(value, depth) for key, value in _fields(file.emphasis).items()}
    return Palette(
        name=name,
        theme=_textual_theme(name, file, colors, emphasis.get("selection", _PLAIN)),
        syntax={key: _style(value, depth) for key, value in _fields(file.syntax).items() if value},
        colors={key: Style(foreground=color) + emphasis.get(key, _PLAIN) for key, color in colors.items()},
        about=file.about,
    )


def _fields(struct: Struct) -> dict[str, str]:
    return msgspec.convert(msgspec.to_builtins(struct), dict[str, str])


def _color(text: str, depth: Depth) -> Color:
    color = Color.parse(text)
    return nearest_of_256(color) if depth == "256" and color.ansi is None else color


def _style(text: str, depth: Depth) -> Style:
    words = text.split()
    color = next((word for word in words if word not in ATTRIBUTES), None)
    return Style(
        foreground=_color(color, depth) if color else None,
        bold="bold" in words or None,
        dim="dim" in words or None,
        italic="italic" in words or None,
        reverse="reverse" in words or None,
        underline="underline" in words or None,
    )


def _textual_theme(name: str, file: ThemeFile, found: dict[str, Color], selection: Style) -> Theme:
    colors = msgspec.convert({key: color.hex for key, color in found.items()}, Colors)
    selected = "reverse" if selection.reverse else "none"
    return Theme(
        name=name,
        dark=file.dark,
        ansi=file.ansi,
        primary=colors.accent,
        secondary=colors.accent,
        accent=colors.accent,
        foreground=colors.foreground,
        background=colors.background,
        surface=colors.surface,
        panel=colors.panel,
        success=colors.success,
        warning=colors.warning,
        error=colors.error,
        variables={
            "muted": colors.muted,
            "ansi-background": "ansi_black" if file.dark else "ansi_white",
            "ansi-foreground": "ansi_white" if file.dark else "ansi_black",
            "border-quiet": colors.border,
            "selection": colors.selection,
            "selection-style": selected,
            "border": colors.accent,
            "border-blurred": colors.border,
            "block-cursor-background": colors.selection,
            "block-cursor-foreground": colors.foreground,
            "block-cursor-text-style": "bold reverse" if selection.reverse else "bold",
            "block-cursor-blurred-background": colors.panel,
            "block-cursor-blurred-foreground": colors.foreground,
            "block-cursor-blurred-text-style": selected,
            "block-hover-background": colors.panel,
            "input-cursor-background": colors.foreground,
            "input-cursor-foreground": colors.background,
            "input-cursor-text-style": "reverse" if file.ansi else "none",
            "input-selection-background": colors.selection,
            "input-selection-foreground": colors.foreground,
            "screen-selection-background": colors.selection,
            "screen-selection-foreground": colors.foreground,
            "scrollbar": colors.border,
            "scrollbar-hover": colors.muted,
            "scrollbar-active": colors.accent,
            "scrollbar-background": colors.background,
            "scrollbar-background-hover": colors.background,
            "scrollbar-background-active": colors.background,
            "scrollbar-corner-color": colors.background,
        },
    )
