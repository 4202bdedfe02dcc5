"""Words that do what an action does when they are clicked. Whether it applies is decided then."""

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

__all__ = ["clickable", "places"]

_BEFORE, _AFTER = "screen.click('", "')"


def clickable(words: Content, action: str) -> Content:
    """Let a click on these words do an action of the registry.

    Args:
        words: As they are shown.
        action: Its id: our own, never text from outside.
    """
    assert action.isidentifier(), action
    return words.stylize(Style.from_meta({"@click": f"{_BEFORE}{action}{_AFTER}"}))


def places(line: Content) -> list[tuple[int, str]]:
    """Give where on a line which action can be clicked: the cell it begins at, and its id."""
    found: list[tuple[int, str]] = []
    for span in sorted(line.spans, key=lambda span: span.start):
        told = span.style.meta.get("@click") if isinstance(span.style, Style) else None
        if isinstance(told, str):
            found.append((cell_len(line.plain[: span.start]), told.removeprefix(_BEFORE).removesuffix(_AFTER)))
    return list(dict.fromkeys(found))
