"""What the help says, line by line: first what applies here and now, then everything."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from msgspec import Struct
from rich.cells import cell_len
from textual.content import Content

from codeact_tui.tui.actions import Action, key_label
from codeact_tui.tui.pane_keys import Here
from codeact_tui.tui.registry import Registry
from codeact_tui.tui.situation import Situation
from codeact_tui.tui.text import joined, styled
from codeact_tui.tui.themes import Palette

__all__ = ["PROMPT_SIGNS", "HelpPage", "Row", "action_row", "here_and_now"]

_COLUMN = 28
_RULE = (
    "A letter answers a question only when the question has been on the screen for half a second, the keyboard was"
    " quiet for as long, and nothing stands in the prompt. Everything else that you type goes to the prompt."
)
PROMPT_SIGNS = (
    ("@name", "in the prompt: a file of this folder, or a variable; the model is told what that is"),
    ("!code", "in the prompt: run your own Python in the same kernel; the model sees that you did"),
    ("!!command", "in the prompt: a shell command that the model does not see"),
    ("↑ ↓", "in the prompt: earlier prompts; in a pane: scroll, or choose"),
    ("tab", "go to the next field or pane"),
)


class Row(Struct, frozen=True):
    """A name on the left and a sentence on the right."""

    left: str
    right: str
    quiet: bool = False
    """It does not apply now."""
    words: str = ""
    """More words to find it by."""

    def holds(self, query: str) -> bool:
        """Say whether every word of a query is in it."""
        text = f"{self.left} {self.right} {self.words}".lower()
        return all(word in text for word in query.lower().split())


def action_row(action: Action, *, quiet: bool = False) -> Row:
    """Give an action's row: its keys, its slash commands, its sentence."""
    names = [f"/{name}" for name in action.slash]
    if names and action.argument:
        names[0] = f"{names[0]} {action.argument}"
    keys = "  ".join(key_label(key) for key in action.keys)
    return Row("  ".join(filter(None, [keys, *names])), action.description, quiet, f"{action.title} {action.id}")


def here_and_now(registry: Registry, situation: Situation, here: Here) -> list[Row]:
    """Give what the keys do where the focus is: the pane's own, then those that apply just now and not always."""
    rows = [Row(key.keys, key.words + ".") for key in here.keys]
    always = Situation()
    for action in registry.actions:
        if action.keys and action.applies(situation) and not _always(action, always):
            rows.append(action_row(action))
    return rows


def _always(action: Action, always: Situation) -> bool:
    """Say whether an action applies whatever goes on: it is then no news that it applies here."""
    return action.applies(always) and not action.hint


class HelpPage:
    """Writes the page.

    Args:
        registry: Everything that can be done.
        situation: What applies now.
        here: Where the focus was, and what its own keys do.
        colors: The theme's.
    """

    def __init__(self, registry: Registry, situation: Situation, here: Here, colors: Palette) -> None:
        self._registry = registry
        self._situation = situation
        self._here = here
        self._colors = colors

    def write(self, width: int, query: str = "") -> Content:
        """Write the page in lines of at most so many cells; only what holds the words of the query."""
        lines: list[Content] = []
        for title, rows in self._parts():
            kept = [row for row in rows if row.holds(query)]
            if kept:
                lines += [Content("")] * bool(lines)
                lines.append(styled(title, self._colors.color("accent")).stylize("bold"))
                lines += [line for row in kept for line in self._row(row, width)]
        if not lines:
            return styled(f"Nothing here has to do with “{query}”.", self._colors.color("muted"))
        if not query:
            lines += [Content(""), *(styled(line, self._colors.color("muted")) for line in wrap(_RULE, width))]
        return Content("\n").join(lines)

    def _parts(self) -> Iterable[tuple[str, Sequence[Row]]]:
        now, registry = self._situation, self._registry
        where = f" in {self._here.name}" if self._here.name else ""
        yield f"Here and now{where}", here_and_now(registry, now, self._here)
        for group in dict.fromkeys(action.group for action in registry.actions):
            rows = [
                action_row(action, quiet=not action.applies(now))
                for action in registry.actions
                if action.group == group
            ]
            yield group, [*rows, *(Row(*sign) for sign in PROMPT_SIGNS)] if group == "Prompt" else rows

    def _row(self, row: Row, width: int) -> list[Content]:
        """Put a name on the left and its sentence on the right, or below where the name is long."""
        name = styled(row.left, self._colors.color("muted" if row.quiet else "foreground"))
        column = min(_COLUMN, width * 2 // 5)
        words = [styled(line, self._colors.color("muted")) for line in wrap(row.right, max(20, width - column))]
        blank = Content(" " * column)
        if cell_len(row.left) + 4 > column:
            return [Content("  ") + name, *(blank + line for line in words)]
        first = joined([Content("  "), name, Content(" " * (column - 2 - cell_len(row.left))), words[0]])
        return [first, *(blank + line for line in words[1:])]
