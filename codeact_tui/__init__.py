"""codeact: a terminal agent whose actions are Python cells.

`Session` is imported when it is first used: importing the package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeact_tui.api import Session

__all__ = ["Session", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name != "Session":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from codeact_tui.api import Session

    return Session
