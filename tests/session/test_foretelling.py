from pathlib import Path

import pytest

from codeact_tui.effects.values import PathValue, Value
from codeact_tui.kernel.answers import NamespaceListing
from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.events import ApprovalRequested, CellFinished, KernelStarted
from codeact_tui.protocol.ops import EditAction, RestartKernel, SubmitPrompt
from codeact_tui.protocol.variables import Variable
from codeact_tui.session.foretelling import shadowing
from codeact_tui.session.live_values import live_values, names_in
from tests.session.bench import act, bench

IMPORT = "import os\nroot = 'data'"
REMOVE = "os.remove(root + '/x')"


async def test_a_question_says_what_the_cell_would_do() -> None:
    async with bench([act(IMPORT), act(REMOVE), "Done."]) as it:
        it.send(SubmitPrompt("clean up"))
        first = await it.until(ApprovalRequested)
        assert (first.effects, first.problem) == ((), "")
        it.approve()
        await it.until(CellFinished)
        second = await it.until(ApprovalRequested, 2)
        assert second.effects == (Effect(1, "delete", "data/x"),)
        it.send(EditAction(second.action, second.revision, "open('y')"))
        third = await it.until(ApprovalRequested, 3)
        assert third.effects == (Effect(1, "read", "y"),)
        assert it.controller.transcript.actions[third.action].request == third


async def test_a_new_kernel_knows_nothing_of_the_cells_before() -> None:
    async with bench([act(IMPORT), "Done.", act(REMOVE)]) as it:
        it.send(SubmitPrompt("look"))
        await it.until(ApprovalRequested)
        it.approve()
        await it.until(lambda: it.controller.state == "idle")
        it.send(RestartKernel())
        await it.until(KernelStarted, 2)
        it.send(SubmitPrompt("clean up"))
        asked = await it.until(ApprovalRequested, 2)
        assert asked.effects == (Effect(1, "delete"),)


async def test_a_long_cell_is_read_off_the_loop() -> None:
    async with bench([act("x = 1\n" * 2000 + "open('a')")]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        assert asked.effects == (Effect(2001, "read", "a"),)


async def test_what_variables_hold_now_counts_more_than_what_the_code_said() -> None:
    code = "open(path)\nopen(where / 'x', 'w')\nrequests.get(url)\nopen(number)\nopen(token)"
    async with bench([act("import requests\npath = 'old'\nnumber = 'n'"), act(code), "Done."]) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        key = "sk-proj-Zq3v9K1xWm7Tt0Rb5Yc8Dn2Lf4Hs6Gj1Pk9Qa3Ue"
        texts = {"path": "data/new.csv", "url": "https://a.org/x?k=1", "token": key}
        variables = [
            *(Variable(name, "str", summary=repr(text)) for name, text in texts.items()),
            Variable("where", "pathlib.PosixPath", summary="/out"),
            Variable("number", "int", summary="7"),
        ]
        it.kernel.listing = NamespaceListing(tuple(variables), len(variables), folder="/project")
        it.approve()
        second = await it.until(ApprovalRequested, 2)
        assert second.effects == (
            Effect(1, "read", "data/new.csv"),
            Effect(2, "write", "/out/x"),
            Effect(3, "network", "a.org"),
            Effect(4, "read"),
            Effect(5, "read"),
        )


@pytest.mark.parametrize(
    ("type_name", "summary", "value"),
    [
        ("str", "'a b'", "a b"),
        ("str", "'" + "x" * 117 + "'", "x" * 117),
        ("str", "'" + "x" * 118 + "'", None),
        ("str", "'xxx'…", None),
        ("str", "__import__('os')", None),
        ("str", "('a', 'b')", None),
        ("mine.str", "'a'", None),
        ("pathlib.PosixPath", "/a/b", PathValue("/a/b")),
        ("pathlib.PosixPath", "/a/b…", None),
        ("pathlib._local.PosixPath", "/a", PathValue("/a")),
        ("int", "7", None),
    ],
)
def test_only_whole_strings_and_paths_are_taken(type_name: str, summary: str, value: Value) -> None:
    variables = [Variable("x", type_name, summary=summary), Variable("y", "str", summary="'y'")]
    assert live_values(variables, names_in("print(x)")) == {"x": value}


def test_modules_in_the_folder_are_found(tmp_path: Path) -> None:
    for name in ("json.py", "random.cpython-311-x86_64-linux-gnu.so", "notes.txt", "a.json"):
        (tmp_path / name).touch()
    for name in ("html", "math", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "math" / "__init__.py").touch()
    assert shadowing(str(tmp_path), "/nonexistent") == {"json", "random", "math"}


async def test_a_module_of_that_name_in_the_folder_is_not_taken_for_harmless(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("import os; os.remove('x')", "utf-8")
    async with bench(
        [act("import json, math"), act("json.dumps(1)\nmath.sqrt(2)"), "Done."], folder=str(tmp_path)
    ) as it:
        it.send(SubmitPrompt("go"))
        first = await it.until(ApprovalRequested)
        assert first.effects == (Effect(1, "unknown", "import json"),)
        it.approve()
        await it.until(CellFinished)
        second = await it.until(ApprovalRequested, 2)
        assert second.effects == (Effect(1, "unknown", "json.dumps"),)


async def test_where_the_kernel_is_counts_for_relative_paths() -> None:
    async with bench([act("open('a')"), act("open('b')"), "Done."]) as it:
        it.kernel.listing = NamespaceListing((), 0, folder="/project")
        it.send(SubmitPrompt("go"))
        first = await it.until(ApprovalRequested)
        assert first.effects == (Effect(1, "read", "a"),)
        it.kernel.listing = NamespaceListing((), 0, folder="/elsewhere")
        it.approve()
        second = await it.until(ApprovalRequested, 2)
        assert second.effects == (Effect(1, "read", "/elsewhere/b"),)
