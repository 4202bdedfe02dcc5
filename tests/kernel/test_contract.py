"""What every kernel does: the same suite over the fake and over a real ipykernel."""

import asyncio
from pathlib import Path

import pytest

from codeact_tui.errors import KernelDied, KernelError, KernelNotReady
from codeact_tui.kernel.answers import CodeInspection, InputRequest
from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import ClearOutput, DisplayData, ErrorOutput, StreamOutput, UpdateDisplay
from codeact_tui.protocol.variables import TablePart, Variable, VariableHistogram, VariablePicture, VariableTable
from tests.kernel.conftest import DEADLY
from tests.kernel.helpers import DEADLINE_S, Cells, Listener

FOREVER = "print('begun', flush=True)\nwhile True: pass"


async def test_streams_come_in_order(cells: Cells) -> None:
    code = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c', end='')\nprint('d')"
    result = await cells.run(code)
    assert (result.status, result.execution_count) == ("ok", 1)
    assert cells.merged == [
        StreamOutput("stdout", "a\n"),
        StreamOutput("stderr", "b\n"),
        StreamOutput("stdout", "cd\n"),
    ]


async def test_the_last_value_is_a_result(cells: Cells) -> None:
    assert [(await cells.run(code)).execution_count for code in ("6 * 7", "x = 1", "x")] == [1, 2, 3]
    assert cells.results == ["42", "1"]


async def test_displays_are_shown_updated_and_cleared(cells: Cells) -> None:
    await cells.run(
        "from IPython.display import clear_output\n"
        "print('before')\nh = display('one', display_id='d')\nh.update('two')\nclear_output(wait=True)\nprint('after')"
    )
    assert cells.merged == [
        StreamOutput("stdout", "before\n"),
        DisplayData({"text/plain": "'one'"}, {}, "d"),
        UpdateDisplay("d", {"text/plain": "'two'"}),
        ClearOutput(wait=True),
        StreamOutput("stdout", "after\n"),
    ]


async def test_an_exception_is_an_output_and_a_status(cells: Cells) -> None:
    result = await cells.run("print('first')\n1 / 0")
    error = cells.outputs[-1]
    assert result.status == "error"
    assert isinstance(error, ErrorOutput)
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    assert any("1 / 0" in line or "division by zero" in line for line in error.traceback)


async def test_input_and_getpass_are_answered(kernel: Kernel) -> None:
    cells = Cells(kernel, ["Ada", "s3cret"])
    result = await cells.run("import getpass\nprint('hi', input('Name? '), len(getpass.getpass('Key: ')))")
    assert result.status == "ok"
    assert cells.requests == [InputRequest("Name? "), InputRequest("Key: ", password=True)]
    assert cells.text == "hi Ada 6\n"


async def test_what_was_printed_comes_before_the_question(kernel: Kernel) -> None:
    cells = Cells(kernel)
    running = asyncio.create_task(cells.run("print('pick one')\ninput('> ')"))
    await cells.until(lambda: cells.requests)
    assert cells.text == "pick one\n"
    await kernel.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_stops_the_cell_and_not_the_kernel(cells: Cells) -> None:
    running = asyncio.create_task(cells.run(FOREVER))
    await cells.until(lambda: "begun" in cells.text)
    await cells.kernel.interrupt()
    assert (await running).status == "interrupted"
    assert cells.errors == ["KeyboardInterrupt"]
    assert (await cells.run("1 + 1")).status == "ok"


async def test_an_interrupt_right_after_the_start_is_not_lost(cells: Cells) -> None:
    running = asyncio.create_task(cells.run("import time\ntime.sleep(600)"))
    await asyncio.sleep(0)
    await cells.kernel.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_without_a_cell_does_nothing(cells: Cells) -> None:
    await cells.kernel.interrupt()
    assert (await cells.run("1 + 1")).status == "ok"


async def test_a_cell_is_stopped_when_its_time_is_over(cells: Cells) -> None:
    result = await cells.run("import time\ntime.sleep(600)", timeout_s=0.2)
    assert result.status == "timeout"
    assert 0.15 < result.seconds < 600


async def test_time_spent_waiting_for_an_answer_does_not_count(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Cells):
        async def answer(self, request: InputRequest) -> str:
            loop = asyncio.get_running_loop()
            begun, late = loop.time, asyncio.Event()
            monkeypatch.setattr(loop, "time", lambda: begun() + DEADLINE_S / 2)
            loop.call_later(0, late.set)  # rings after what was to ring by then
            await late.wait()
            return await super().answer(request)

    cells = Slow(kernel, ["there"])
    result = await cells.run("print(input())", timeout_s=DEADLINE_S / 2)
    assert (result.status, cells.text) == ("ok", "there\n")


@pytest.mark.parametrize("code", DEADLY)
async def test_death_is_noticed_within_a_second(kernel: Kernel, listener: Listener, code: str) -> None:
    how, exit_code = DEADLY[code]
    with pytest.raises(KernelDied) as died:
        async with asyncio.timeout(DEADLINE_S):  # a second, on a machine that does nothing else
            await Cells(kernel).run(code)
    await listener.until(lambda: listener.deaths)
    assert (listener.deaths, died.value.exit_code) == ([how], exit_code)
    assert how in died.value.message
    assert listener.states[-1] == "dead"
    with pytest.raises((KernelNotReady, KernelDied)):
        await Cells(kernel).run("1")
    with pytest.raises(KernelError):
        await kernel.variables()


async def test_after_a_death_it_can_be_started_again(kernel: Kernel, listener: Listener) -> None:
    with pytest.raises(KernelDied):
        await Cells(kernel).run("import os; os._exit(3)")
    await kernel.start(listener)
    cells = Cells(kernel)
    assert (await cells.run("1 + 1")).execution_count == 1
    assert cells.results == ["2"]


async def test_a_restart_forgets_everything_and_ends_what_runs(kernel: Kernel, listener: Listener) -> None:
    cells = Cells(kernel)
    await cells.run("x = 1")
    running = asyncio.create_task(cells.run(FOREVER))
    await cells.until(lambda: "begun" in cells.text)
    info = await kernel.restart()
    assert info.version
    with pytest.raises(KernelDied):
        await running
    assert (await cells.run("x")).status == "error"
    assert cells.errors == ["NameError"]
    assert listener.deaths == []
    assert "restarting" in listener.states
    assert listener.states[-1] == "idle"


async def test_cells_behind_an_error_are_aborted(kernel: Kernel, tmp_path: Path) -> None:
    first, second, go = Cells(kernel), Cells(kernel), tmp_path / "go"
    code = (
        f"import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n1 / 0"
    )
    tasks = [asyncio.create_task(first.run(code)), asyncio.create_task(second.run("print('never')"))]
    await first.until(lambda: "begun" in first.text)
    await kernel.variables()  # asked after the second cell was sent: that has come, too
    go.touch()
    assert [(await task).status for task in tasks] == ["error", "aborted"]
    assert second.outputs == []


async def test_the_state_is_told(cells: Cells, listener: Listener) -> None:
    await cells.run("1")
    await cells.run("1 / 0")
    assert listener.states == ["starting", "idle", "busy", "idle", "busy", "idle"]


async def test_a_cell_tells_what_it_did_to_the_variables(cells: Cells, listener: Listener) -> None:
    await cells.run("a = 1; b = [1, 2]; _hidden = 3; import math\ndef f(): pass")
    await listener.until(lambda: len(listener.diffs) == 1)
    await cells.run("b.append(3); a = 1; del a; c = 'new'")
    await listener.until(lambda: len(listener.diffs) == 2)
    first, second = listener.diffs
    assert {variable.name for variable in first.added} == {"a", "b"}
    assert (first.changed, first.removed, first.total, first.cut) == ((), (), 2, False)
    assert [variable.name for variable in second.added] == ["c"]
    assert [(variable.name, variable.summary, variable.shape) for variable in second.changed] == [
        ("b", "[1, 2, 3]", (3,))
    ]
    assert (second.removed, second.total) == (("a",), 2)


async def test_a_cell_that_changes_nothing_tells_nothing(cells: Cells, listener: Listener) -> None:
    await cells.run("x = 1")
    await listener.until(lambda: len(listener.diffs) == 1)
    await cells.run("x")
    await cells.run("y = 2")
    await listener.until(lambda: len(listener.diffs) == 2)
    assert [variable.name for variable in listener.diffs[1].added] == ["y"]


async def test_variables_are_listed_while_a_cell_runs(cells: Cells) -> None:
    await cells.run("a = 1; b = 'two'; import math")
    running = asyncio.create_task(cells.run(FOREVER))
    await cells.until(lambda: "begun" in cells.text)
    listing = await cells.kernel.variables()
    assert [(variable.name, variable.type_name, variable.summary) for variable in listing.variables] == [
        ("b", "str", "'two'"),
        ("a", "int", "1"),
    ]
    assert (listing.total, listing.cut) == (2, False)
    everything = await cells.kernel.variables(include_all=True)
    assert "math" in {variable.name for variable in everything.variables}
    detail = await cells.kernel.inspect("b")
    assert detail.text == "two"
    await cells.kernel.interrupt()
    assert (await running).status == "interrupted"


async def test_a_variable_can_be_looked_into(cells: Cells) -> None:
    await cells.run("d = {'k': [1, {'deep': 5}]}")
    detail = await cells.kernel.inspect("d")
    assert isinstance(detail.variable, Variable)
    assert [(node.label, node.type_name, node.expandable) for node in detail.nodes] == [("'k'", "list", True)]
    deeper = await cells.kernel.inspect("d", (*detail.nodes[0].path, 1))
    assert [(node.label, node.summary) for node in deeper.nodes] == [("'deep'", "5")]
    gone = await cells.kernel.inspect("nowhere")
    assert "nowhere" in gone.error


async def test_a_table_comes_in_windows_and_sorted_while_a_cell_runs(cells: Cells) -> None:
    await cells.run("import pandas as pd\ndf = pd.DataFrame({'n': [2, 3, 1] * 500, 's': ['b', None, 'a'] * 500})")
    running = asyncio.create_task(cells.run(FOREVER))
    await cells.until(lambda: "begun" in cells.text)
    part = TablePart(rows=2, first_column=1, columns=1)
    table = (await cells.kernel.inspect("df", (), 1498, part)).table
    assert table is not None
    assert (table.columns, table.index, table.missing) == (("s",), ("1498", "1499"), (0,))
    for descending, index in ((False, ("2", "5")), (True, ("1498", "1495"))):
        part = TablePart(rows=2, sort=0, descending=descending)
        table = await _sorted(cells.kernel, "df", part)
        assert (table.index, table.problem) == (index, "")
    figures = await cells.kernel.inspect("df", (), 0, TablePart(figures=0))
    assert dict(figures.statistics)["max"] == "3"
    assert figures.histogram == VariableHistogram((500, 500, 500), "1", "3")
    await cells.kernel.interrupt()
    assert (await running).status == "interrupted"


async def test_an_order_is_found_anew_after_a_cell(cells: Cells) -> None:
    await cells.run("import pandas as pd\ndf = pd.DataFrame({'n': [2, 3, 1]})")
    part = TablePart(sort=0)
    assert (await _sorted(cells.kernel, "df", part)).index == ("2", "0", "1")
    await cells.run("df.loc[2, 'n'] = 9")
    assert (await _sorted(cells.kernel, "df", part)).index == ("0", "1", "2")


async def _sorted(kernel: Kernel, name: str, part: TablePart) -> VariableTable:
    while True:
        table = (await kernel.inspect(name, (), 0, part)).table
        assert table is not None
        if not table.sorting:
            return table


async def test_an_image_is_sent_as_pixels(cells: Cells) -> None:
    await cells.run("import numpy as np\nimage = np.zeros((4, 6, 3), dtype='u1')")
    detail = await cells.kernel.inspect("image")
    assert detail.picture == VariablePicture(6, 4, "A" * 96)


async def test_names_are_completed(cells: Cells) -> None:
    await cells.run("import sys")
    found = await cells.kernel.complete("print(sys.path_h", 16)
    assert "path_hooks" in {match.rsplit(".", 1)[-1] for match in found.matches}
    assert found.end == 16


async def test_completion_needs_no_end_of_the_running_cell_and_runs_nothing(cells: Cells) -> None:
    await cells.run(
        "class Trap:\n"
        "    def __dir__(self): print('asked')\n"
        "    def __getattr__(self, name): print('asked')\n"
        "    @property\n"
        "    def pulled(self): print('asked')\n"
        "trap = Trap()\n"
        "trap.prepared = 1\n"
        "table = {'north': 1, 'south': 2}"
    )
    running = asyncio.create_task(cells.run(FOREVER))
    await cells.until(lambda: "begun" in cells.text)
    found = await cells.kernel.complete("trap.p", 6)
    assert dict(zip(found.matches, found.kinds, strict=True)) == {"prepared": "int", "pulled": "property"}
    assert (found.start, found.end) == (5, 6)
    assert (await cells.kernel.complete("table['n", 8)).matches == ("north']",)
    await cells.kernel.interrupt()
    await running
    assert "asked" not in cells.text


async def test_a_call_is_told_of_while_it_is_written(cells: Cells) -> None:
    await cells.run("def area(width, height=2, *, unit='cm'):\n    'Multiply. Carefully.'\n    return width * height")
    code = "x = area(3, "
    found = await cells.kernel.inspect_code(code, len(code))
    assert found == CodeInspection("area", "function", ("width", "height=2", "*", "unit='cm'"), 1, "Multiply")
    keyword = "area(3, unit="
    assert (await cells.kernel.inspect_code(keyword, len(keyword))).active == 3
    assert await cells.kernel.inspect_code("nowhere(", 8) == CodeInspection()


async def test_the_running_line_is_told(cells: Cells) -> None:
    code = "\n\nimport time\ndef work():\n    print('begun')\n    while True:\n        time.sleep(0.01)\n\nwork()"
    assert (await cells.kernel.progress()).line == 0
    running = asyncio.create_task(cells.run(code))
    await cells.until(lambda: "begun" in cells.text)
    lines: set[int] = set()
    async with asyncio.timeout(DEADLINE_S):
        while 7 not in lines:
            lines.add((await cells.kernel.progress(memory=False)).line)
    assert lines <= {5, 6, 7}
    await cells.kernel.interrupt()
    assert (await running).status == "interrupted"
    assert (await cells.kernel.progress()).line == 0


async def test_the_memory_is_told(cells: Cells) -> None:
    assert (await cells.kernel.progress()).memory_bytes > 100_000
    assert (await cells.kernel.progress(memory=False)).memory_bytes == 0


async def test_a_lot_of_output_all_arrives_in_pieces(cells: Cells) -> None:
    await cells.run("for i in range(20000): print('line', i)\nprint('x' * 300_000)")
    assert cells.text == "".join(f"line {i}\n" for i in range(20000)) + "x" * 300_000 + "\n"
    assert all(len(output.text) <= 65536 for output in cells.outputs if isinstance(output, StreamOutput))


async def test_control_sequences_in_output_are_dropped(cells: Cells) -> None:
    await cells.run("print('\\x1b[31mred\\x1b[0m\\x1b]52;c;aGk=\\x07 \\x1b[2Jend')")
    assert cells.text == "\x1b[31mred\x1b[0m end\n"


async def test_waiting_for_a_cell_can_be_called_off(cells: Cells, listener: Listener) -> None:
    running = asyncio.create_task(cells.run("import time\nprint('begun', flush=True)\ntime.sleep(600)"))
    await cells.until(lambda: "begun" in cells.text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert listener.states[-1] == "busy"
    await cells.kernel.interrupt()
    await listener.until(lambda: listener.states[-1] == "idle")
    assert (await cells.run("1 + 1")).status == "ok"


@pytest.mark.parametrize("kind", ["fake", pytest.param("jupyter", marks=pytest.mark.kernel)])
async def test_nothing_can_be_asked_before_the_start(kind: str, tmp_path: Path) -> None:
    kernel: Kernel = FakeKernel() if kind == "fake" else JupyterKernel(tmp_path)
    with pytest.raises(KernelNotReady):
        await Cells(kernel).run("1")
    with pytest.raises(KernelNotReady):
        await kernel.variables()
    await kernel.interrupt()
    await kernel.shutdown()
    await kernel.shutdown()
