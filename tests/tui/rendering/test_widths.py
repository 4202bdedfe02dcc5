"""No drawn line is wider than its view: by what we count, and by where a terminal's cursor stands after it."""

import re

import pyte
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from codeact_tui.protocol.events import PromptSubmitted, StoredEvent
from codeact_tui.protocol.ids import ActionId
from codeact_tui.session.entries import PromptEntry
from codeact_tui.session.transcript import Transcript
from codeact_tui.tui.rendering.lines import Line
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.widgets.conversation_action import ActionBlock
from codeact_tui.tui.widgets.conversation_blocks import PromptBlock
from tests.tui.widgets.frame import Teller, cell_events

_WORDS = (
    "👨\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪🇫🇷 ❤\ufe0f 👩🏾\u200d🚀 ☎\ufe0f ⚠\ufe0f 1\ufe0f\u20e3 "
    "🏴\U000e0067\U000e007f 中文 한국어 ｆｕｌｌ e\u0301 a\u0308\u0323 Z\u0351\u0322\u0319 "
    "שלום مرحبا \u202eabc\u202c \u200bzero\u200b \u2060 \ufeff \u00adsoft हिन्दी ไทย ก็ 𝐀 "
    "\u1100\u1161\u11a8 \u3164 \ufff9x\ufffb \x1b[31mred\x1b[0m \x07 \u0301 \u0e33"
)
ODD = _WORDS.split()
TEXTS = st.lists(st.one_of(st.sampled_from([*ODD, " ", "\n", "**", "`", "| ", "- "]), st.text(max_size=4)), max_size=30)
WIDTHS = st.integers(12, 60)
PAINT = Paint()


def columns(text: str, width: int) -> int:
    """Where the cursor of a wide terminal stands after this text; a flag takes two cells, as where flags are drawn."""
    text = re.sub("[\U0001f1e6-\U0001f1ff]{2}", "ab", text)
    text = re.sub("[\U0001f1e6-\U0001f1ff]", "a", text)  # half a flag, where a line was broken in it
    screen = pyte.Screen(width * 3 + 20, 2)
    pyte.Stream(screen).feed(text)
    assert screen.cursor.y == 0
    return screen.cursor.x


def fits(lines: list[Line], width: int) -> None:
    for line in lines:
        text = line.text
        assert "\n" not in text
        assert "\x1b" not in text
        assert cell_len(text) <= width, text
        assert columns(text, width) <= width, text


def prompt(text: str) -> PromptBlock:
    transcript = Transcript()
    teller = Teller()
    teller.transcript = transcript
    teller.tell(PromptSubmitted(text))
    entry = next(each for each in transcript.entries if isinstance(each, PromptEntry))
    return PromptBlock(entry, spaced=False)


def action(code: str) -> ActionBlock:
    teller = Teller()
    events: list[StoredEvent] = []
    for event in cell_events(1, code):
        events.append(event)  # pyright: ignore[reportArgumentType]
        teller.tell(event)
    record = teller.transcript.actions[ActionId("a1")]
    block = ActionBlock(record, spaced=False)
    block.unfolded = True
    return block


@given(TEXTS, WIDTHS)
@example(ODD, 12)
@settings(deadline=None, max_examples=60)
def test_replies_fit(texts: list[str], width: int) -> None:
    fits(markdown_lines("".join(texts), width, PAINT), width)


@given(TEXTS, WIDTHS)
@example(ODD, 12)
@settings(deadline=None, max_examples=60)
def test_prompts_fit(texts: list[str], width: int) -> None:
    fits(list(prompt("".join(texts)).render(width, PAINT)), width)


@given(TEXTS, WIDTHS)
@example(ODD, 20)
@settings(deadline=None, max_examples=60)
def test_cells_fit(texts: list[str], width: int) -> None:
    fits(list(action("".join(texts) or "x").render(width, PAINT)), width)
