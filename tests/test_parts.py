"""What the settings say of files holds for the snapshots of cells and of dry runs alike."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from codeact_tui.config.schema import CheckpointConfig, Config
from codeact_tui.errors import OpRefused, WorkspaceTooLarge
from codeact_tui.parts import key_problem, make_files, make_rehearsal_files
from codeact_tui.paths import data_dir
from codeact_tui.store.base import Journal
from codeact_tui.store.memory import MemoryCatalog

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="dry runs need Linux")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
    work = tmp_path / "work"
    work.mkdir()
    for name in ("a", "b", "c"):
        (work / name).write_text(name)
    (work / "large.bin").write_bytes(b"1" * (3 << 20))
    return work


async def journal(folder: Path) -> Journal:
    return await MemoryCatalog().create(folder=str(folder), model="m")


def config(**changes: int) -> Config:
    return replace(Config(), checkpoints=replace(CheckpointConfig(), **changes))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "left"),
    [({}, []), ({"file_mb": 2}, ["too large"]), ({"folder_mb": 1}, ["too many bytes"])],
)
async def test_the_size_of_files_is_limited_in_both(folder: Path, changes: dict[str, int], left: list[str]) -> None:
    book, wanted = await journal(folder), config(**changes)
    cells, trials = make_files(book, wanted, folder), make_rehearsal_files(folder, book, wanted)
    assert cells is not None
    assert trials is not None
    for files in (cells, trials.every, trials.unignored):
        assert [each.reason for each in (await files.take()).left_out] == left
    await cells.close()
    await trials.close()


async def test_the_number_of_files_is_limited_in_both(folder: Path) -> None:
    book, wanted = await journal(folder), config(folder_files=3)
    cells, trials = make_files(book, wanted, folder), make_rehearsal_files(folder, book, wanted)
    assert cells is not None
    assert trials is not None
    with pytest.raises(WorkspaceTooLarge, match="more than 3 files"):
        await cells.take()
    with pytest.raises(OpRefused, match=r"No dry run, because .* more than 3 files"):
        await trials.keep()
    await cells.close()
    await trials.close()


def test_a_key_that_can_not_be_used_is_told_of(folder: Path) -> None:
    assert key_problem(Config()) == []
    key = data_dir() / "snapshots.key"
    key.chmod(0o644)
    [sentence] = key_problem(Config())
    assert sentence.startswith("Neither variables nor files are kept, and none that were kept come back. The key of")
    assert sentence.endswith(f"Remove {key}: snapshots start afresh.")
    key.chmod(0o600)
    assert key_problem(Config()) == []
