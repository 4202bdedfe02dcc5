"""What applies now, as far as the keys, the hints, the palette and the slash commands need to know. Pure."""

from msgspec import Struct

__all__ = ["Situation"]


class Situation(Struct, frozen=True):
    """The state of screen and session, taken at one moment."""

    connected: bool = False
    """There is a session."""
    writable: bool = True
    """It is not open elsewhere."""
    busy: bool = False
    """There is something to stop."""
    question: bool = False
    """The action that waits for a person is on the screen."""
    trying: bool = False
    """A dry run goes on."""
    tried: bool = False
    """The dry run of the action that waits can be committed or discarded."""
    committable: bool = False
    """It can be committed."""
    host: bool = False
    """A cell asks for a host, and waits."""
    refused: bool = False
    """The sandbox has refused a cell something that can be granted."""
    restart_due: bool = False
    """Something was allowed that needs a kernel that was started anew."""
    answerable: bool = False
    """A letter may count as an answer now: no field takes it, and `guard` agrees."""
    past: bool = False
    """A cell that ran, or was rejected, is on the screen."""
    cell: bool = False
    """A cell that is whole is on the screen."""
    changed: bool = False
    """The cell on the screen is not what was proposed, or what ran before."""
    editing: bool = False
    """The cell is being edited."""
    reasoning: bool = False
    """The reason of a rejection is being typed."""
    answering: bool = False
    """The answer to the cell's question is being typed."""
    typing: bool = False
    """Some field takes the letters."""
    prompt: bool = False
    """The prompt has the focus."""
    prompt_empty: bool = True
    completing: bool = False
    """Candidates are shown above the prompt."""
    can_continue: bool = False
    kernel_dead: bool = False
    kernel_up: bool = False
    """It is idle or busy."""
    missing_cells: bool = False
    """There are cells that make variables which did not come back with the session."""
    stale_cells: bool = False
    """There are cells whose variables an earlier one has changed since."""
    lost_cells: bool = False
    """There are approved cells whose variables went with an earlier kernel."""
