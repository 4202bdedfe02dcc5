"""The least application around one widget, with a theme of ours; and events that make a story."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from textual.app import App, ComposeResult
from textual.widget import Widget

import codeact_tui.tui
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Event,
    KernelStarted,
    ModelReplied,
    PromptSubmitted,
    SessionOpened,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.themes import DEFAULT_VARIABLES, load_theme

TUI = Path(codeact_tui.tui.__file__).parent

REPLY = """Here is **what** the `DataFrame` holds, in short:

- three regions, *north* first
- twelve months each, see [the source](https://example.org/data)

| region | revenue |
|---|---:|
| north | 1200 |
| south | 87 |

```python
print(df.head())
```
"""


class Frame(App[None]):
    """Holds one widget."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget, *, theme: str = "dark") -> None:
        sheets: list[str | PurePath] = [*sorted((TUI / "widgets").glob("*.tcss")), *sorted(TUI.glob("screens/*.tcss"))]
        super().__init__(css_path=sheets)
        self._widget = widget
        self.animation_level = "none"
        loaded = load_theme(theme)
        self.register_theme(loaded.theme)
        self.theme = loaded.theme.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def compose(self) -> ComposeResult:
        yield self._widget


class Teller:
    """Gives events their places in a transcript."""

    def __init__(self) -> None:
        self.transcript = Transcript()
        self._sequence = 0
        self.at = 1_700_000_000.0

    def tell(self, event: Event) -> Envelope:
        self._sequence += 1
        self.at += 0.5
        envelope = Envelope(event, self._sequence, self.at)
        self.transcript.apply(envelope)
        return envelope

    def open(self) -> None:
        self.tell(SessionOpened(SessionId("s" * 14), "/work/growth", "demo", "ask", "0.1.0"))
        self.tell(KernelStarted("/usr/bin/python3", "3.12.1", ".venv", seconds=0.62))

    def cell(self, code: str, *outputs: CellOutput, status: str = "ok", seconds: float = 0.41) -> None:
        for event in cell_events(len(self.transcript.actions) + 1, code, *outputs, status=status, seconds=seconds):
            self.tell(event)

    def turn(self, number: int) -> None:
        """A prompt, a reply with two cells, an answer."""
        self.tell(PromptSubmitted(f"Which regions grew most in year {number}?"))
        self.tell(TurnStarted(number))
        self.tell(ModelReplied(f"I'll look at the file of year {number} first.", "import pandas as pd"))
        self.cell("import pandas as pd\ndf = pd.read_csv('sales.csv')")
        this = action_id(len(self.transcript.actions) + 1)
        self.cell("df.info()", CellOutput(this, StreamOutput("stdout", "line\n" * 5)), seconds=0.03)
        self.tell(ModelReplied(REPLY))
        self.tell(TurnFinished(number, "answer", 2))


def cell_events(
    number: int, code: str, *outputs: CellOutput, status: str = "ok", seconds: float = 0.41
) -> Iterator[Event]:
    """All events of a cell, from proposal to end."""
    this, sha = action_id(number), code_sha256(code)
    yield ActionProposed(this, code, sha)
    yield ActionApproved(this, 0, sha, "user")
    yield CellStarted(this, 0, sha)
    yield from outputs
    yield CellFinished(this, status, seconds, number)  # pyright: ignore[reportArgumentType]


def long_story(entries: int) -> Transcript:
    """A transcript of at least so many entries."""
    teller = Teller()
    teller.open()
    turn = 0
    while len(teller.transcript.entries) < entries:
        turn += 1
        teller.turn(turn)
    return teller.transcript
