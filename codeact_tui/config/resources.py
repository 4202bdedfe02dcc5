"""Files that ship with codeact, found in a checkout and in an installed wheel alike."""

from pathlib import Path

from codeact_tui.paths import config_dir

__all__ = ["example_config_text", "resource", "shipped_themes_dir", "theme_dirs"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Find a file or folder that ships with codeact: in the installed package, else beside it in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.exists() else _PACKAGE.parent / name


def example_config_text() -> str:
    """Give the text of `config.example.toml`: every setting with its default, all of them commented out."""
    return resource("config.example.toml").read_text("utf-8")


def shipped_themes_dir() -> Path:
    """Give the folder of the themes that ship with codeact."""
    return resource("themes")


def theme_dirs() -> tuple[Path, Path]:
    """Give the folders that themes are looked for in: the user's own first, then the shipped ones."""
    return config_dir() / "themes", shipped_themes_dir()
