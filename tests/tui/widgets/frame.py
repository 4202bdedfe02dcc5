"""The least application around one widget, with a theme of ours; and events that make a story."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from textual.app import App, ComposeResult
from textual.widget import Widget

import codeact_tui.tui
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    Event,
    Failed,
    KernelDied,
    KernelStarted,
    ModelReplied,
    PromptSubmitted,
    RetryScheduled,
    SessionOpened,
    TurnFinished,
    TurnStarted,
)
from codeact_tui.protocol.ids import ActionId, SessionId, action_id, code_sha256
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
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
        self.tell(KernelStarted("/usr/bin/python3", "3.12.1", ".venv", seconds=0.62, sandbox="bubblewrap"))

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


def every_kind() -> Teller:
    """A story in which everything happens that the conversation draws."""
    teller = Teller()
    teller.open()
    teller.tell(
        PromptSubmitted("Add the *regions* up [bold]by month[/bold], 中文 ❤\ufe0f included, as a table that I can copy")
    )
    teller.tell(TurnStarted(1))
    teller.tell(ModelReplied("I'll look first.", "df.info()", reasoning="A frame, I suppose.\nLook at it."))
    colours = "".join(f"\x1b[3{number % 8}mline {number}\x1b[0m of many\n" for number in range(60))
    teller.cell(
        "for row in rows:\n    print(row)  # all",
        CellOutput(ActionId("a1"), StreamOutput("stdout", colours)),
        CellOutput(ActionId("a1"), StreamOutput("stderr", "a warning\n")),
    )
    traceback = ("\x1b[31m---------\x1b[0m", "\x1b[31mKeyError\x1b[0m: 'regionn'")
    teller.cell(
        "df.groupby('regionn').sum()",
        CellOutput(ActionId("a2"), ErrorOutput("KeyError", "'regionn'", traceback)),
        status="error",
    )
    _edited_and_rejected(teller)
    teller.tell(Failed("ModelRateLimited", "The provider asks to wait.", "Choose another model with /model."))
    teller.tell(RetryScheduled("The server is overloaded.", 1, 4, 2.5))
    teller.tell(KernelDied("segmentation fault"))
    teller.tell(KernelStarted("/usr/bin/python3", "3.12.1", ".venv", restarted=True, seconds=0.5, sandbox="bubblewrap"))
    teller.tell(ActionProposed(ActionId("a4"), "while True:\n    pass", "0", origin="user"))
    teller.tell(CellStarted(ActionId("a4"), 0, "0"))
    teller.tell(ActionProposed(ActionId("a5"), "df.plot()", "0", origin="rerun", rerun_of=ActionId("a2")))
    teller.tell(ApprovalRequested(ActionId("a5"), 0, "0"))
    return teller


def _edited_and_rejected(teller: Teller) -> None:
    this = ActionId("a3")
    diff = "--- before\n+++ after\n@@ -1,2 +1,2 @@\n import os\n-os.remove('x')\n+print('x')\n"
    teller.tell(ActionProposed(this, "import os\nos.remove('x')", "0"))
    teller.tell(ActionEdited(this, 1, "import os\nprint('x')", "1", diff))
    teller.tell(ActionRejected(this, "do not touch my files"))
