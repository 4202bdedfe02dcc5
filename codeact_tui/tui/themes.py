"""Themes: TOML files, shipped and the user's own, as Textual themes and a palette for what is drawn by hand.

A stylesheet uses the colours as `$background $surface $panel $foreground $muted $border-quiet $accent $success $warning
$error $selection`; code that builds `Content` or strips takes them from `palette(app)`.
"""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct
from textual.color import Color, ColorParseError
from textual.dom import DOMNode
from textual.style import Style
from textual.theme import Theme

import codeact_tui
from codeact_tui.errors import ConfigError
from codeact_tui.tui.nodes import app_of

__all__ = ["DEFAULT_VARIABLES", "Palette", "load_theme", "palette", "shipped_themes", "theme_names"]

_BYTES_MAX = 64_000
_ATTRIBUTES = frozenset({"bold", "italic", "underline", "dim"})

DEFAULT_VARIABLES = {
    "muted": "#8a92a0",
    "border-quiet": "#343b47",
    "selection": "#2c4464",
}
"""What a stylesheet may use beyond Textual's own names, for the moment before a theme is set."""


class _Colors(Struct, frozen=True, forbid_unknown_fields=True):
    background: str
    surface: str
    panel: str
    foreground: str
    muted: str
    border: str
    accent: str
    success: str
    warning: str
    error: str
    selection: str


class _Syntax(Struct, frozen=True, forbid_unknown_fields=True):
    keyword: str = ""
    string: str = ""
    escape: str = ""
    number: str = ""
    comment: str = ""
    function: str = ""
    class_: str = msgspec.field(default="", name="class")
    builtin: str = ""
    constant: str = ""
    operator: str = ""
    decorator: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    dark: bool
    colors: _Colors
    syntax: _Syntax = _Syntax()
    ansi: bool = False
    name: str = ""


class Palette(Struct, frozen=True):
    """A theme's styles, for what is drawn without a stylesheet. A name that the theme lacks draws plainly."""

    name: str
    theme: Theme
    syntax: dict[str, Style] = {}
    """keyword, string, escape, number, comment, function, class, builtin, constant, operator, decorator"""
    colors: dict[str, Style] = {}
    """foreground, muted, border, accent, success, warning, error, as foreground styles"""

    def color(self, name: str) -> Style:
        """Give a colour as a foreground style."""
        return self.colors.get(name, _PLAIN)


_PLAIN = Style()
_loaded: dict[str, Palette] = {}


def palette(node: DOMNode) -> Palette:
    """Give the palette of the theme that the widget's application shows now."""
    app = app_of(node)
    return _loaded.get(app.theme) or Palette(app.theme, app.current_theme)


def shipped_themes() -> Path:
    """Give the folder of the themes that come with codeact: in the wheel, or in the source tree."""
    package = Path(codeact_tui.__file__).parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def theme_names(folders: Sequence[Path]) -> list[str]:
    """Name the themes in these folders and the shipped ones. Reads the disk: not for the event loop."""
    files = (path for folder in (*folders, shipped_themes()) if folder.is_dir() for path in folder.glob("*.toml"))
    return sorted({path.stem for path in files})


def load_theme(name: str, folders: Sequence[Path] = ()) -> Palette:
    """Read a theme.

    Args:
        name: The file's name without `.toml`.
        folders: Where to look before the shipped themes.

    Raises:
        ConfigError: There is none of that name, or it is wrong; the message names file and key.
    """
    for folder in (*folders, shipped_themes()):
        path = folder / f"{name}.toml"
        if Path(name).name == name and path.is_file():
            found = _read(path, path.stat().st_mtime_ns)
            _loaded[name] = found
            return found
    names = ", ".join(theme_names(folders))
    raise ConfigError(f"There is no theme called {name!r}.", remedy=f"There are: {names}.")


@lru_cache(maxsize=32)
def _read(path: Path, _changed_ns: int) -> Palette:
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise ConfigError(f"{path} is too large for a theme.")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        file = msgspec.convert(values, _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}.", remedy="Mend it or choose another theme.") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}.", remedy="themes/dark.toml shows every key.") from error
    return _build(path, file)


def _build(path: Path, file: _File) -> Palette:
    colors = {
        key: _color(path, f"colors.{key}", value)
        for key, value in cast("dict[str, str]", msgspec.to_builtins(file.colors)).items()
    }
    syntax = {
        key: _style(path, f"syntax.{key}", value)
        for key, value in cast("dict[str, str]", msgspec.to_builtins(file.syntax)).items()
        if value
    }
    return Palette(
        name=path.stem,
        theme=_textual_theme(path.stem, file),
        syntax=syntax,
        colors={key: Style(foreground=color) for key, color in colors.items()},
    )


def _textual_theme(name: str, file: _File) -> Theme:
    colors = file.colors
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
            "border": colors.accent,
            "border-blurred": colors.border,
            "block-cursor-background": colors.selection,
            "block-cursor-foreground": colors.foreground,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": colors.panel,
            "block-cursor-blurred-foreground": colors.foreground,
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


def _color(path: Path, key: str, value: str) -> Color:
    try:
        return Color.parse(value)
    except ColorParseError as error:
        raise ConfigError(
            f"{path}: {key} is {value!r}, which is no colour.", remedy="Write #rrggbb, or ansi_blue and the like."
        ) from error


def _style(path: Path, key: str, value: str) -> Style:
    words = value.split()
    colors = [word for word in words if word not in _ATTRIBUTES]
    if len(colors) > 1:
        raise ConfigError(f"{path}: {key} names two colours.", remedy="Write one colour and bold, italic or underline.")
    foreground = _color(path, key, colors[0]) if colors else None
    return Style(
        foreground=foreground,
        bold="bold" in words or None,
        italic="italic" in words or None,
        underline="underline" in words or None,
        dim="dim" in words or None,
    )
