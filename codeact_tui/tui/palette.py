"""The command palette, drawn from the registry."""

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from codeact_tui.tui.action_table import ACTIONS
from codeact_tui.tui.actions import Action, keys_label
from codeact_tui.tui.prompting.fuzzy import score

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["ActionProvider"]


class ActionProvider(Provider):
    """Offers every action that applies now."""

    @property
    def _main(self) -> "MainScreen | None":
        from codeact_tui.tui.screens.main import MainScreen

        return self.screen if isinstance(self.screen, MainScreen) else None

    def _offered(self) -> list[Action]:
        if self._main is None:
            return []
        now = self._main.situation()
        return [action for action in ACTIONS if action.palette and action.applies(now)]

    def _run(self, action: Action) -> None:
        if self._main is not None and action.applies(self._main.situation()):
            action.run(self._main, "")

    def _words(self, action: Action) -> Content:
        how = keys_label(action) or (f"/{action.slash[0]}" if action.slash else "")
        return Content(f"{action.title}  {how}").stylize("dim", len(action.title))

    async def discover(self) -> Hits:
        """Offer all before anything is typed."""
        for action in self._offered():
            yield DiscoveryHit(
                self._words(action), partial(self._run, action), text=action.title, help=action.description
            )

    async def search(self, query: str) -> Hits:
        """Offer those whose title, slash name or description fits."""
        for action in self._offered():
            names = (action.title, *action.slash)
            points = max(score(query, name) for name in names) + score(query, action.description) / 10
            if points > 0:
                run = partial(self._run, action)
                yield Hit(points, self._words(action), run, text=action.title, help=action.description)
