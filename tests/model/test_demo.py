"""The offline demo: what it says and does, whatever becomes of its cells. (On the real kernel: tests/e2e.)"""

import ast

import pytest

from codeact_tui.model.base import ActionFormat, Finished, Message, Request, TextDelta, ToolCall, ToolCallDelta
from codeact_tui.model.code_actions import ReplyParser, stop_sequences
from codeact_tui.model.demo import DemoModel, next_move
from codeact_tui.model.demo_tasks import TASKS, Move, Task
from codeact_tui.model.phrases import (
    EXECUTION_OUTPUT,
    KERNEL_DIED,
    NO_OUTPUT,
    USER_EDITED,
    USER_INTERRUPTED,
    USER_RAN,
    USER_REJECTED,
    VARIABLES_GONE,
    VARIABLES_LOST,
    VARIABLES_RESTORED,
)

FORMATS: tuple[ActionFormat, ...] = ("execute", "fenced", "tool")
ARITHMETIC, MENDED, FRAME = TASKS[:3]
SLOW = next(task for task in TASKS if "slow" in task.keywords)
STEP = Message("assistant", "Look:\n<execute>\n1\n</execute>")
CALL = Message("assistant", "Look:", ToolCall("c", "1"))
TRACEBACK = "Traceback (most recent call last):\n  File …\nTypeError: unsupported operand type(s)"


def user(text: str) -> Message:
    return Message("user", text)


def output(text: str) -> Message:
    return user(f"{EXECUTION_OUTPUT}\n{text}")


def move(*messages: Message) -> Move:
    return next_move((Message("system", "You act with <execute>."), *messages))


def opening(task: Task) -> Move:
    return task.moves[0](None)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_every_task_is_found_by_what_the_overview_says(task: Task) -> None:
    assert move(user(task.ask)) == move(user(task.title.upper())) == opening(task)


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("add some numbers", "arithmetic"),
        ("Please make a mistake and fix it", "a first cell that fails and is mended"),
        ("load a CSV", "a CSV into a data frame"),
        ("draw me a chart", "a plot"),
        ("list the files here", "files"),
        ("tqdm?", "a long output with a progress bar"),
        ("what does the inspector show", "variables of many kinds"),
        ("a question, please", "a question from a cell"),
        ("something endless", "a slow cell to stop"),
    ],
)
def test_a_task_is_found_by_its_keywords(prompt: str, title: str) -> None:
    assert move(user(prompt)) == opening(next(task for task in TASKS if task.title == title))


@pytest.mark.parametrize("prompt", ["hello", "help", "", "what can you do?"])
def test_anything_else_is_answered_with_what_it_can_show(prompt: str) -> None:
    said = move(user(prompt))
    assert said.code is None
    assert "a script, not a model" in said.words
    assert all(task.ask in said.words for task in TASKS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_a_task_goes_on_to_its_answer(task: Task) -> None:
    messages = [user(task.ask)]
    for index in range(len(task.moves)):
        said = move(*messages)
        assert said.code
        ast.parse(said.code, feature_version=(3, 9))
        messages += [STEP, output(TRACEBACK if task.first_fails and index == 0 else "North +25%")]
    assert move(*messages).code is None


def test_what_failed_is_mended_by_what_the_traceback_says() -> None:
    said = move(user(MENDED.ask), STEP, output(TRACEBACK))
    assert "TypeError: unsupported operand type(s)" in said.words
    assert said.code
    assert "float" in said.code


def test_nothing_is_mended_that_did_not_fail() -> None:
    said = move(user(MENDED.ask), STEP, user(f"{USER_EDITED}:\n```diff\n-x\n+y\n```\n\n{EXECUTION_OUTPUT}\n14.75"))
    assert said == Move(
        "I see that you changed my cell before it ran; I go on from what ran. "
        "It ran well, so there is nothing left to mend: 14.75"
    )


def test_another_failure_is_quoted_and_not_mended() -> None:
    said = move(user(ARITHMETIC.ask), STEP, output(TRACEBACK))
    assert said.code is None
    assert "`TypeError: unsupported operand type(s)`" in said.words
    assert "I am a script" in said.words


@pytest.mark.parametrize(("reason", "words"), [(" Reason: too slow", "You said: “too slow”."), ("", "With **f**")])
def test_a_rejection_is_heeded(reason: str, words: str) -> None:
    said = move(user(ARITHMETIC.ask), STEP, user(f"{USER_REJECTED}; it did not run.{reason}"))
    assert said.code is None
    assert "it did not run" in said.words
    assert words in said.words


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (f"2 s\n[The cell was {USER_INTERRUPTED}.]", "You stopped it."),
        (f"[{KERNEL_DIED}; all variables are gone.]", "The kernel died"),
        ("2 s\n[The cell was stopped: it ran longer than it may.]", "The cell was stopped: it ran longer than it may."),
        (NO_OUTPUT, "You let it run to its end"),
        ("[The end.]", "You let it run to its end"),
    ],
)
def test_how_a_cell_ended_is_seen(ending: str, words: str) -> None:
    said = move(user(SLOW.ask), STEP, output(ending))
    assert said.code is None
    assert words in said.words


def test_a_cell_that_was_stopped_before_it_ran_has_no_value() -> None:
    said = move(user(ARITHMETIC.ask), STEP, user(f"[The action did not run: {USER_INTERRUPTED}.]"))
    assert "You stopped that cell" in said.words


INTERRUPTED = f"[Your turn was {USER_INTERRUPTED}.]"
GONE = f"[{VARIABLES_GONE}: the session was closed and opened again.]"
RAN = f"{USER_RAN}:\n```python\nsum(primes)\n```\n\n{EXECUTION_OUTPUT}\nValueError: the mean of a file"


@pytest.mark.parametrize(
    "before",
    [
        (STEP, user(f"[The action did not run.]\n\n{INTERRUPTED}\n\n{FRAME.ask}")),
        (STEP, output(f"1\n[The cell was {USER_INTERRUPTED}.]\n\n{INTERRUPTED}\n\n{FRAME.ask}")),
        (CALL, Message("tool", "1", tool_call_id="c"), user(f"{INTERRUPTED}\n\n{FRAME.ask}")),
        (STEP, output("1"), Message("assistant", "It is 1."), user(FRAME.ask)),
        (STEP, output("1"), Message("assistant", "It is 1."), user(f"{GONE}\n\n{FRAME.ask}")),
        (STEP, output("1"), Message("assistant", "It is 1."), user(f"{RAN}\n\n{FRAME.ask}")),
        (STEP, output(f"1\n\n{FRAME.ask}")),
        (CALL, Message("tool", "1", tool_call_id="c"), user(FRAME.ask)),
    ],
    ids=["stopped", "stopped cell", "stopped call", "answered", "resumed", "user's cell", "turn failed", "call failed"],
)
def test_a_new_prompt_begins_a_new_task(before: tuple[Message, ...]) -> None:
    assert move(user(ARITHMETIC.ask), *before) == opening(FRAME)


@pytest.mark.parametrize("told", [VARIABLES_RESTORED, VARIABLES_LOST])
def test_what_is_said_of_variables_after_a_cell_is_no_output_of_its(told: str) -> None:
    assert "**3682913**" in move(user(ARITHMETIC.ask), STEP, output(f"3682913\n\n[{told}: x.]")).words


def test_a_cell_of_the_users_asks_for_nothing() -> None:
    said = move(user(ARITHMETIC.ask), STEP, output("1"), Message("assistant", "It is 1."), user(f"{RAN}\n\nhello"))
    assert "a script, not a model" in said.words


@pytest.mark.parametrize(
    "observed",
    [
        (STEP, output(f"{TRACEBACK}\n\nhurry up, please")),
        (STEP, output(f"{TRACEBACK}\n\n{RAN}")),
        (CALL, Message("tool", f"{EXECUTION_OUTPUT}\n{TRACEBACK}", tool_call_id="c"), user("hurry up, please")),
        (CALL, Message("tool", f"{EXECUTION_OUTPUT}\n{TRACEBACK}", tool_call_id="c"), user(RAN)),
    ],
)
def test_a_word_or_a_cell_of_the_users_does_not_end_a_task(observed: tuple[Message, ...]) -> None:
    said = move(user(MENDED.ask), *observed)
    assert "`TypeError: unsupported operand type(s)`" in said.words
    assert said.code


@pytest.mark.parametrize("action_format", FORMATS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
async def test_it_writes_the_action_as_it_is_wanted(task: Task, action_format: ActionFormat) -> None:
    parser = ReplyParser(action_format)
    request = Request((user(task.ask),), stop_sequences(action_format), tool=action_format == "tool")
    shown, last = "", None
    async for delta in DemoModel(token_s=0).stream(request):
        match delta:
            case TextDelta():
                pieces = parser.feed(delta.text)
            case ToolCallDelta():
                pieces = parser.feed_tool_call(delta)
            case _:
                pieces, last = [], delta
        shown += "".join(piece.text for piece in pieces if piece.kind == "code")
    assert isinstance(last, Finished)
    assert last.usage.cost_usd == 0.0
    assert last.usage.output_tokens
    reply = parser.finish(last.reason)
    expected = opening(task)
    assert (reply.words, reply.code, reply.problems) == (expected.words, expected.code, ())
    assert shown.strip() == expected.code


def test_it_says_that_it_is_scripted() -> None:
    assert DemoModel().info.scripted
