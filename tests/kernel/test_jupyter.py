"""What only a real kernel does: its process, its environment, its limits."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from codeact_tui.errors import KernelDied, KernelStartFailed
from codeact_tui.kernel.base import Kernel
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, StreamOutput
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.variables import TablePart
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from codeact_tui.sandbox.policy import CheckpointLimits
from codeact_tui.sandbox.provisioner import CodeActProvisioner
from tests.kernel.helpers import Cells, Listener, eventually
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = pytest.mark.kernel


def test_importing_the_adapter_costs_little() -> None:
    code = "import sys, codeact_tui.kernel.jupyter; print([m for m in ('jupyter_client', 'zmq') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_no_key_can_be_read_from_a_cell(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    monkeypatch.setenv("MY_DATA", "wanted")
    kernel = JupyterKernel(tmp_path, extra_names=("MY_DATA",))
    await kernel.start(listener)
    cells = Cells(kernel)
    await cells.run(
        "import os, subprocess\n"
        "print('sk-hidden' in repr(dict(os.environ)), os.environ['MY_DATA'])\n"
        "print('sk-hidden' in subprocess.run(['env'], capture_output=True, text=True).stdout)"
    )
    await kernel.shutdown()
    assert cells.text == "False wanted\nFalse\n"


async def test_cells_run_in_the_project_and_see_nothing_of_ours(tmp_path: Path, jupyter: Kernel) -> None:
    (tmp_path / "mymodule.py").write_text("ANSWER = 42\n")
    (tmp_path / "values.py").write_text("OURS = False\n")
    cells = Cells(jupyter)
    await cells.run(
        "import os, sys, mymodule, values\n"
        "print(os.getcwd(), sys.path[0] == '', mymodule.ANSWER, values.OURS, sys.argv)\n"
        "print([entry for entry in sys.path if 'kernel/inside' in entry])\n"
        "print([name for name in globals() if 'codeact' in name.lower()], __name__)"
    )
    assert cells.text == f"{tmp_path} True 42 False ['']\n[]\n[] __main__\n"


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the system does not list its sockets there")
async def test_the_list_of_variables_says_where_the_kernel_is(tmp_path: Path, jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import os; os.mkdir('below'); os.chdir('below')")
    assert (await jupyter.variables()).folder == os.path.realpath(tmp_path / "below")  # noqa: ASYNC240
    await cells.run("os.rmdir('../below')")
    assert (await jupyter.variables()).folder == ""


async def test_the_kernel_listens_on_no_tcp_port(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run(
        "import os\n"
        "links = [f'/proc/self/fd/{name}' for name in os.listdir('/proc/self/fd')]\n"
        "mine = {os.readlink(link) for link in links if os.path.islink(link)}\n"
        "tables = [open(f'/proc/self/net/{name}').read() for name in ('tcp', 'tcp6', 'udp')]\n"
        "inodes = {f'socket:[{line.split()[9]}]' for table in tables for line in table.splitlines()[1:]}\n"
        "print(any(name.startswith('socket:') for name in mine), mine & inodes)"
    )
    assert cells.text == "True set()\n"


async def test_nothing_is_written_to_the_users_ipython_folder(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-first.py").write_text("started = True\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    kernel = JupyterKernel(tmp_path)
    await kernel.start(listener)
    cells = Cells(kernel)
    await cells.run("'started' in globals(), In[-1][:9]")
    await kernel.shutdown()
    assert cells.results == ["(False, \"'started'\")"]
    assert [path.name for path in (tmp_path / "home").rglob("*") if path.is_file()] == ["00-first.py"]


async def test_exit_ends_the_cell_and_not_the_kernel(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("x = 1")
    for code in ("exit()\nx = 2", "quit()\nx = 2", "import sys\nsys.exit(3)\nx = 2", "raise SystemExit"):
        assert (await cells.run(code)).status == "error", code
    assert "The kernel goes on" in next(output.evalue for output in cells.outputs if isinstance(output, ErrorOutput))
    await cells.run("x")
    assert cells.results == ["1"]


async def test_output_below_python_is_captured_in_order(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run(
        "import os, subprocess, sys\n"
        "print('one')\nos.system('echo two')\nprint('three')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"four\")'])\n"
        "os.write(1, 'fünf\\n'.encode())\n"
        "subprocess.run(['echo', 'six'], stdout=sys.stdout)\nprint('seven')\n"
        "os.write(2, b'eight\\n');"
    )
    assert cells.text.split() == ["one", "two", "three", "four", "fünf", "six", "seven", "eight"]
    assert cells.merged[-1] == StreamOutput("stderr", "eight\n")


async def test_forked_children_print_and_end_with_their_cell(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run(
        "import multiprocessing as mp, os\n"
        "def work(n): print('child', n); return n * n\n"
        "with mp.get_context('fork').Pool(2) as pool: print(sum(pool.map(work, [1, 2, 3])))\n"
        "pid = os.fork()\n"
        "if pid == 0: print('forked')\n"
        "else: os.waitpid(pid, 0); print('parent')"
    )
    streams = [output for output in cells.outputs if isinstance(output, StreamOutput)]
    printed = "".join(stream.text for stream in streams if stream.name == "stdout")
    assert sorted(printed.splitlines()) == ["14", "child 1", "child 2", "child 3", "forked", "parent"]
    assert (await cells.run("print('alive')")).status == "ok"
    assert cells.text.endswith("alive\n")


async def test_the_last_words_before_a_death_are_heard(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    with pytest.raises(KernelDied):
        await cells.run("import os\nprint('last words', flush=True)\nos._exit(1)")
    assert cells.text == "last words\n"


async def test_output_that_comes_late_is_handed_to_its_cell(jupyter: Kernel) -> None:
    first = Cells(jupyter)
    await first.run(
        "import threading\ngo = threading.Event()\n"
        "threading.Thread(target=lambda: (go.wait(), print('late'))).start()\nprint('early')"
    )
    second = Cells(jupyter)
    await second.run("print('second')\nthreading.Timer(0.2, go.set).start()")
    await second.until(lambda: "late" in second.text + first.text)
    assert (first.text, second.text) == ("early\n", "second\nlate\n")


async def test_a_runaway_loop_is_held_to_the_quota_and_its_end_is_kept(tmp_path: Path, listener: Listener) -> None:
    kernel = JupyterKernel(tmp_path, cell_bytes=1 << 20)
    await kernel.start(listener)
    cells = Cells(kernel)
    await cells.run("for i in range(300_000): print('line', i)\nprint('the end')")
    assert len(cells.text) < 1_300_000
    assert cells.text.startswith("line 0\nline 1\n")
    assert cells.text.endswith("line 299999\nthe end\n")
    assert "More than 1 MiB" in cells.text
    assert "bytes left out" in cells.text
    after = Cells(kernel)
    await after.run("print('next')")
    await kernel.shutdown()
    assert after.text == "next\n"


async def test_one_giant_line_comes_in_pieces(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("print('ä' * 5_000_000)")
    assert cells.text == "ä" * 5_000_000 + "\n"
    assert max(len(output.text) for output in cells.outputs if isinstance(output, StreamOutput)) <= 65536


async def test_a_display_that_is_too_large_is_named(tmp_path: Path, listener: Listener) -> None:
    kernel = JupyterKernel(tmp_path, display_bytes=1 << 20)
    await kernel.start(listener)
    cells = Cells(kernel)
    await cells.run("display({'image/png': 'A' * 5_000_000, 'text/plain': 'small'}, raw=True)")
    await cells.run("'y' * 3_000_000")
    # past our publisher, as a cell could
    await cells.run(
        "kernel = get_ipython().kernel\n"
        "content = {'data': {'text/html': 'h' * 50_000_000}, 'metadata': {}, 'transient': {}}\n"
        "kernel.session.send(kernel.iopub_socket, 'display_data', content, kernel.get_parent('shell'));"
    )
    assert (await cells.run("1")).status == "ok"
    await kernel.shutdown()
    display, result, forced, _ = cells.outputs
    assert isinstance(display, DisplayData)
    assert list(display.data) == ["text/plain"]
    assert display.data["text/plain"].startswith("[image/png of 4.8 MiB left out")
    assert isinstance(result, ExecuteResult)
    assert len(result.data["text/plain"]) < 300_000
    assert isinstance(forced, DisplayData)
    assert forced.data["text/plain"].startswith("[A display of 47.7 MiB was left out")


async def test_malformed_and_forged_messages_are_dropped(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run(
        "kernel = get_ipython().kernel\n"
        "parent = kernel.get_parent('shell')\n"
        "def send(kind, content): kernel.session.send(kernel.iopub_socket, kind, content, parent)\n"
        "send('stream', {'name': 'nosuch', 'text': 5})\n"
        "send('display_data', {'data': [1, 2]})\n"
        "send('status', {'execution_state': {'deep': [[[[1]]]]}})\n"
        "send('codeact_variables', {'added': 'everything'})\n"
        "send('error', {'ename': None, 'traceback': 'x'})\n"
        "kernel.iopub_socket.send_multipart([b'junk'])\n"
        "kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', b'bad', b'{}', b'{}', b'{}', b'{}'])\n"
        "kernel.iopub_socket.send_multipart([b'\\xff'] * 50)\n"
        "print('still here')"
    )
    assert cells.merged == [StreamOutput("stdout", "still here\n")]
    assert (await cells.run("1 + 1")).status == "ok"


async def test_plots_come_as_images(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);")
    images = [output for output in cells.outputs if isinstance(output, DisplayData) and "image/png" in output.data]
    assert len(images) == 1
    assert images[0].data["image/png"].startswith("iVBOR")


async def test_help_is_shown_as_output(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("len?")
    assert any(isinstance(output, DisplayData) and "Return the number" in str(output.data) for output in cells.outputs)


async def test_shell_lines_and_magics_work(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("!echo from the shell\nout = !echo captured\nprint(out[0])\n%pwd")
    assert plain_text(cells.text) == "from the shell\ncaptured\n"


async def test_variables_that_try_to_run_code_are_only_looked_at(jupyter: Kernel, listener: Listener) -> None:
    cells = Cells(jupyter)
    await cells.run(
        "ran = []\n"
        "class Meta(type):\n"
        "    __module__ = property(lambda cls: ran.append('meta'))\n"
        "    def __eq__(cls, other): ran.append('eq'); return True\n"
        "    __hash__ = None\n"
        "class Trap(metaclass=Meta):\n"
        "    __class__ = property(lambda self: ran.append('class'))\n"
        "    def __getattribute__(self, name): ran.append(name)\n"
        "    def __repr__(self): ran.append('repr')\n"
        "    def __len__(self): ran.append('len')\n"
        "trap = Trap()\nbox = [trap, {'t': trap}]"
    )
    await listener.until(lambda: listener.diffs)
    await jupyter.variables(include_all=True)
    await jupyter.inspect("trap")
    await jupyter.inspect("box")
    await cells.run("ran")
    assert cells.results == ["[]"]


async def test_many_variables_and_a_large_array_are_listed_behind_the_next_cell(
    jupyter: Kernel, listener: Listener
) -> None:
    cells = Cells(jupyter)
    await cells.run("import numpy as np\nbig = np.empty(2_000_000_000, dtype='u1')")
    await cells.run("for i in range(10_000): globals()[f'v{i}'] = [i, str(i)]")
    result = await cells.run("1 + 1")
    assert result.status == "ok"
    await listener.until(lambda: listener.diffs and listener.diffs[-1].total == 10_002)
    listing = await jupyter.variables()
    assert listing.total == 10_002
    detail = await jupyter.inspect("big")
    assert dict(detail.statistics)["bytes"] == "2,000,000,000"


async def test_a_long_sort_holds_up_neither_questions_nor_cells(jupyter: Kernel) -> None:
    cells = Cells(jupyter)
    await cells.run("import numpy as np\nbig = np.random.default_rng(0).normal(size=8_000_000)")
    part = TablePart(rows=1, sort=0, as_table=True)
    table = (await jupyter.inspect("big", (), 0, part)).table
    assert table is not None
    assert table.sorting
    await jupyter.progress()
    assert (await cells.run("1 + 1")).status == "ok"
    while table.sorting:
        table = (await jupyter.inspect("big", (), 0, part)).table
        assert table is not None
    await cells.run("print(int(big.argmin()))")
    assert table.index == (cells.text.strip(),)


async def test_a_python_that_can_not_start_a_kernel_explains_itself(tmp_path: Path, listener: Listener) -> None:
    broken = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    (broken / "ipykernel-7.0.0.dist-info").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr\n")
    script = tmp_path / ".venv" / "bin" / "python"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'No module named ipykernel' >&2\nexit 7\n")
    script.chmod(0o755)
    kernel = JupyterKernel(tmp_path)
    with pytest.raises(KernelStartFailed) as failed:
        await kernel.start(listener)
    assert "exit code 7" in failed.value.message
    assert "No module named ipykernel" in failed.value.message
    assert listener.deaths == []


async def test_a_python_that_stays_silent_is_given_up(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / ".venv" / "lib" / "python3.11" / "site-packages" / "ipykernel-7.0.0.dist-info").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr\n")
    script = tmp_path / ".venv" / "bin" / "python"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    kernel = JupyterKernel(tmp_path, start_seconds=0.3)
    with pytest.raises(KernelStartFailed, match=r"did not come up within 0\.3 seconds"):
        await kernel.start(listener)


async def test_everything_is_cleaned_up(
    tmp_path: Path, listener: Listener, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(os.environ.get("TMPDIR", "/tmp")) / f"ca-test-{os.getpid()}"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    kernel = JupyterKernel(tmp_path)
    await kernel.start(listener)
    assert len(list(runtime.iterdir())) == 1
    cells = Cells(kernel)
    await cells.run("import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)")
    child = int(cells.text)
    await kernel.restart()
    await kernel.shutdown()
    assert list(runtime.iterdir()) == []
    runtime.rmdir()
    await eventually(lambda: not _is_running(child))


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_start_that_is_called_off_leaves_nothing(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(os.environ.get("TMPDIR", "/tmp")) / f"ca-off-{os.getpid()}"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for moment_s in (0.0, 0.05, 0.2):
        kernel = JupyterKernel(tmp_path)
        starting = asyncio.create_task(kernel.start(listener))
        await asyncio.wait([starting], timeout=moment_s)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await kernel.shutdown()
        await eventually(lambda: not list(runtime.iterdir()))
    runtime.rmdir()


@pytest.mark.parametrize("mode", ["off", *working_mechanisms()])
async def test_a_process_whose_start_is_called_off_as_it_begins_is_ended(
    mode: SandboxMode, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = asyncio.Event()
    processes: list[subprocess.Popen[bytes]] = []
    launch_kernel = CodeActProvisioner.launch_kernel

    async def launch(self: CodeActProvisioner, cmd: list[str], **more: Any) -> Any:
        found = await launch_kernel(self, cmd, **more)
        processes.append(cast("Any", self).process)
        launched.set()
        return found

    monkeypatch.setattr(CodeActProvisioner, "launch_kernel", launch)
    kernel = JupyterKernel(tmp_path, sandbox=SandboxSettings(mode), checkpoints=CheckpointLimits())
    starting = asyncio.create_task(kernel.start(listener))
    await launched.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert [process.returncode is not None for process in processes] == [True]
    await kernel.shutdown()


async def test_the_kernel_ends_with_the_application(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from codeact_tui.kernel.jupyter import JupyterKernel\n"
        "from tests.kernel.helpers import Cells, Listener\n"
        "async def main():\n"
        "    kernel = JupyterKernel(Path(sys.argv[1]))\n"
        "    await kernel.start(Listener())\n"
        "    cells = Cells(kernel)\n"
        "    await cells.run('import os; print(os.getpid())')\n"
        "    print(cells.text, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    application = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert application.stdout is not None
    pid = int(await application.stdout.readline())
    application.send_signal(signal.SIGKILL)
    await application.wait()
    await eventually(lambda: not _is_running(pid))
