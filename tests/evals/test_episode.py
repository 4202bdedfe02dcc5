"""One trial in each mode: what the model is shown, what counts, what is kept."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from codeact_tui.errors import ContextOverflow, ModelAuthFailed, ModelRateLimited
from codeact_tui.evals.asking import Asker
from codeact_tui.evals.base import Limits, Mode, SuiteError, Task, Trial
from codeact_tui.evals.episode import Episode
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.prompts import NO_ACTION, WRONG_ANSWER
from codeact_tui.evals.suite_folder import read_suite
from codeact_tui.evals.workbench import Workbench
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Die
from codeact_tui.model.base import ActionFormat, Finished, TextDelta, ToolCallDelta
from codeact_tui.model.retry import RetryPolicy
from codeact_tui.model.scripted import Script, ScriptedModel
from codeact_tui.protocol.turns import Usage
from tests.evals.suites import write_task

USAGE = Usage(100, 10, cost_usd=0.01)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    write_task(tmp_path)
    return read_suite(tmp_path).tasks[0]


async def run(
    task: Task,
    mode: Mode,
    scripts: Sequence[Script],
    *,
    kernel: FakeKernel | None = None,
    action_format: ActionFormat = "execute",
) -> tuple[Trial, ScriptedModel]:
    model = ScriptedModel(scripts)
    asker = Asker(Pace(), RetryPolicy(attempts=3, base_s=0.0))
    episode = Episode(task, mode, model, action_format, asker, Workbench(kernel or FakeKernel()))
    return await episode.run("m"), model


def replies(*texts: str) -> list[Script]:
    return [[TextDelta(text), Finished("stop", USAGE)] for text in texts]


def observed(trial: Trial) -> list[str]:
    return [said.content for said in trial.messages[2:] if said.role == "user"]


async def test_code_acts_with_variables_that_last(task: Task) -> None:
    trial, model = await run(
        task,
        "code",
        replies(
            "I add.\n<execute>\ns = add(3, 4)\n</execute>", "<execute>\nprint(double(s))\n</execute>", "Answer: 14"
        ),
    )
    assert (trial.ending, trial.turns, trial.actions, trial.failed_actions) == ("right", 3, 2, 0)
    assert (trial.input_tokens, trial.output_tokens, round(trial.cost_usd or 0, 6)) == (300, 30, 0.03)
    assert observed(trial) == [
        "Execution Output:\n[The code ran to its end and printed nothing.]",
        "Execution Output:\n14",
    ]
    assert model.requests[0].stop == ("</execute>",)


async def test_json_and_text_call_the_same_tools(task: Task) -> None:
    calls = {
        "json": ('Action: {"tool": "add", "args": [3, 4]} End Action', 'Action: {"tool": "double", "args": {"a": 7}}'),
        "text": ("I add.\nAction: add, 3, 4 End Action", "Action: double, a=7"),
    }
    modes: tuple[Mode, ...] = ("json", "text")
    for mode in modes:
        trial, model = await run(task, mode, replies(*calls[mode], "Answer: 14"))
        assert (trial.ending, trial.turns, trial.actions) == ("right", 3, 2)
        assert observed(trial) == ["Execution Output:\n7", "Execution Output:\n14"]
        assert model.requests[0].stop == ("End Action",)


async def test_every_mode_is_told_of_the_same_tools_and_of_its_own_way(task: Task) -> None:
    told: dict[str, str] = {}
    modes: tuple[Mode, ...] = ("code", "json", "text")
    for mode in modes:
        trial, _ = await run(task, mode, replies("Answer: 14"))
        told[mode] = trial.messages[0].content
        assert trial.messages[1].content == task.instruction
    for text in told.values():
        assert "- add(a: float, b: float) -> float\n  Add two numbers." in text
        assert "_hidden" not in text
        assert "You have 10 replies." in text
    assert "<execute>" in told["code"]
    assert '"tool":' in told["json"]
    assert "tool_name, first, 2" in told["text"]


async def test_a_wrong_answer_is_told_and_may_be_mended(task: Task) -> None:
    trial, _ = await run(task, "code", replies("Answer: 13", "Answer: 14"))
    assert (trial.ending, trial.answer, trial.turns, trial.mended) == ("right", "14", 2, False)
    assert observed(trial) == [WRONG_ANSWER]


async def test_with_one_answer_the_first_is_final(task: Task) -> None:
    once = _limited(task, Limits(answers=1))
    trial, _ = await run(once, "json", replies("Answer: 13"))
    assert (trial.ending, trial.answer, trial.right) == ("wrong", "13", False)


async def test_the_turns_run_out(task: Task) -> None:
    short = _limited(task, Limits(turns=2))
    trial, _ = await run(short, "text", replies("Hm.", "Action: add, 1, 1"))
    assert (trial.ending, trial.turns, trial.actions) == ("turns", 2, 1)
    assert observed(trial)[0] == NO_ACTION
    again, _ = await run(short, "text", replies("Answer: 1", "Answer: 2"))
    assert again.ending == "wrong"


async def test_a_failed_call_says_why_and_a_failed_cell_shows_its_traceback(task: Task) -> None:
    call, _ = await run(task, "text", replies("Action: double, -1", "Action: nothing, 1", "Answer: 14"))
    assert observed(call)[0] == "Execution Output:\nThe call failed. ValueError: only numbers from 0 on"
    assert "no tool named 'nothing'; the tools are add, double" in observed(call)[1]
    assert (call.failed_actions, call.mended) == (2, True)
    cell, _ = await run(task, "code", replies("<execute>\ndouble(-1)\n</execute>", "Answer: 14"))
    assert "Traceback" in observed(cell)[0]
    assert cell.mended


async def test_what_is_no_action_is_told(task: Task) -> None:
    trial, _ = await run(task, "json", replies("Action: add, 1, 2", "Answer: 14"))
    assert observed(trial)[0].startswith("That action is no JSON: ")
    assert trial.actions == 0


async def test_long_output_is_cut_in_its_middle(task: Task) -> None:
    trial, _ = await run(task, "code", replies("<execute>\nprint('x' * 9000)\n</execute>", "Answer: 14"))
    (output,) = observed(trial)
    assert len(output) < 2100
    assert "7,000 characters left out" in output


async def test_a_kernel_that_dies_comes_up_again_with_the_tools(task: Task) -> None:
    kernel = FakeKernel()
    kernel.on("boom()", Die(3))
    scripts = replies("<execute>\nboom()\n</execute>", "<execute>\nprint(add(1, 2))\n</execute>", "Answer: 14")
    trial, _ = await run(task, "code", scripts, kernel=kernel)
    assert "The kernel died" in observed(trial)[0]
    assert observed(trial)[1] == "Execution Output:\n3"
    assert (trial.ending, trial.failed_actions) == ("right", 1)


async def test_each_trial_has_a_fresh_interpreter(task: Task) -> None:
    bench = Workbench(FakeKernel())
    asker = Asker(Pace())
    for _ in range(2):
        model = ScriptedModel(replies("<execute>\nprint('mine' in globals()); mine = 1\n</execute>", "Answer: 14"))
        trial = await Episode(task, "code", model, "execute", asker, bench).run("m")
        assert observed(trial) == ["Execution Output:\nFalse"]


async def test_a_native_tool_call_is_code_as_well(task: Task) -> None:
    call = ToolCallDelta(0, "c1", "run_python", json.dumps({"code": "print(add(3, 4))"}))
    scripts: list[Script] = [[call, Finished("tool_calls")], "Answer: 14"]
    trial, model = await run(task, "code", scripts, action_format="tool")
    assert (trial.ending, trial.actions, trial.cost_usd) == ("right", 1, None)
    assert [message.role for message in model.requests[1].messages] == ["system", "user", "assistant", "tool"]


async def test_a_window_that_is_full_ends_the_trial_and_a_wrong_key_the_run(task: Task) -> None:
    full: Script = [ContextOverflow("full")]
    trial, _ = await run(task, "code", [*replies("<execute>\n1\n</execute>"), full])
    assert (trial.ending, trial.turns) == ("context", 1)
    with pytest.raises(ModelAuthFailed):
        await run(task, "code", [[ModelAuthFailed("no key")]])


async def test_a_request_is_tried_again(task: Task) -> None:
    limited: Script = [ModelRateLimited("slow down", retry_after_s=0.0)]
    trial, model = await run(task, "code", [limited, *replies("Answer: 14")])
    assert (trial.ending, trial.turns, len(model.requests)) == ("right", 1, 2)


async def test_tools_that_fail_to_come_up_are_no_failure_of_the_model(tmp_path: Path) -> None:
    write_task(tmp_path, tools="import nowhere_to_be_found\n\ndef x():\n    'Do.'\n")
    with pytest.raises(SuiteError, match="The tools of sums/twice could not be made: ModuleNotFoundError"):
        await run(read_suite(tmp_path).tasks[0], "code", replies("Answer: 14"))


def _limited(task: Task, limits: Limits) -> Task:
    import msgspec

    return msgspec.structs.replace(task, limits=limits)


async def test_the_common_pace_spaces_requests_and_holds_all_of_them_back() -> None:
    now, slept = [0.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    pace = Pace(60, clock=clock, sleep=sleep)
    for _ in range(3):
        await pace.turn()
    assert (slept, now[0]) == ([1.0, 1.0], 2.0)
    pace.hold(10)
    await pace.turn()
    assert now[0] == 12.0
    free = Pace(clock=clock, sleep=sleep)
    await free.turn()
    await free.turn()
    assert now[0] == 12.0
