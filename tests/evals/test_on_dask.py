"""The same trials on a cluster: the same table."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codeact_tui import __version__
from codeact_tui.config.schema import Config
from codeact_tui.errors import ModelUnavailable
from codeact_tui.evals.base import Trial
from codeact_tui.evals.on_dask import Parcel, answer_parcel
from codeact_tui.evals.runner import Pending
from codeact_tui.evals.suite_folder import read_suite
from tests.cli.commands import codeact
from tests.evals.suites import SUM_TASK, sums, write_task

distributed: Any = pytest.importorskip("distributed")
pytestmark = [pytest.mark.kernel, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def cluster() -> Generator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=False, protocol="tcp"
    ) as made:
        yield str(made.scheduler_address)


def test_two_workers_give_the_same_table_as_two_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cluster: str
) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    sums(tmp_path / "suite", 1)
    write_task(tmp_path / "suite", SUM_TASK + "[limits]\nturns = 1\n", name="sums/short")
    asked = ("eval", "suite", "--mode", "code", "--sandbox", "off")
    here = codeact(capsys, *asked, "--jobs", "2", "--out", "here")
    there = codeact(capsys, *asked, "--dask", cluster, "--out", "there")
    assert (here.code, there.code) == (0, 0), there.err
    assert table(there.out) == table(here.out)
    assert "(1/2)" in there.out


def table(out: str) -> list[list[str]]:
    return [line.split("  ")[:-1] for line in out.split("\n\n")[0].splitlines()]


def test_without_a_scheduler_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("codeact_tui.evals.on_dask._CONNECT_S", 0.2)
    outcome = codeact(capsys, "eval", "many-tools", "-n", "1", "--dask", "tcp://127.0.0.1:9")
    assert outcome.code == 1
    assert "There is no Dask scheduler at tcp://127.0.0.1:9." in outcome.err


def test_a_worker_tells_what_it_could_not_run_and_refuses_another_version(tmp_path: Path) -> None:
    task = sums(tmp_path, 1).tasks[0]
    parcel = Parcel(Pending(task.id, "m", "code", 1), task, msgspec.json.encode(Config()), 0.0, __version__)

    def down(_: Parcel) -> Trial:
        raise ModelUnavailable("It is down.", remedy="Wait.")

    data = msgspec.json.encode(parcel)
    assert b'"why":"It is down. Wait.","hopeless":false' in answer_parcel(data, __version__, down)
    other = answer_parcel(data, "0.0.0", down)
    assert b"A worker has codeact 0.0.0" in other
    assert b'"hopeless":true' in other
    assert read_suite(tmp_path).tasks[0] == task
