"""Working in the home folder itself, and in what holds it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from codeact_tui.errors import KernelStartFailed
from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.sandbox.choice import SandboxSettings, make_policy
from codeact_tui.sandbox.policy import Mechanism, SandboxMode
from tests.kernel.helpers import Cells, Listener
from tests.sandbox.mechanisms import working_mechanisms


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text("key")
    (home / ".bashrc").write_text("")
    (home / "data").mkdir()
    (home / "notes.txt").write_text("notes")
    (home / "link").symlink_to("/etc")
    (home / "own" / "codeact").mkdir(parents=True)
    (home / "Library").mkdir()
    return home


@pytest.mark.parametrize("writable", [True, False])
def test_of_a_home_that_is_worked_in_nothing_hidden_is_open(home: Path, tmp_path: Path, writable: bool) -> None:
    settings = SandboxSettings(workspace_writable=writable)
    policy = make_policy(
        settings,
        home,
        tmp_path / "in",
        tmp_path / "code",
        {"HOME": str(home), "CODEACT_HOME": str(home / "own" / "codeact")},
    )

    def of_home(paths: Sequence[str]) -> set[str]:
        return {path for path in paths if path.startswith(f"{home}/")}

    shown = {str(home / "data"), str(home / "notes.txt")}
    assert policy.workspace_is_home
    assert (of_home(policy.writable), of_home(policy.readable)) == ((shown, set()) if writable else (set(), shown))


def test_what_holds_the_home_is_no_place_to_work_in(home: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, Path("/")):
        with pytest.raises(KernelStartFailed, match="protect nothing"):
            make_policy(SandboxSettings(), folder, tmp_path / "in", tmp_path / "code", {"HOME": str(home)})


@pytest.mark.kernel
@pytest.mark.parametrize("mechanism", working_mechanisms())
async def test_cells_work_there_and_find_no_keys(home: Path, mechanism: Mechanism) -> None:
    kernel = JupyterKernel(
        home, sandbox=SandboxSettings(cast("SandboxMode", mechanism)), environment={**os.environ, "HOME": str(home)}
    )
    await kernel.start(Listener())
    cells = Cells(kernel)
    try:
        await cells.run(
            "open('data/made', 'w').write('x'); print(open('notes.txt').read())\n"
            "for path, how in (('.ssh/id_rsa', 'r'), ('.bashrc', 'a'), ('.profile', 'w'), ('new', 'w')):\n"
            "    try:\n        open(path, how); print('HARM')\n    except OSError:\n        print('refused')"
        )
    finally:
        await kernel.shutdown()
    assert cells.text.split() == ["notes", "refused", "refused", "refused", "refused"]
    assert (home / "data" / "made").read_text() == "x"
