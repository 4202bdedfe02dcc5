"""Writes `docs/keys.md` from the registry and the panes: `python -m codeact_tui.tui.keys_page`, in a checkout."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from textual.widget import Widget

from codeact_tui.tui.action_table import REGISTRY
from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.pane_keys import pane_keys
from codeact_tui.tui.screens.help import HelpScreen
from codeact_tui.tui.screens.help_page import PROMPT_SIGNS
from codeact_tui.tui.screens.pick import PickScreen
from codeact_tui.tui.screens.sessions import SessionsScreen
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.screens.whole_output import WholeOutputScreen
from codeact_tui.tui.widgets.code_view import CodeView
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.frame_view import FrameView
from codeact_tui.tui.widgets.output import OutputView
from codeact_tui.tui.widgets.variable_tree import TreeView
from codeact_tui.tui.widgets.variables import VariablesPane

__all__ = ["keys_page"]

_PANES: tuple[tuple[str, type[Widget]], ...] = (
    ("The conversation", Conversation),
    ("The cell", CodeView),
    ("The output", OutputView),
    ("The variables", VariablesPane),
    ("Inside a variable", TreeView),
    ("Inside a table", FrameView),
    ("The window around it", VariableDetailScreen),
    ("The whole output", WholeOutputScreen),
    ("Sessions", SessionsScreen),
    ("Choices and palette", PickScreen),
    ("Help", HelpScreen),
)
_HEAD = """\
# Keys

F1 shows this on the screen: first what applies where you are, then everything, to be searched. Letters answer a
question only when it has been on the screen for half a second and nothing is being typed; everything else that you type
goes to the prompt.

The keys of the first tables can be changed in your own `config.toml`. The id names the action; several keys stand with
commas between them; an empty text takes an action its keys. A single character is written as it is, a comma as `comma`.

```toml
[keys]
maximise = "f12"
palette = "ctrl+p,ctrl+k"
quit_empty = ""
```

An id or a key that does not exist, and a key that would mean two things at the same time, is refused with its line when
`codeact chat` starts; `codeact doctor` and `codeact config show` say it too. A project's settings may not change keys.
"""
_VI = """\
## vi keys

With `interface.vi_keys`, `j k g G ctrl+d ctrl+u` scroll and choose in every pane, list and window, and the prompt
and the cell editor get a normal and an insert mode; the line above the prompt says which. `esc` leaves insert mode, and
in normal mode does what it does elsewhere. `i a I A o O` insert; `h j k l w b e 0 ^ $ gg G` move;
`x X D dd dw d$ C cc cw s S yy Y yw p P u ctrl+r` change; counts go before (`3dd`). The letters that answer a question
keep their meaning at the cell, and `g` groups among the variables.
"""


def keys_page() -> str:
    """Write the whole page."""
    groups = dict.fromkeys(action.group for action in REGISTRY.actions)
    parts = [_HEAD]
    for group in groups:
        rows = [_action_row(action) for action in REGISTRY.actions if action.group == group]
        parts.append("\n".join([f"## {group}", "", *_table(("keys", "command", "does", "id"), rows)]) + "\n")
        if group == "Prompt":
            parts.append(
                "\n".join(_table(("typed", "is"), [(_code(left), right) for left, right in PROMPT_SIGNS])) + "\n"
            )
    parts.append("\n".join(["## In panes and windows", *_pane_lines()]) + "\n")
    return "\n".join([*parts, _VI])


def _action_row(action: Action) -> tuple[str, ...]:
    keys = " ".join(_code(key_label(key)) for key in action.keys)
    names = [f"/{name}" for name in action.slash]
    if names and action.argument:
        names[0] = f"{names[0]} {action.argument}"
    return keys, " ".join(map(_code, names)), action.description, _code(action.id)


def _pane_lines() -> Iterator[str]:
    for title, cls in _PANES:
        rows = [(" ".join(map(_code, key.keys.split())), f"{key.words}.") for key in pane_keys(cls)]
        if rows:
            yield from ["", f"### {title}", "", *_table(("keys", "does"), rows)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    path = Path(__file__).resolve().parents[2] / "docs" / "keys.md"
    path.write_text(keys_page(), "utf-8")
