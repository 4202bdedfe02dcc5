"""Themes: TOML files, shipped and the user's own, as Textual themes and a palette for what is drawn by hand.

A stylesheet uses the colours as `$background $surface $panel $foreground $muted $border-quiet $accent $success $warning
$error $selection`; code that builds `Content` or strips takes them from `palette(app)`.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from textual.dom import DOMNode

import codeact_tui
from codeact_tui.config.files import shown_path
from codeact_tui.errors import ConfigError
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.theming.build import Palette, build
from codeact_tui.tui.theming.depth import Depth
from codeact_tui.tui.theming.file import parse_theme

__all__ = ["DEFAULT_VARIABLES", "Palette", "find_theme", "load_theme", "palette", "shipped_themes", "theme_names"]

_BYTES_MAX = 64_000

DEFAULT_VARIABLES = {
    "muted": "#8a92a0",
    "border-quiet": "#343b47",
    "selection": "#2c4464",
    "selection-style": "none",
}
"""What a stylesheet may use beyond Textual's own names, for the moment before a theme is set."""

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


def find_theme(name: str, folders: Sequence[Path] = ()) -> Path | None:
    """Give a theme's file: of several with this name the one in the folder that comes first."""
    if Path(name).name != name:
        return None
    paths = (folder / f"{name}.toml" for folder in (*folders, shipped_themes()))
    return next((path for path in paths if path.is_file()), None)


def load_theme(name: str, folders: Sequence[Path] = (), depth: Depth = "full") -> Palette:
    """Read a theme.

    Args:
        name: The file's name without `.toml`.
        folders: Where to look before the shipped themes.
        depth: How many colours the terminal has.

    Raises:
        ConfigError: There is none of that name, or it is wrong; the message names file and key.
    """
    path = find_theme(name, folders)
    if path is None:
        names = ", ".join(theme_names(folders))
        raise ConfigError(f"There is no theme called {name!r}.", remedy=f"There are {names}.")
    try:
        changed_ns = path.stat().st_mtime_ns
    except OSError as error:
        raise _unreadable(path, error) from error
    found = _read(path, changed_ns, depth)
    _loaded[name] = found
    return found


@lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int, depth: Depth) -> Palette:
    try:
        data = path.read_bytes()
        if len(data) > _BYTES_MAX:
            raise ConfigError(f"{shown_path(path)} is larger than 64 kB.", remedy="A theme is a few lines of TOML.")
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return build(path.stem, parse_theme(text, path), depth)


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> ConfigError:
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return ConfigError(f"{shown_path(path)} can't be read: {reason}.", remedy="Mend it, or choose another theme.")
