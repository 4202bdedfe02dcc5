"""What `codeact chat` was asked for: the command line hands this to the program's wiring."""

from pathlib import Path

from msgspec import Struct

from codeact_tui.config.loading import Loaded
from codeact_tui.config.schema import Config

__all__ = ["ChatOptions"]


class ChatOptions(Struct, frozen=True):
    """How a chat begins. At most one of `latest`, `part` and `pick` is set; none of them means a new session."""

    loaded: Loaded
    """The settings, flags included."""
    folder: Path
    """The project's folder, absolute: sessions belong to it and cells start in it."""
    prompt: str = ""
    """Submitted as soon as the session is open."""
    latest: bool = False
    """Open the session of this folder that was used last."""
    part: str = ""
    """Open the session whose id begins or ends with this, or whose title it is."""
    pick: bool = False
    """Let the user choose a session first."""
    fork: bool = False
    """Of the session that `part` names, make a fork and open that."""
    fork_cell: int = 0
    """Fork it from before this cell; 0 for its end."""
    look: bool = False
    """Look, do not write, even where the session is free."""
    line: bool = False
    """The line front end: asked for, or because there is no terminal to draw a screen on."""
    notices: tuple[str, ...] = ()
    """Sentences to show when the chat opens."""

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.loaded.config
