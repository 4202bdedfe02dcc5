"""What the shell offers for an unfinished argument. A failure offers nothing: the user is in the middle of a line."""

from codeact_tui.errors import CodeActError

__all__ = ["complete_session", "complete_theme"]

_OFFERED_MAX = 50


def complete_session(incomplete: str) -> list[tuple[str, str]]:
    """Offer the ends of ids, with titles, the last used first."""
    from codeact_tui.cli.printing import clean_line
    from codeact_tui.cli.sessions import short_id, with_catalog
    from codeact_tui.paths import store_path

    try:
        found = with_catalog(lambda catalog: catalog.sessions(limit=_OFFERED_MAX)) if store_path().exists() else []
    except (CodeActError, OSError):
        return []
    offered = [(short_id(summary.id), clean_line(summary.title)) for summary in found]
    return [(part, title) for part, title in offered if part.startswith(incomplete)]


def complete_theme(incomplete: str) -> list[str]:
    """Offer the names of themes, the user's own and those that ship."""
    from codeact_tui.config.resources import theme_dirs

    names = {path.stem for folder in theme_dirs() for path in folder.glob("*.toml")}
    return sorted(name for name in names if name.startswith(incomplete) and name.isprintable())
