"""Suites are read, or it is said what is wrong with them."""

from pathlib import Path

import pytest

from codeact_tui.config.resources import resource
from codeact_tui.evals.base import Limits, SuiteError, ToolDoc
from codeact_tui.evals.suite_folder import read_suite
from tests.evals.suites import SUM_TASK, TOOLS, write_task

SHIPPED = resource("evals/suites") / "many-tools"


def test_a_task_is_read_whole(tmp_path: Path) -> None:
    write_task(tmp_path, SUM_TASK + "[limits]\nturns = 5\n")
    (tmp_path / "suite.toml").write_text('name = "sums"\n[limits]\nseconds = 7\nturns = 9\n', "utf-8")
    suite = read_suite(tmp_path)
    (task,) = suite.tasks
    assert (suite.name, task.id, task.group, task.expected) == ("sums", "sums/twice", "sums", "14")
    assert task.limits == Limits(turns=5, seconds=7)
    assert task.tools == (
        ToolDoc("add", "add(a: float, b: float) -> float", "Add two numbers."),
        ToolDoc("double", "double(a: float) -> float", "Double a number."),
    )


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("expected = 1", "missing required field `instruction`"),
        ("instruction = 'x'", "missing required field `expected`"),
        ("instruction = ' '\nexpected = 1", "the instruction is empty"),
        ("instruction = 'x'\nexpected = 1\nexpcted = 2", "unknown field `expcted`"),
        ("instruction = 'x'\nexpected = 1\ncheck = 'same'", "Invalid enum value 'same'"),
        ("instruction = 'x'\nexpected = 1\ncheck = 'close'", "needs a tolerance"),
        ("instruction = 'x'\nexpected = 1\ntools = '../../../etc/x.py'", "leads out of the suite"),
        ("instruction = 'x'\nexpected = 1\ntools = 'more.py'", "there is no more.py"),
        ("instruction = 'x'\nexpected = 1\ncalls = [[1]]", "each of calls is"),
        ("instruction = 'x'\nexpected = 1\n[limits]\nturn = 3", "unknown field `turn`"),
        ("instruction = 'x'\nexpected = 1\n[limits]\nturns = 0", "a limit is too small"),
        ("instruction = ", "is no TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, task: str, said: str) -> None:
    file = write_task(tmp_path, task)
    with pytest.raises(SuiteError, match=said) as caught:
        read_suite(tmp_path)
    assert str(file) in caught.value.message


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ("def x(:", "is no Python"),
        ("y = 1", "offers no tools"),
        ("def x():\n    return 1", "The tool x in .* has no docstring"),
        ("__all__ = ['z']\ndef x():\n    'Do.'", "lists z in __all__"),
    ],
)
def test_tools_that_can_not_be_used_are_named(tmp_path: Path, tools: str, said: str) -> None:
    write_task(tmp_path, tools=tools)
    with pytest.raises(SuiteError, match=said):
        read_suite(tmp_path)


def test_a_folder_without_tasks_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"There is no task\.toml"):
        read_suite(tmp_path)
    with pytest.raises(SuiteError, match="no folder"):
        read_suite(tmp_path / "none")


def test_a_suite_is_the_same_wherever_it_lies_and_another_when_it_changes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other" / "deeper"
    write_task(one)
    write_task(other)
    assert read_suite(one).sha256 == read_suite(other).sha256
    write_task(other, tools=TOOLS + "\n# more\n")
    assert read_suite(one).sha256 != read_suite(other).sha256


def test_the_shipped_suite_has_tasks_of_every_kind_that_need_several_tools() -> None:
    suite = read_suite(SHIPPED)
    assert len(suite.tasks) >= 60
    groups = {task.group for task in suite.tasks}
    assert groups == {"trade", "travel", "decoding", "biology", "pages", "tables", "dates", "graphs"}
    few = [task.id for task in suite.tasks if len({call.tool for call in task.calls}) < 2]
    assert few == []
    assert len({task.instruction for task in suite.tasks}) == len(suite.tasks)
    assert [task.id for task in suite.tasks if not task.solution or "_codeact" in task.solution] == []
