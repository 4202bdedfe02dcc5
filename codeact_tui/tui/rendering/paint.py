"""The styles that content is drawn in, taken from the theme."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.dom import DOMNode

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.themes import Palette, palette

if TYPE_CHECKING:
    from codeact_tui.tui.rendering.picture import PictureSource

__all__ = ["Paint", "paint_of"]

_PLAIN = Style.null()
_BOLD = Style(bold=True)
_ITALIC = Style(italic=True)
_UNDERLINE = Style(underline=True)
_REVERSE = Style(reverse=True)


@dataclass(frozen=True)
class Paint:
    """One style for each purpose. Without a theme everything is plain."""

    text: Style = _PLAIN
    muted: Style = _PLAIN
    faint: Style = _PLAIN
    """For lines and gutters."""
    accent: Style = _PLAIN
    good: Style = _PLAIN
    warn: Style = _PLAIN
    bad: Style = _PLAIN
    prompt: Style = _BOLD
    heading: Style = _BOLD
    inline_code: Style = _PLAIN
    link: Style = _UNDERLINE
    quote: Style = _ITALIC
    block: Style = _PLAIN
    """Behind code and prompts."""
    cursor: Style = _REVERSE
    """Behind what is selected with the keyboard."""
    badge: Style = _REVERSE
    """On what lies over the content."""
    match: Style = _UNDERLINE
    """On what was found."""
    syntax: dict[str, Style] = field(default_factory=dict[str, Style])
    """As `Palette.syntax`."""

    node: DOMNode | None = field(default=None, compare=False, repr=False)
    """The widget that is drawn."""

    terminal: tuple[str, ...] = ()
    """The colours 0 to 15 of what cells print; none where the terminal has its own."""

    @property
    def pictures(self) -> "PictureSource | None":
        """What draws pictures; None where none are drawn."""
        return getattr(app_of(self.node), "pictures", None) if self.node is not None else None

    def code(self, purpose: str) -> Style:
        """Give the style of a kind of token."""
        return self.syntax.get(purpose, self.text)


def paint_of(node: DOMNode) -> Paint:
    """Give the styles of the theme that is shown now."""
    app = app_of(node)
    return replace(_build(palette(node), app.theme_variables), node=node)


def _build(colors: Palette, variables: dict[str, str]) -> Paint:
    def ink(name: str, attributes: Style = _PLAIN) -> Style:
        return colors.color(name).rich_style + attributes

    accent = ink("accent")
    return Paint(
        text=ink("foreground"),
        muted=ink("muted"),
        faint=ink("border"),
        accent=accent,
        good=ink("success"),
        warn=ink("warning"),
        bad=ink("error"),
        prompt=ink("foreground", _BOLD),
        heading=ink("accent", _BOLD),
        inline_code=colors.syntax["builtin"].rich_style if "builtin" in colors.syntax else accent,
        link=ink("accent", _UNDERLINE),
        quote=ink("muted", _ITALIC),
        block=_behind(variables, "surface"),
        cursor=_behind(variables, "panel") or _BOLD,
        badge=accent + _REVERSE + _BOLD,
        match=ink("warning", Style(underline=True, bold=True)),
        terminal=_terminal(colors),
        syntax={name: style.rich_style for name, style in colors.syntax.items()},
    )


def _behind(variables: dict[str, str], name: str) -> Style:
    """Give a background, or nothing where the terminal's own is used."""
    color = Color.parse(variables.get(name, "transparent"))
    return Style(bgcolor=color.rich_color) if color.a == 1 and color.ansi is None else _PLAIN


def _terminal(colors: Palette) -> tuple[str, ...]:
    """Choose the sixteen from the theme, so that all of them can be read on its background."""
    if colors.theme.ansi or not colors.colors:
        return ()
    white = colors.color("foreground")
    cyan, magenta = (colors.syntax.get(name, white) for name in ("builtin", "keyword"))
    named = [colors.color(name) for name in ("error", "success", "warning", "accent")]
    plain = [colors.color("muted"), *named, magenta, cyan, white]
    chosen = [style.foreground.hex6 for style in plain if style.foreground is not None]
    return tuple(chosen * 2) if len(chosen) == 8 else ()
