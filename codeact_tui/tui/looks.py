"""How the screen looks now: themes tried on, put back, kept, and read again while their files are edited."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codeact_tui.config.files import shown_path
from codeact_tui.errors import ConfigError
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import one_line
from codeact_tui.tui.themes import Palette, load_theme, theme_names
from codeact_tui.tui.theming.depth import Depth

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Looks", "fitting_theme"]

_POLL_S = 0.7
_FITTING: dict[Depth, str] = {"none": "mono", "16": "ansi"}


def fitting_theme(name: str, depth: Depth) -> str:
    """Give the theme to begin with on a terminal with so many colours: another one where this can't look right."""
    return _FITTING.get(depth, name)


class Looks:
    """Changes the theme of the application.

    Args:
        screen: Where the application is, and where troubles are told of.
        folders: Where the user's own themes lie.
    """

    def __init__(self, screen: "MainScreen", folders: Sequence[Path]) -> None:
        self._screen = screen
        self._folders = tuple(folders)
        self._shown: Palette | None = None
        self.depth: Depth = "full"
        """How many colours the terminal has."""

    def begin(self, shown: Palette, depth: Depth) -> None:
        """Say what the application begins with.

        Args:
            shown: The theme that it shows already.
            depth: How many colours the terminal has.
        """
        self._shown, self.depth = shown, depth

    @property
    def name(self) -> str:
        """The theme that is shown."""
        return app_of(self._screen).theme

    def show(self, name: str) -> None:
        """Draw the whole screen in this theme.

        Raises:
            ConfigError: There is none like that, or it is wrong; what is shown stays.
        """
        self._apply(load_theme(name, self._folders, self.depth))

    def _apply(self, found: Palette) -> None:
        app = app_of(self._screen)
        if found == self._shown:
            return
        self._shown = found
        app.register_theme(found.theme)
        if app.theme == found.name:
            app._watch_theme(found.name)  # pyright: ignore[reportPrivateUsage] - the same name with other colours
        app.theme = found.name
        self._screen.settle(())

    async def all(self) -> list[Palette | ConfigError]:
        """Read every theme: those that are wrong say why."""
        return await asyncio.to_thread(self._read_all)

    def _read_all(self) -> list[Palette | ConfigError]:
        found: list[Palette | ConfigError] = []
        for name in theme_names(self._folders):
            try:
                found.append(load_theme(name, self._folders, self.depth))
            except ConfigError as error:
                found.append(error)
        return found

    def _without_folder(self, sentence: str) -> str:
        """Name a file of the user's without its folder: there is one line for the sentence, and its end matters."""
        for folder in self._folders:
            sentence = sentence.replace(f"{shown_path(folder)}/", "")
        return sentence

    async def watch(self, poll_s: float = _POLL_S) -> None:
        """Draw anew whenever the file of the theme has changed; a wrong one is told of once, and the look stays."""
        told = ""
        while True:
            await asyncio.sleep(poll_s)
            name = self.name
            try:
                found = await asyncio.to_thread(load_theme, name, self._folders, self.depth)
            except ConfigError as error:
                trouble = one_line(self._without_folder(error.sentence))
                if trouble != told and name == self.name:
                    self._screen.chrome.say(f"{trouble} The look stays as it was.", "error")
                told = trouble
                continue
            if name == self.name and found != self._shown:
                self._apply(found)
            if told:
                told = ""
                self._screen.chrome.unsay()
