"""What a front end asks of a session. The only way in."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.dry_runs import (
    CommitDryRun,
    DiscardDryRun,
    DryRun,
    EndExploration,
    Explore,
    PickCandidate,
    RunCandidates,
)
from codeact_tui.protocol.forking import Fork
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.permissions import AddRules, AllowRefused, AnswerHost, ListPermissions, RemovePermission
from codeact_tui.protocol.resuming import RerunCells
from codeact_tui.protocol.travel import MarkCheckpoint, PreviewRewind, Redo, Rewind, Undo
from codeact_tui.protocol.variables import FIRST_PART, TablePart

__all__ = [
    "AddRules",
    "AllowRefused",
    "AnswerHost",
    "AnswerInput",
    "Approve",
    "CommitDryRun",
    "CompleteCode",
    "Continue",
    "DiscardDryRun",
    "DryRun",
    "EditAction",
    "EndExploration",
    "Explore",
    "Fork",
    "InspectCode",
    "InspectVariable",
    "Interrupt",
    "ListPermissions",
    "ListVariables",
    "MarkCheckpoint",
    "Op",
    "PickCandidate",
    "Policy",
    "PreviewRewind",
    "Redo",
    "Reject",
    "RemovePermission",
    "RenameSession",
    "Rerun",
    "RerunCells",
    "RestartKernel",
    "Rewind",
    "RunCandidates",
    "RunUserCode",
    "SetModel",
    "SetPolicy",
    "Shutdown",
    "SubmitPrompt",
    "Undo",
]

Policy = Literal["ask", "safe", "sandbox", "turn", "all"]
"""ask: a person decides about each action. safe: what only computes, and reads in the workspace, runs by itself.
sandbox: what the sandbox confines does; without one, as safe. turn: each turn runs by itself. all: everything does."""


class SubmitPrompt(Struct, frozen=True, tag="submit_prompt"):
    """Ask the model for something; while a turn runs, steer it or wait for its end."""

    text: str
    when: Literal["steer", "queue"] = "steer"
    """Only while a turn runs. steer: the model sees it with the next observation. queue: it starts the next turn."""


class Approve(Struct, frozen=True, tag="approve"):
    """Run this action, as it was shown: all three have to match."""

    action: ActionId
    revision: int
    sha256: str
    scope: Literal["once", "turn", "careful"] = "once"
    """turn: the rest of the turn runs by itself. careful: the same, but for what writes, deletes, uses the network or
    other programs, or can't be told."""


class EditAction(Struct, frozen=True, tag="edit_action"):
    """Replace the code of the action that waits; it goes on waiting, with the next revision."""

    action: ActionId
    revision: int
    """The revision that was edited."""
    code: str


class Reject(Struct, frozen=True, tag="reject"):
    """Do not run this action; the model is told, with the reason."""

    action: ActionId
    reason: str = ""


class Rerun(Struct, frozen=True, tag="rerun"):
    """Run a past action again, as a new one of the user's."""

    action: ActionId
    code: str | None = None
    """Edited code; None for the code that ran."""


class RunUserCode(Struct, frozen=True, tag="run_user_code"):
    """Run the user's own cell in the same kernel."""

    code: str
    hidden: bool = False
    """The model is not shown it."""


class AnswerInput(Struct, frozen=True, tag="answer_input"):
    """Answer `input()` or `getpass` of the running cell."""

    action: ActionId
    text: str


class Continue(Struct, frozen=True, tag="continue"):
    """Go on with a turn that stopped at its limit, was interrupted or failed."""


class Interrupt(Struct, frozen=True, tag="interrupt"):
    """Stop whatever is going on. In every state, within 100 ms."""


class RestartKernel(Struct, frozen=True, tag="restart_kernel"):
    """Start the kernel anew; its variables are gone."""

    rerun: bool = False
    """Then run the approved cells again, in their order."""
    cold: bool = False
    """By a process of its own, also where a fresh kernel is kept ready."""


class SetPolicy(Struct, frozen=True, tag="set_policy"):
    """Choose who decides about actions."""

    policy: Policy


class SetModel(Struct, frozen=True, tag="set_model"):
    """Choose another model for the next request."""

    name: str


class RenameSession(Struct, frozen=True, tag="rename_session"):
    """Give the session a title."""

    title: str


class ListVariables(Struct, frozen=True, tag="list_variables"):
    """Ask for the variables now, also while a cell runs. Answered by `VariablesListed`."""

    all: bool = False
    """Modules, functions, classes and private names too."""


class InspectVariable(Struct, frozen=True, tag="inspect_variable"):
    """Ask for the detail of a variable, or of what lies on a path into it. Answered by `VariableInspected`."""

    name: str
    path: tuple[str | int, ...] = ()
    start: int = 0
    """First row, of a table; first item, of a container."""
    part: TablePart = FIRST_PART
    """Of a table."""


class CompleteCode(Struct, frozen=True, tag="complete_code"):
    """Ask the kernel for completions. Answered by `CodeCompleted`."""

    request: int
    code: str
    cursor: int
    """In characters from the start."""


class InspectCode(Struct, frozen=True, tag="inspect_code"):
    """Ask the kernel about the call or the name at the cursor. Answered by `CodeInspected`."""

    request: int
    code: str
    cursor: int
    """In characters from the start."""


class Shutdown(Struct, frozen=True, tag="shutdown"):
    """Stop what runs, end the kernel, close the session."""


Op = (
    SubmitPrompt
    | Approve
    | EditAction
    | Reject
    | Rerun
    | RerunCells
    | RunUserCode
    | AnswerInput
    | Continue
    | Interrupt
    | RestartKernel
    | SetPolicy
    | SetModel
    | RenameSession
    | ListVariables
    | InspectVariable
    | CompleteCode
    | InspectCode
    | Undo
    | Redo
    | Rewind
    | PreviewRewind
    | MarkCheckpoint
    | DryRun
    | CommitDryRun
    | DiscardDryRun
    | Explore
    | RunCandidates
    | PickCandidate
    | EndExploration
    | AddRules
    | AllowRefused
    | AnswerHost
    | ListPermissions
    | RemovePermission
    | Fork
    | Shutdown
)
