"""Choosing the theme: tried on while the list is moved through, kept for next time."""

from typing import TYPE_CHECKING

from codeact_tui.errors import CodeActError, ConfigError
from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.text import one_line

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["keep_choice", "theme"]


def theme(screen: "MainScreen", argument: str) -> None:
    """Set the theme, or let the user choose by looking."""
    if screen.looks.depth == "none":
        screen.chrome.say("NO_COLOR is set: unset it to choose a theme.", "warning")
    elif argument:
        if not _try_on(screen, argument):
            keep_choice(screen, "interface.theme", argument)
    else:
        screen.run_worker(_choose(screen), group="pick", exclusive=True)


def _try_on(screen: "MainScreen", name: str) -> str:
    """Show this theme; where that fails, give the reason and say it."""
    try:
        screen.looks.show(name)
    except ConfigError as error:
        reason = one_line(error.sentence)
        screen.chrome.say(reason, "error")
        return reason
    return ""


async def _choose(screen: "MainScreen") -> None:
    from codeact_tui.tui.screens.pick import Choice, PickScreen

    before = screen.looks.name
    found = await screen.looks.all()
    broken = {f"!{at}": one_line(each.sentence) for at, each in enumerate(found) if isinstance(each, ConfigError)}
    choices = [Choice(each.name, note=one_line(each.about, 60)) for each in found if not isinstance(each, ConfigError)]
    choices += [Choice(value, label="a file that is wrong", words=words) for value, words in broken.items()]

    def try_on(name: str) -> str:
        return broken.get(name) or _try_on(screen, name)

    keys = "↑ ↓ look · enter keep · esc back"
    chosen = await app_of(screen).push_screen_wait(PickScreen("theme", choices, before, keys=keys, on_highlight=try_on))
    if chosen is None or chosen in broken:
        _try_on(screen, before)
    elif not _try_on(screen, chosen) and chosen != before:
        keep_choice(screen, "interface.theme", chosen)


def keep_choice(screen: "MainScreen", setting: str, value: str) -> None:
    """Keep a choice for next time, and say where."""

    async def keep() -> None:
        if screen.link.desk is None:
            return
        try:
            kept = await screen.link.desk.remember(setting, value)
        except CodeActError as error:
            screen.chrome.say(one_line(error.sentence), "warning")
            return
        screen.chrome.say(one_line(f"{value} from now on. {kept}"))

    screen.run_worker(keep(), group="keep")
