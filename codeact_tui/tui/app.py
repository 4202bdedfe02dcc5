"""The Textual application: themes, the first paint, the session behind it, and leaving."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.events import Event, Key
from textual.filter import LineFilter
from textual.types import AnimationLevel

from codeact_tui.config.schema import InterfaceConfig
from codeact_tui.errors import CodeActError, ConfigError
from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import SubmitPrompt
from codeact_tui.tui.action_table import REGISTRY
from codeact_tui.tui.commands.models import offer_models
from codeact_tui.tui.commands.session import pick
from codeact_tui.tui.invisible import InvisibleFilter
from codeact_tui.tui.link import Connect
from codeact_tui.tui.looks import fitting_theme
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.rendering.markdown import warm_up
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.main import MainScreen
from codeact_tui.tui.terminal_driver import own_driver
from codeact_tui.tui.themes import DEFAULT_VARIABLES, Palette, load_theme
from codeact_tui.tui.theming.depth import Depth
from codeact_tui.tui.vi import pane_key

if TYPE_CHECKING:
    from codeact_tui.tui.pictures.gallery import Gallery

__all__ = ["CodeActApp"]

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_INVISIBLE = InvisibleFilter()
_KEYS_FIRST_S = 0.03
"""So long after the first paint keys that are typed already have the processor to themselves."""


def _stylesheets() -> list[str | PurePath]:
    """Give the stylesheets, which lie beside what they are for; the other screens bring their own."""
    return [_HERE / "app.tcss", *sorted((_HERE / "widgets").glob("*.tcss"))]


class CodeActApp(App[int], inherit_bindings=False):
    """The application. Its result is the exit code.

    Args:
        connect: Opens desk and session; awaited after the first paint.
        interface: The settings.
        theme_dirs: Where the user's own themes lie.
        first_prompt: Sent as soon as there is a session.
        depth: How many colours the terminal has; with NO_COLOR in the environment none are used.
        clock: Seconds since the epoch, for what is shown.
        registry: What can be done, and by which keys.
    """

    TITLE = "codeact"
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        connect: Connect,
        interface: InterfaceConfig,
        theme_dirs: Sequence[Path] = (),
        first_prompt: str | None = None,
        depth: Depth = "full",
        clock: Callable[[], float] = time.time,
        registry: Registry = REGISTRY,
    ) -> None:
        depth = "none" if "NO_COLOR" in os.environ else depth
        theme, self._theme_error = _choose_theme(fitting_theme(interface.theme, depth), theme_dirs, depth)
        super().__init__(css_path=_stylesheets(), ansi_color=True if depth == "none" else None)
        self.animation_level = _animation_level(reduced=interface.reduced_motion)
        self.register_theme(theme.theme)
        self.theme = theme.name
        self._first_prompt = first_prompt
        self.main = MainScreen(connect, interface, theme_dirs, clock, registry)
        self.main.looks.begin(theme, depth)
        self._depth: Depth = depth
        self.failure: CodeActError | None = None
        """Why there is no session."""

    @cached_property
    def pictures(self) -> "Gallery | None":
        """What draws pictures; None where none are drawn."""
        images = self.main.interface.images
        if images == "off" or self._depth == "none":
            return None
        from codeact_tui.tui.pictures.gallery import Gallery
        from codeact_tui.tui.pictures.painters import choose_painter

        in_characters = self._depth != "full" or self.is_web
        painter = choose_painter("blocks" if in_characters else images, self._driver)
        start = partial(self.run_worker, name="decode pictures", group="pictures")
        return Gallery(start, self._draw_pictures, painter)

    def get_driver_class(self) -> type[Driver]:
        """Write to the terminal by a driver of our own."""
        return own_driver(super().get_driver_class())

    def _draw_pictures(self) -> None:
        """Draw anew what is in sight and may hold a picture that has been decoded."""
        for screen in self.screen_stack:
            for view in screen.query(BlockScroll):
                view.draw_anew()

    @property
    def vi_keys(self) -> bool:
        """The settings want vi's keys."""
        return self.main.interface.vi_keys

    async def on_event(self, event: Event) -> None:
        """Let letters move in panes and lists, where vi's keys are wanted."""
        if self.vi_keys and isinstance(event, Key) and self.screen_stack:
            event = pane_key(self.screen, event)
        await super().on_event(event)

    @property
    def session_id(self) -> SessionId | None:
        """The session that was shown last, if anything was said in it."""
        session = self.main.link.session
        return session.id if session is not None and session.transcript.turn else None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Name the variables that the stylesheets use beyond Textual's own."""
        return DEFAULT_VARIABLES

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Filter what is drawn: at the end, what must not reach the terminal."""
        return [*super().get_line_filters(), _INVISIBLE]

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the stylesheets anew; before there is a screen, only take the theme's colours for the first time."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> MainScreen:
        """Begin with the one screen."""
        return self.main

    def on_mount(self) -> None:
        """Paint, then connect."""
        if self._theme_error is not None:
            self.main.chrome.say(self._theme_error.sentence, "error")
        if self._first_prompt:
            self.main.send(SubmitPrompt(self._first_prompt))
        self.call_after_refresh(self.set_timer, _KEYS_FIRST_S, self._connect)

    def on_unmount(self) -> None:
        """Give the window its title back."""
        self.main.summons.end()
        pictures = self.__dict__.get("pictures")
        if pictures is not None:
            pictures.painter.end()

    def _connect(self) -> None:
        self.run_worker(self._open_session(), name="connect", group="connect")

    async def _open_session(self) -> None:
        try:
            opened = await self.main.link.connect()
        except CodeActError as error:
            self.failure = error
            self.exit(1, return_code=1)
            return
        await asyncio.to_thread(warm_up)
        self.run_worker(self.main.looks.watch(), name="watch the theme", group="theme")
        if opened:
            self.main.session_opened()
            if not self._first_prompt:
                self.run_worker(offer_models(self.main), name="offer models", group="pick")
        else:
            pick(self.main, "")

    async def action_quit(self) -> None:
        """Leave, the session closed afterwards."""
        self.exit(0)


def _choose_theme(name: str, folders: Sequence[Path], depth: Depth) -> tuple[Palette, ConfigError | None]:
    """Load the theme; one that can't be used is told of, and the shipped one taken."""
    try:
        return load_theme(name, folders, depth), None
    except ConfigError as error:
        return load_theme("dark", depth=depth), error


def _animation_level(*, reduced: bool) -> AnimationLevel:
    """Say how much may move: as TEXTUAL_ANIMATIONS wants it where that is set, and nothing where the settings do."""
    if reduced:
        return "none"
    return constants.TEXTUAL_ANIMATIONS if os.environ.get("TEXTUAL_ANIMATIONS") else "basic"
