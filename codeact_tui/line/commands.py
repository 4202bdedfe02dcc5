"""The slash commands, in one table: what is parsed, completed and shown by /help."""

from dataclasses import dataclass
from typing import Literal

from codeact_tui.line.answers import APPROVAL_KEYS
from codeact_tui.line.drawing import columns

__all__ = ["COMMANDS", "Choice", "Command", "find_command", "help_text"]

Choice = Literal["", "policy", "model", "session", "variable", "action", "words"]
"""What a command's argument is completed from."""


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: Without the slash.
        arguments: As /help shows them.
        says: What it does, in a few words.
        choice: What its argument is completed from.
        words: Fixed words that it takes.
        aliases: Other names.
    """

    name: str
    arguments: str
    says: str
    choice: Choice = ""
    words: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


COMMANDS: tuple[Command, ...] = (
    Command("help", "", "this page", aliases=("?",)),
    Command("vars", "[all]", "the variables; all: modules, functions and private names too", words=("all",)),
    Command("var", "name", "look into a variable", choice="variable"),
    Command("rerun", "number [edit]", "run a past cell again, edited or not", choice="action", words=("edit",)),
    Command("output", "number", "everything a cell has put out", choice="action"),
    Command("rerun-missing", "", "run the cells again that made the variables which did not come back"),
    Command("rerun-stale", "", "run the cells again whose variables an earlier cell has changed since"),
    Command("run-all", "[number]", "run all cells on a fresh kernel, and compare; from that cell on", choice="action"),
    Command(
        "restart", "[rerun|cold]", "a fresh kernel; rerun: then run the approved cells again", words=("rerun", "cold")
    ),
    Command("undo", "[keep|back]", "take the last cell back: variables, files and conversation"),
    Command("redo", "[keep|back]", "undo the last going back"),
    Command("rewind", "number [variables|files|conversation|preview]", "go back to before a cell", choice="action"),
    Command("fork", "[number]", "go on in a new session: from here, or from before a cell", choice="action"),
    Command("dry-run", "[network]", "run the cell that waits in a copy; see what it would change", words=("network",)),
    Command("explore", '[number] [--check "code"] [prompt]', "several ways to take a step, each tried in a copy"),
    Command("continue", "", "go on with a turn that stopped"),
    Command("policy", "[ask|safe|sandbox|turn|all]", "who decides about actions", choice="policy"),
    Command("rules", "[remove number]", "what is allowed for longer than once; take it back", words=("remove",)),
    Command("allow", "[number] [session|project|everywhere]", "let cells do what the sandbox refused the last one"),
    Command("model", "[name]", "the models; or ask another one from now on", choice="model"),
    Command("status", "", "model, policy, kernel, tokens and cost"),
    Command("new", "", "start a new session"),
    Command("sessions", "[all|words]", "this folder's sessions, those of all folders, or those that say something"),
    Command("resume", "part", "open the session whose id or title has this part", choice="session"),
    Command("rename", "title", "give this session a title"),
    Command(
        "export",
        "[format] [file]",
        "write it as ipynb, html, md, py, jsonl or training data; secrets are replaced",
        words=("ipynb", "html", "md", "py", "jsonl", "codeact-instruct", "sharegpt", "preference"),
    ),
    Command("exit", "", "leave; the session is kept", aliases=("quit",)),
)

_OTHER = (
    ("!code", "run your own Python in the same kernel; the model is shown it"),
    ("!!command", "run a shell command that the model is not shown"),
    ("Ctrl+C", "stop what is going on; twice: leave"),
    ("Ctrl+D", "leave"),
)
_EDITING = (
    ("Ctrl+J, Alt+Enter", "a new line; while the agent works Alt+Enter keeps the prompt for the next turn"),
    ("Ctrl+G", "write on in your editor"),
    ("Tab", "complete a command, a name, a file after @"),
    ("↑ ↓, Ctrl+R", "earlier prompts"),
    ("Ctrl+Z", "back to the shell; fg comes here again"),
)
_KEYS_SAY = {
    "run": "run it",
    "dry": "run it in a copy, see what it would change, then commit or discard",
    "edit": "edit it first, in your editor",
    "reject": "reject it; with words behind it, they are the reason",
    "why": "reject it and say why",
    "rule": "always allow what it does: a rule is offered",
    "turn": "run it, and the rest of this turn by itself",
    "careful": "the same, but stop at a write, a delete, the network or another program",
}


def find_command(name: str) -> Command | None:
    """Give the command with this name, or the only one that begins so."""
    wanted = name.lower()
    for command in COMMANDS:
        if wanted in (command.name, *command.aliases):
            return command
    found = [command for command in COMMANDS if command.name.startswith(wanted)]
    return found[0] if len(found) == 1 else None


def help_text(*, width: int, editing: bool) -> str:
    """Write the help page from the tables.

    Args:
        width: Columns.
        editing: The surface edits lines, so that its keys are worth telling.
    """
    commands = [(f"/{command.name} {command.arguments}".strip(), command.says) for command in COMMANDS]
    keys = [(key, _KEYS_SAY[verb]) for key, verb in APPROVAL_KEYS.items()]
    other = [*_OTHER, *(_EDITING if editing else ())]
    sections = (("Commands", commands), ("At an action", keys), ("Also", other))
    return "\n".join(f"{title}\n{columns(rows, width=width)}" for title, rows in sections)
