"""What a jump can go to: everything in sight that can be focused or pressed."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import events
from textual.geometry import Offset
from textual.widget import Widget

from codeact_tui.tui.nodes import app_of
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.widgets.conversation_action import ActionBlock
from codeact_tui.tui.widgets.variable_groups import GroupRow
from codeact_tui.tui.widgets.variable_row import VariableRow

if TYPE_CHECKING:
    from codeact_tui.tui.screens.main import MainScreen

__all__ = ["Target", "jump", "targets"]

_MOST = 26 * 26


class Target(Struct, frozen=True):
    """A place on the screen, and what going there does."""

    place: Offset
    go: Callable[[], object]


def jump(screen: "MainScreen", _argument: str) -> None:
    """Label what can be gone to, and go where the letters say."""

    async def choose() -> None:
        from codeact_tui.tui.screens.jump import JumpScreen

        found = targets(screen)
        chosen = await app_of(screen).push_screen_wait(JumpScreen([target.place for target in found]))
        if chosen is not None:
            found[chosen].go()

    screen.run_worker(choose(), group="pick", exclusive=True)


def targets(screen: "MainScreen") -> list[Target]:
    """Give everything in sight that can be focused or pressed, from the top down; one for each place."""
    found: dict[Offset, Target] = {}
    for target in (*_panes(screen), *_pressed(screen), *_rows(screen.conversation), *_rows(screen.variables)):
        found.setdefault(target.place, target)
    return sorted(found.values(), key=lambda target: (target.place.y, target.place.x))[:_MOST]


def _panes(screen: "MainScreen") -> Iterator[Target]:
    """Every widget that takes the focus, labelled at its upper left corner."""
    for widget in screen.focus_chain:
        if widget.region.area and widget.visible:
            yield Target(_shown(widget).region.offset, widget.focus)


def _shown(widget: Widget) -> Widget:
    """Give what a label stands on: a pane's title, so that the first of its rows can have a label of its own."""
    pane = next((node for node in widget.ancestors if isinstance(node, Widget) and node.id in _PANES), None)
    return pane if pane is not None and pane.region.area else widget


def _pressed(screen: "MainScreen") -> Iterator[Target]:
    """Tabs, hints, and the parts of the status line."""
    for line in (screen.status, screen.tabs, screen.hints):
        if line.display and line.region.area:
            for x, action in line.places():
                yield Target(line.region.offset + Offset(x, 0), partial(screen.action_click, action))


def _rows(view: BlockScroll) -> Iterator[Target]:
    """Cells of the conversation and variables, as far as they are in sight."""
    if not view.region.area:
        return
    seen: set[int] = set()
    for y in range(view.scrollable_content_region.height):
        index = view.block_at(y)
        if index is None or index in seen:
            continue
        block = view.blocks[index]
        row = y + view.scroll_offset.y - view.block_top(index)
        match block:
            case ActionBlock():
                pressed = row == block.title_row
            case VariableRow():
                pressed = block.mark != "gone"
            case GroupRow():
                pressed = True
            case _:
                pressed = False
        if pressed:
            seen.add(index)
            yield Target(view.region.offset + Offset(0, y), partial(_press, view, y))


def _press(view: Widget, y: int) -> None:
    """Do what a click on a row does."""
    view.focus()
    place = view.region.offset + Offset(2, y)
    view.post_message(events.Click(view, 2, y, 0, 0, 1, False, False, False, place.x, place.y))


_PANES = frozenset({"conversation-pane", "cell-pane", "output-pane", "variables-pane"})
