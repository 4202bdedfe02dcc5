"""The published evaluations, as their authors lay them out; the files here are our own and small."""

import json
from pathlib import Path

import pytest

from codeact_tui.config.schema import Config, SandboxConfig
from codeact_tui.evals.asking import Asker
from codeact_tui.evals.base import Mode, Said, Suite, SuiteError, Task, ToolDoc
from codeact_tui.evals.episode import Episode
from codeact_tui.evals.pace import Pace
from codeact_tui.evals.published import read_api_bank
from codeact_tui.evals.workbench import Workbench
from codeact_tui.evaluating import load_suite
from codeact_tui.model.scripted import ScriptedModel
from codeact_tui.parts import make_kernel

pytestmark = pytest.mark.kernel
UNCONFINED = Config(sandbox=SandboxConfig(mode="off"))

BASE = """
from collections import namedtuple

from tqdm import tqdm

from .repl import Shell

ToolType = namedtuple("ToolType", ["name", "description", "function", "fn_signature"])
task_iterators = []


class Task:
    def __init__(self, name, tools, instruction, expected_output, is_single_tool_task=True):
        self.name, self.tools, self.instruction = name, tools, instruction
        self.expected_output, self.is_single_tool_task = expected_output, is_single_tool_task
        print("a task:", name)
        self.reset()

    def reset(self):
        if callable(self.tools):
            self.tools = self.tools()


def register_task_iterator(tasks, length):
    task_iterators.append((tasks, length))
"""

LIFT = """
from ..base import Task, ToolType, register_task_iterator


class Lift:
    floor = 0

    def up(self):
        self.floor += 1
        return self.floor


def make():
    return {"up": ToolType("up", "Goes up by a floor.", Lift().up, "up() -> int")}


TASKS = [
    Task("lift/two", make, "Go up twice. On which floor is it?", 2, False),
    Task("lift/list", make, "Which floors does it pass?", [1, 2.5], False),
]
register_task_iterator(TASKS, len(TASKS))
"""


@pytest.fixture
def m3tooleval(tmp_path: Path) -> Path:
    tasks = tmp_path / "m3" / "tasks"
    (tasks / "impl").mkdir(parents=True)
    (tasks / "base.py").write_text(BASE, "utf-8")
    (tasks / "repl.py").write_text("from IPython.core.interactiveshell import InteractiveShell as Shell\n", "utf-8")
    (tasks / "__init__.py").write_text("from .base import Task\nfrom .impl import lift\n", "utf-8")
    (tasks / "impl" / "__init__.py").write_text("", "utf-8")
    (tasks / "impl" / "lift.py").write_text(LIFT, "utf-8")
    return tmp_path / "m3"


API = '''
class API:
    """The root."""
'''

CHECK_TOKEN = """
from apis.api import API
import a_package_that_nobody_has


class Elsewhere(API):
    description = "Not asked for."
    input_parameters = {}
"""

TOKENS = """
from .api import API


class CheckToken(API):
    description = "Checks a token."
    input_parameters = {"token": {"type": "str", "description": "The token."}}
    database_name = "Users"

    def __init__(self, init_database=None):
        self.database = init_database or {}

    def check_token(self, token):
        for name, user in self.database.items():
            if user["token"] == token:
                return name
        raise Exception("The token is invalid.")
"""

LAMPS = """
from apis.api import API


class SetLamp(API):
    description = "Sets a lamp."
    input_parameters = {
        "token": {"type": "str", "description": "Who asks."},
        "percent": {"type": "int", "description": "How bright."},
    }
    output_parameters = {"status": {"type": "str"}}
    database_name = "Lamps"

    def __init__(self, init_database=None, token_checker=None):
        self.database, self.token_checker = init_database or {}, token_checker

    def check_api_call_correctness(self, response, groundtruth):
        return response == groundtruth

    def call(self, token, percent):
        given = {"token": token, "percent": percent}
        try:
            user = self.token_checker.check_token(token)
            output, exception = "%s of %s: %s" % (self.database["lamp"], user, percent), None
        except Exception as error:
            output, exception = None, str(error)
        return {"api_name": "SetLamp", "input": given, "output": output, "exception": exception}
"""

RESULT = {
    "api_name": "SetLamp",
    "input": {"token": "t1", "percent": 40},
    "output": "hall of ann: 40",
    "exception": None,
}
TALK = [
    {"role": "User", "text": "Dim the lamp to 40 percent."},
    {"role": "User", "text": "My token is t1."},
    {"role": "AI", "text": "At once."},
    {"role": "API", "api_name": "SetLamp", "param_dict": {"token": "t1", "percent": "40"}, "result": RESULT},
    {"role": "AI", "text": "Done. Again?"},
    {"role": "User", "text": "Yes."},
    {"role": "API", "api_name": "SetLamp", "param_dict": {"token": "t1", "percent": "40"}, "result": RESULT},
]


@pytest.fixture
def api_bank(tmp_path: Path) -> Path:
    bank = tmp_path / "bank"
    talks = bank / "lv1-lv2-samples" / "level-1-given-desc"
    talks.mkdir(parents=True)
    (bank / "apis").mkdir()
    (bank / "init_database").mkdir()
    files = {"api": API, "a_heavy_one": CHECK_TOKEN, "check_token": TOKENS, "set_lamp": LAMPS, "__init__": "1 / 0"}
    for name, source in files.items():
        (bank / "apis" / f"{name}.py").write_text(source, "utf-8")
    (bank / "init_database" / "Users.json").write_text(json.dumps({"ann": {"token": "t1"}}), "utf-8")
    (bank / "init_database" / "Lamps.json").write_text(json.dumps({"lamp": "hall"}), "utf-8")
    lines = "\n".join(json.dumps(turn) for turn in TALK)
    (talks / "SetLamp-level-1-1.jsonl").write_text(lines + "\n", "utf-8")
    (talks / "SetLamp-level-2-1.jsonl").write_text(lines + "\n", "utf-8")
    return bank


async def ended(suite: Suite, folder: Path, *trials: tuple[Task, Mode, str | tuple[str, ...]]) -> list[str]:
    bench = Workbench(make_kernel(UNCONFINED, folder))
    try:
        found: list[str] = []
        for task, mode, said in trials:
            model = ScriptedModel([said] if isinstance(said, str) else said)
            trial = await Episode(task, mode, model, "execute", Asker(Pace()), bench).run("m")
            found.append(trial.ending)
        return found
    finally:
        await bench.close()


async def test_m3tooleval_is_imported_in_a_kernel_and_its_tools_keep_their_state(m3tooleval: Path) -> None:
    suite = await load_suite(str(m3tooleval), UNCONFINED)
    assert suite.name == "M3ToolEval"
    two, listed = suite.tasks
    assert (two.id, two.group, two.expected, two.limits.turns) == ("lift/two", "lift", "2", 10)
    assert two.tools == (ToolDoc("up", "up() -> int", "Goes up by a floor."),)
    assert listed.expected == "[1, 2.5]"
    calls = ("Action: up End Action", "Action: up End Action", "Answer: 2")
    assert await ended(suite, m3tooleval, (two, "text", calls)) == ["right"]


async def test_m3tooleval_that_can_not_be_imported_is_said_so(m3tooleval: Path) -> None:
    (m3tooleval / "tasks" / "impl" / "lift.py").write_text("import a_package_that_nobody_has", "utf-8")
    with pytest.raises(SuiteError, match=r"can't be imported: ModuleNotFoundError: No module named 'a_package"):
        await load_suite(str(m3tooleval), UNCONFINED)


async def test_api_bank_asks_for_one_call_and_lets_the_interface_judge(api_bank: Path) -> None:
    suite = await load_suite(str(api_bank), UNCONFINED)
    first, second = suite.tasks
    assert (first.id, first.group, first.ends) == ("SetLamp-level-1-1-3", "SetLamp", "action")
    assert first.history == (
        Said("user", "Dim the lamp to 40 percent.\nMy token is t1."),
        Said("assistant", "At once."),
    )
    assert second.history[1:] == (
        Said("assistant", "At once.\n[Called SetLamp(token='t1', percent='40')]"),
        Said("user", "Response: hall of ann: 40"),
        Said("assistant", "Done. Again?"),
        Said("user", "Yes."),
    )
    assert first.tools[0].signature == "SetLamp(token: str, percent: int)"
    right = await ended(
        suite,
        api_bank,
        (first, "code", "<execute>\nSetLamp(token='t1', percent='40')\n</execute>"),
        (first, "json", 'Action: {"tool": "SetLamp", "args": {"token": "t1", "percent": 40}} End Action'),
        (second, "text", "Action: SetLamp, token=t1, percent=41 End Action"),
    )
    assert right == ["right", "right", "wrong"]


def test_api_bank_with_a_call_of_nothing_is_named(api_bank: Path) -> None:
    (api_bank / "apis" / "set_lamp.py").unlink()
    with pytest.raises(SuiteError, match=r"SetLamp-level-1-1.jsonl: SetLamp is in none of the files"):
        read_api_bank(api_bank)
    talk = api_bank / "lv1-lv2-samples" / "level-1-given-desc" / "SetLamp-level-1-1.jsonl"
    talk.write_text("{", "utf-8")
    with pytest.raises(SuiteError, match="can't be read"):
        read_api_bank(api_bank)
    talk.unlink()
    with pytest.raises(SuiteError, match="no tasks of API-Bank"):
        read_api_bank(api_bank)
