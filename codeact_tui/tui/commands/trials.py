"""Dry runs, and ways that are compared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codeact_tui.protocol.events import Envelope, ExplorationStarted
from codeact_tui.protocol.explore_words import parse_explore
from codeact_tui.protocol.ops import CommitDryRun, DiscardDryRun, DryRun
from codeact_tui.tui.applying import open_dry_run

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["commit", "discard", "dry_run", "explore", "follow_exploration"]


def dry_run(screen: "MainScreen", argument: str) -> None:
    """Run what is shown and waits in a copy."""
    shown = screen.cell.shown
    if shown is not None and shown.action == screen.live.waiting:
        screen.attention.answered()
        network = argument.strip() == "network"
        screen.send(DryRun(shown.action, shown.revision, shown.sha256, network))


def commit(screen: "MainScreen", _argument: str) -> None:
    """Let it have happened."""
    if (tried := open_dry_run(screen.record())) is not None:
        screen.attention.answered()
        screen.send(CommitDryRun(tried.started.dry_run))


def discard(screen: "MainScreen", _argument: str) -> None:
    """Forget it."""
    if (tried := open_dry_run(screen.record())) is not None:
        screen.send(DiscardDryRun(tried.started.dry_run))


def explore(screen: "MainScreen", argument: str) -> None:
    """Have several ways to take a step tried."""
    wish = parse_explore(argument)
    if isinstance(wish, str):
        screen.chrome.say(wish, "warning")
    else:
        screen.send(wish)


def follow_exploration(screen: "MainScreen", batch: Sequence[Envelope]) -> None:
    """Open what shows the ways side by side when they are asked for, and keep it up to date."""
    if any(isinstance(each.event, ExplorationStarted) for each in batch):
        _show_exploration(screen)
    if screen.explore is not None and screen.explore.is_attached:
        screen.explore.refresh_ways()


def _show_exploration(screen: "MainScreen") -> None:
    """Open what shows the ways side by side, until it has ended."""
    from codeact_tui.tui.nodes import app_of
    from codeact_tui.tui.screens.explore import ExploreScreen

    exploration = screen.transcript.tried.exploration
    if exploration is None or (screen.explore is not None and screen.explore.is_attached):
        return
    screen.explore = ExploreScreen(exploration, screen.send, screen.guard.delay_s, screen.clock)
    app_of(screen).push_screen(screen.explore)
