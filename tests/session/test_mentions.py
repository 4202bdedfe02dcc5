"""`@name` in a prompt: which names count, what is looked up, what the model is told."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.errors import KernelNotReady
from codeact_tui.kernel.answers import NamespaceDiff
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.base import TextDelta
from codeact_tui.model.scripted import Hold
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.events import PromptQueued, PromptSubmitted, TurnFinished
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.ops import Interrupt, SubmitPrompt
from codeact_tui.protocol.outputs import Output
from codeact_tui.protocol.variables import (
    FIRST_PART,
    TablePart,
    Variable,
    VariableDetail,
    VariableMention,
    VariableTable,
)
from codeact_tui.session.mentions import Mentions, mentioned_names, with_mentions
from tests.hostile_text import HOSTILE
from tests.session.bench import bench

NUMBER = VariableMention(Variable("x", "int", size_bytes=28, summary="41"))
ALL = Config(session=SessionConfig(policy="all", warm_up=False))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what is @df?", ["df"]),
        ("@df, @x and (@y) \"@z\": '@q'.", ["df", "x", "y", "z", "q"]),
        ("@df.", ["df"]),
        ("@df's rows", ["df"]),
        ("@größe @_x @x1", ["größe", "_x", "x1"]),
        ("@df @df", ["df"]),
        ("@data/sales.csv @data.csv @1x @ @a-b ada@home @@x @x@y", []),
        ('@"my file.csv"', []),
        (" ".join(f"@n{number}" for number in range(20)), [f"n{number}" for number in range(8)]),
    ],
)
def test_which_words_name_variables(text: str, names: list[str]) -> None:
    assert mentioned_names(text) == names


class Deaf:
    """Hears what the kernel does, and does nothing."""

    def on_state(self, state: KernelState) -> None:
        del state

    def on_variables(self, diff: NamespaceDiff) -> None:
        del diff

    def on_died(self, how: str) -> None:
        del how

    def on_held(self) -> None:
        pass


async def looked_up(code: str, text: str) -> PromptSubmitted:
    """Run code in a kernel that is not a process, then look a prompt up."""
    kernel = FakeKernel()
    await kernel.start(Deaf())

    def put(output: Output) -> None:
        raise AssertionError(output)

    async def ask(_request: object) -> str:
        return ""

    await kernel.execute(code, on_output=put, on_input=ask)
    try:
        return await Mentions(kernel).look_up(PromptSubmitted(text))
    finally:
        await kernel.shutdown()


async def test_what_is_known_of_a_variable_goes_with_the_prompt() -> None:
    prompt = await looked_up("x = 41\nwords = ['a', 'b']", "compare @words with @x and @nothing")
    assert [each.variable.name for each in prompt.mentions] == ["words", "x"]
    [head, *told] = with_mentions(prompt.text, prompt.mentions).split("\n")[:1] + [
        line for line in with_mentions(prompt.text, prompt.mentions).split("\n") if line.startswith("@")
    ]
    assert head == "compare @words with @x and @nothing"
    assert told[0].startswith("@words: list, shape 2, ")
    assert told[0].endswith(" bytes, ['a', 'b']")
    assert told[1] == "@x: int, 28 bytes, 41"


async def test_of_a_table_the_columns_are_told_with_their_types() -> None:
    pytest.importorskip("pandas")
    code = "import pandas\ndf = pandas.DataFrame({'region': ['n', 's'], **{f'c{at}': [at, at] for at in range(60)}})"
    [mention] = (await looked_up(code, "@df")).mentions
    assert len(mention.columns) == len(mention.dtypes) == 40
    told = with_mentions("", (mention,))
    assert "pandas.DataFrame, shape 2×61" in told
    assert "'c1' (int64), 'c2' (int64)" in told
    assert told.endswith("… 21 more\n]")


async def test_a_name_that_is_no_variable_stays_text() -> None:
    prompt = PromptSubmitted("see @nothing", steering=True)
    assert await looked_up("x = 1", "see @nothing") == PromptSubmitted("see @nothing")
    assert await Mentions(FakeKernel()).look_up(prompt) == prompt
    assert with_mentions(prompt.text, prompt.mentions) == "see @nothing"


class Slow(FakeKernel):
    """Never answers."""

    async def inspect(
        self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
    ) -> VariableDetail:
        await asyncio.Event().wait()
        raise KernelNotReady("Never.")


async def test_a_kernel_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codeact_tui.session.mentions._LOOK_UP_S", 0.01)
    assert await Mentions(Slow()).look_up(PromptSubmitted("see @x")) == PromptSubmitted("see @x")


def test_a_prompt_with_mentions_is_stored_and_read_again() -> None:
    prompt = PromptSubmitted("see @x", mentions=(NUMBER,))
    assert decode_event(encode(prompt)) == prompt


HOSTILE_TEXT = st.one_of(st.text(max_size=3000), st.sampled_from(sorted(HOSTILE.values())))


@given(HOSTILE_TEXT, HOSTILE_TEXT, st.lists(st.tuples(HOSTILE_TEXT, HOSTILE_TEXT), max_size=40))
def test_what_is_told_of_a_variable_is_one_bounded_line(
    type_name: str, summary: str, columns: list[tuple[str, str]]
) -> None:
    names, types = tuple(name for name, _ in columns), tuple(each for _, each in columns)
    mention = VariableMention(Variable("x", type_name, shape=(1, 2), summary=summary), names, types, len(names) + 3)
    told = with_mentions("see @x", (mention,))
    lines = told.splitlines()
    assert len(lines) == 5
    assert lines[3].startswith("@x: ")
    assert len(lines[3]) < 40_000
    assert lines[3].isprintable()


# -- in a session


async def test_the_model_is_told_and_so_it_is_in_the_record() -> None:
    async with bench(["Fine."]) as it:
        it.send(SubmitPrompt("what is @x?"))
        await it.until(TurnFinished)
        [prompt] = [event for event in it.events if isinstance(event, PromptSubmitted)]
    assert prompt == PromptSubmitted("what is @x?", mentions=(VariableMention(Variable("x", "int")),))
    said = it.model.requests[0].messages[-1].content
    assert said.startswith("what is @x?\n\n[The user refers to these variables")
    assert said.endswith("\n@x: int\n]")


async def test_a_prompt_that_steers_names_variables_too() -> None:
    hold = Hold()
    async with bench([[hold, TextDelta("<execute>\nprint 1\n")], "Steered."], config=ALL) as it:
        it.send(SubmitPrompt("go"))
        await hold.reached.wait()
        it.send(SubmitPrompt("look at @x"))
        await it.until(PromptQueued)
        hold.release()
        await it.until(TurnFinished)
    assert it.model.requests[1].messages[-1].content.endswith("\n@x: int\n]")


async def test_an_interrupt_does_not_wait_for_the_look_up() -> None:
    asked = asyncio.Event()

    async def never(*_arguments: object, **_named: object) -> VariableDetail:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with bench(["Never."]) as it:
        it.kernel.inspect = never
        it.send(SubmitPrompt("what is @x?"))
        await asked.wait()
        it.send(Interrupt())
        assert (await it.until(TurnFinished)).reason == "interrupted"
        assert PromptSubmitted("what is @x?") in it.events
        assert not it.model.requests


def test_only_tables_tell_columns() -> None:
    table = VariableTable(("value",), ("int64",), (), (), 2, 1)
    detail = VariableDetail(Variable("grid", "numpy.ndarray", "array", (2,), summary="int64"), table=table)

    class Grid(FakeKernel):
        async def inspect(
            self, name: str, path: tuple[str | int, ...] = (), start: int = 0, part: TablePart = FIRST_PART
        ) -> VariableDetail:
            return detail

    prompt = asyncio.run(Mentions(Grid()).look_up(PromptSubmitted("@grid")))
    assert prompt.mentions == (VariableMention(detail.variable),)
