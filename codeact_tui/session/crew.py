"""Who does what in a session, and who knows whom: made once, from what the session is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from codeact_tui.config.schema import Config
from codeact_tui.kernel.base import Kernel
from codeact_tui.protocol.ops import Op
from codeact_tui.session.answering import Answers
from codeact_tui.session.cells import CellRunner
from codeact_tui.session.departing import Departures
from codeact_tui.session.fallback import Fallback
from codeact_tui.session.file_travel import FileTravel
from codeact_tui.session.files import FileKeeper
from codeact_tui.session.foretelling import Foreteller
from codeact_tui.session.forking import Branches, NoBranches
from codeact_tui.session.going import Going
from codeact_tui.session.happening import Recorder
from codeact_tui.session.inquiries import Inquiries
from codeact_tui.session.interrupting import Interrupts
from codeact_tui.session.keeping import VariableKeeper
from codeact_tui.session.kernel_host import KernelHost
from codeact_tui.session.ledger import Ledger
from codeact_tui.session.mentions import Mentions
from codeact_tui.session.model_seat import ModelSeat
from codeact_tui.session.notebook import Notebook
from codeact_tui.session.permission_book import NoBook, PermissionBook
from codeact_tui.session.permitting import Permissions
from codeact_tui.session.rehearsal_files import RehearsalFiles
from codeact_tui.session.rehearsing import Rehearser
from codeact_tui.session.rerunning import Rerunner
from codeact_tui.session.tasks import Tasks
from codeact_tui.session.travelling import Traveller
from codeact_tui.session.trials import Trials
from codeact_tui.session.turns import Turns
from codeact_tui.session.user_cells import UserCells
from codeact_tui.snapshots.files import FileSnapshots
from codeact_tui.snapshots.variables import VariableStore

__all__ = ["Crew", "SessionParts", "assemble"]


@dataclass(frozen=True)
class SessionParts:
    """What a session is given."""

    ledger: Ledger
    kernel: Kernel
    seat: ModelSeat
    config: Config
    writable: bool = True
    variables: VariableStore | None = None
    """Where the variables are kept for the next time; None where they are not."""
    files: FileSnapshots | None = None
    """Keeps the workspace's files; None where that is not wanted."""
    book: PermissionBook = field(default_factory=NoBook)
    asks_hosts: bool = False
    """Somebody is there who can be asked about hosts."""
    rehearsal_files: RehearsalFiles | None = None
    """Keeps the workspace's files for dry runs; None where there are none."""
    branches: Branches = field(default_factory=NoBranches)
    """Makes the sessions that go on from a point of this one."""


@dataclass(frozen=True)
class Crew:
    """Those that the controller sends to work."""

    host: KernelHost
    inquiries: Inquiries
    files: FileKeeper
    cells: CellRunner
    user_cells: UserCells
    interrupts: Interrupts
    rerunner: Rerunner
    keeper: VariableKeeper | None
    """Keeps the variables for the next time; None where they are not kept."""
    permissions: Permissions
    turns: Turns
    answers: Answers
    trials: Trials
    going: Going
    departures: Departures


def assemble(parts: SessionParts, tasks: Tasks, send: Callable[[Op], None], on_change: Callable[[], None]) -> Crew:
    """Put a session together.

    Args:
        parts: What it is given.
        tasks: Have what goes on in the background.
        send: Takes an Op that is to come after those that wait.
        on_change: Called when what the session does may have changed.
    """
    ledger, config, kernel = parts.ledger, parts.config, parts.kernel
    foreteller = Foreteller(ledger.transcript, kernel)
    host = KernelHost(kernel, ledger)
    files = FileKeeper(ledger, parts.files)
    cells = CellRunner(
        host,
        ledger,
        config.output,
        config.session.cell_seconds or None,
        on_change,
        Recorder(kernel, foreteller.foretold, looks=config.session.record_files),
        files,
    )
    user_cells = UserCells(ledger, cells, host)
    notebook = Notebook(ledger.transcript)
    keeper: VariableKeeper | None = None
    if parts.variables is not None and parts.writable:
        keeper = VariableKeeper(host, ledger, parts.variables, config.resume, notebook, foreteller)
    permissions = Permissions(ledger, kernel, parts.book, lambda: cells.running)
    mentions = Mentions(kernel)
    turns = Turns(ledger, config, parts.seat, cells, foreteller, mentions, permissions, tasks.spawn, send, on_change)
    trials = Trials(_rehearser(parts, cells, files, foreteller), turns, foreteller, tasks.spawn)
    going = Going(ledger.tell)
    fallback = Fallback(ledger, user_cells, keeper, foreteller)
    traveller = Traveller(ledger, host, FileTravel(ledger, files), fallback, going)
    return Crew(
        host=host,
        inquiries=Inquiries(ledger, host),
        files=files,
        cells=cells,
        user_cells=user_cells,
        interrupts=Interrupts(user_cells, tasks.spawn),
        rerunner=Rerunner(ledger, user_cells, notebook),
        keeper=keeper,
        permissions=permissions,
        turns=turns,
        answers=Answers(ledger, foreteller, permissions, lambda: turns.current),
        trials=trials,
        going=going,
        departures=Departures(traveller, turns, trials, tasks, parts.branches, keeper),
    )


def _rehearser(parts: SessionParts, cells: CellRunner, files: FileKeeper, foreteller: Foreteller) -> Rehearser:
    config = parts.config
    return Rehearser(
        parts.ledger,
        cells.host,
        parts.rehearsal_files,
        config.output,
        config.session.cell_seconds or None,
        Recorder(parts.kernel, foreteller.foretell, looks=config.session.record_files),
        cells.network,
        cells.on_change,
        files,
    )
