"""Whatever comes from outside is drawn as text: no escape, no markup, no line that is too wide, no broken encoding."""

import unicodedata

import pytest
from rich.cells import cell_len

from codeact_tui.protocol.events import (
    ActionEdited,
    ActionProposed,
    ActionRejected,
    CellOutput,
    CellStarted,
    Failed,
    InputRequested,
    KernelDied,
    ModelReplied,
    Noted,
    OutputTruncated,
    PromptSubmitted,
    VariableInspected,
    VariablesChanged,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, StreamOutput
from codeact_tui.protocol.variables import (
    TablePart,
    Variable,
    VariableDetail,
    VariableHistogram,
    VariableNode,
    VariableTable,
)
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.screens.variable_detail import VariableDetailScreen
from codeact_tui.tui.widgets.conversation import Conversation
from codeact_tui.tui.widgets.frame_tiles import FIRST_TILE
from codeact_tui.tui.widgets.frame_view import FrameView
from codeact_tui.tui.widgets.output import OutputView
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.tui.widgets.frame import Frame, Teller
from tests.work import counted

HOSTILE = {
    "escapes": "\x1b[2J\x1b]0;owned\x07\x1b]52;c;aGk=\x1b\\\x1b[?1049h\x1bPq\x1b\\\x9b31m a\x00b\x08c\x7f",
    "markup": "[bold]x[/bold] [/] [@click=app.quit]quit[/] [link=http://x.y]y[/link] [red",
    "bidi": "a\u202eb\u2066c\u200f \u061cd",
    "invisible": "a\u200bb\ufeffc\u00add\u2060e\U000e0041",
    "surrogates": "lone \ud800 and \udfff",
    "wide": "中文字符👨\u200d👩\u200d👧❤\ufe0f🇩🇪👍🏽e\u0301" * 20,
    "zalgo": "a" + "\u0301" * 500 + " " + "b\u0489" * 100,
    "newlines": "a\rb\x0bc\x0cd\x85e\u2028f\u2029g",
    "tabs": "\t\ta\t\tb\t",
    "markdown": "```\n" * 5 + "> " * 60 + "- " * 60 + "|a|\n|-|\n" + "*_`[](" * 200 + "&#27;[31m<script>",
    "open fence": "```python\n" + "x = '''" * 50,
}
BIG = {
    "megabyte line": "x" * 1_000_000,
    "megabyte of words": "word " * 200_000,
    "megabyte of lines": "line\n" * 200_000,
    "many colours": "\x1b[31mx\x1b[0m" * 30_000,
    "megabyte of stars": "*" * 1_000_000,
}


def check(view: BlockScroll | FrameView) -> None:
    """Every row in sight can be written to a terminal and is as wide as the view."""
    width = view.size.width if isinstance(view, BlockScroll) else view.scrollable_content_region.width
    for y in range(view.size.height):
        strip = view.render_line(y)
        text = strip.text
        text.encode()
        assert cell_len(text) == strip.cell_length == width, repr(text)
        assert not {char for char in text if unicodedata.category(char) in {"Cc", "Cs"}}, repr(text)
        assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\ufeff"), repr(text)


def story(text: str) -> Teller:
    """A session in which everything says this."""
    teller = Teller()
    teller.tell(PromptSubmitted(text))
    teller.tell(ModelReplied(text, text, reasoning=text))
    this = ActionId("a1")
    teller.tell(ActionProposed(this, text, "0"))
    teller.tell(ActionEdited(this, 1, text, "1", f"-{text}\n+{text}"))
    teller.tell(CellStarted(this, 1, "1"))
    for output in (
        StreamOutput("stdout", text),
        StreamOutput("stderr", text),
        DisplayData({"text/plain": text}),
        DisplayData({"text/markdown": text}),
        DisplayData({"application/json": text, "text/latex": text}),
        DisplayData({"image/png": text[:1000]}),
        ExecuteResult({"text/plain": text}),
        ErrorOutput(text, text, (text, text)),
    ):
        teller.tell(CellOutput(this, output))
    teller.tell(InputRequested(this, text))
    teller.tell(OutputTruncated(this, 10**9, 10**8, text, "blob"))
    teller.tell(ActionProposed(ActionId("a2"), text, "0"))
    teller.tell(ActionRejected(ActionId("a2"), text))
    for event in (Noted(text), Failed("X", text, text), KernelDied(text)):
        teller.tell(event)
    return teller


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_the_conversation_draws_it(text: str) -> None:
    view = Conversation(now=lambda: 1_700_000_100.0)
    async with Frame(view).run_test(size=(80, 200)) as pilot:
        teller = story(text)
        view.load(teller.transcript)
        for action in ("a1", "a2"):
            view.select_action(ActionId(action))
            view.toggle_fold()
        for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
            view.stream("reasoning", piece)
            view.stream("text", piece)
            view.stream("code", piece)
            view.flush()
            check(view)
        await pilot.resize_terminal(31, 200)
        await pilot.pause()
        check(view)
        view.drawn_text().encode()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_the_output_draws_it(text: str) -> None:
    view = OutputView()
    async with Frame(view).run_test(size=(40, 200)):
        view.show(story(text).transcript.actions[ActionId("a1")])
        view.flush()
        check(view)
        view.text().encode("utf-8", "replace")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_variables_and_their_detail_draw_it(text: str) -> None:
    pane = VariablesPane()
    variable = Variable(text, text, text, (3,), 5, text)
    async with Frame(pane).run_test(size=(60, 30)) as pilot:
        pane.changed(VariablesChanged(added=(variable,), total=1))
        pane.flush()
        check(pane)
        screen = VariableDetailScreen(text, lambda _op: None)
        await pilot.app.push_screen(screen)
        nodes = (VariableNode(text, text, text, (0,), expandable=True),)
        detail = VariableDetail(variable, None, ((text, text),), nodes, 9, text, text, text)
        screen.show(VariableInspected(text, detail))
        await pilot.pause()
        check(screen.query_one("#detail", BlockScroll))
        table = VariableTable((text, text), (text, text), (text,), ((text, text),), 1, 2, (1,), text)
        screen.show(VariableInspected(text, VariableDetail(variable, table), part=FIRST_TILE))
        histogram = VariableHistogram((1, 2), text, text, (text, text))
        figures = VariableDetail(variable, statistics=((text, text),), histogram=histogram)
        await pilot.press("h")
        screen.show(VariableInspected(text, figures, part=TablePart(figures=0)))
        await pilot.pause()
        check(screen.query_one(FrameView))
        check(screen.query_one("#detail-figures", BlockScroll))


@pytest.mark.parametrize("text", BIG.values(), ids=BIG)
async def test_a_megabyte_is_drawn_with_bounded_work(text: str) -> None:
    view, output = Conversation(), OutputView()
    async with Frame(view).run_test(size=(80, 24)) as pilot:
        with counted() as work:
            view.load(story(text).transcript)
            view.select_action(ActionId("a1"))
            view.toggle_fold()
            view.action_top()
            view.flush()
            check(view)
            await pilot.app.mount(output)
            await pilot.pause()
            output.show(story(text).transcript.actions[ActionId("a1")])
            output.flush()
            check(output)
        assert work.calls < 100 * len(text)
