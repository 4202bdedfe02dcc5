"""A workspace, and what keeps its files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codeact_tui.snapshots.files import FileSnapshots
from tests.snapshots.contents import KEY, ROOMY


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
async def files(tmp_path: Path, workspace: Path) -> AsyncIterator[FileSnapshots]:
    snapshots = FileSnapshots(workspace, tmp_path / "data", KEY, ROOMY, session="s1")
    yield snapshots
    await snapshots.close()
