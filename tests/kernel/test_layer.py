"""Packages that cells install go into the session's own layer, in every mechanism that there is."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from codeact_tui.kernel.jupyter import JupyterKernel
from codeact_tui.kernel.layer import InstalledPackage, PackageLayer
from codeact_tui.sandbox.choice import SandboxMode, SandboxSettings
from tests.kernel.helpers import Cells, Listener
from tests.kernel.wheels import make_wheel, unpack_pip
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("layer")]

OFFLINE = "--no-index --find-links wheels -q --disable-pip-version-check"
SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    make_wheel(folder / "wheels", "tinya", "1.0")
    make_wheel(folder / "wheels", "tinyb", "1.0", ["tinya"])
    make_wheel(folder / "wheels", "tinyc", "1.0")
    make_wheel(folder / "wheels", "tinyd", "3.0")
    make_wheel(folder / "newer", "msgspec", "99.0")
    unpack_pip(folder / "with_pip")
    uv = shutil.which("uv")
    if uv:
        shutil.copy(uv, folder / "uv")
    return folder


def make_kernel(mode: str, workspace: Path, layer: Path) -> JupyterKernel:
    environment = {**os.environ, "PYTHONPATH": str(workspace / "with_pip"), "UV_OFFLINE": "1"}
    settings = SandboxSettings(cast("SandboxMode", mode))
    return JupyterKernel(workspace, environment=environment, sandbox=settings, layer=layer)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["off", *working_mechanisms()])
async def cells(
    request: pytest.FixtureRequest, workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cells]:
    kernel = make_kernel(cast("str", request.param), workspace, tmp_path_factory.mktemp("data") / "packages" / "s1")
    await kernel.start(Listener())
    yield Cells(kernel)
    await kernel.shutdown()


def environment() -> list[Path]:
    """What is installed; bytecode comes with any import."""
    return sorted(path for path in Path(sys.prefix, SITE).iterdir() if path.name != "__pycache__")


def layer_of(cells: Cells) -> PackageLayer:
    layer = cast("JupyterKernel", cells.kernel).layer
    assert layer is not None
    return layer


async def printed(cells: Cells, code: str) -> str:
    cells.outputs.clear()
    await cells.run(code)
    assert cells.errors == [], cells.text
    return cells.text.replace("\r", "").strip()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_cell_installs_is_there_at_once_and_leaves_the_environment_as_it_is(cells: Cells) -> None:
    before = environment()
    assert "Note: you may need to restart" in await printed(cells, f"%pip install {OFFLINE} tinyb")
    assert await printed(cells, "import tinya, tinyb; print(tinya.VERSION, tinyb.__file__)") == (
        f"1.0 {layer_of(cells).folder / SITE}/tinyb.py"
    )
    assert await printed(cells, "!tinyb-run") == "tinyb 1.0"
    assert layer_of(cells).packages() == (InstalledPackage("tinya", "1.0"), InstalledPackage("tinyb", "1.0"))
    assert layer_of(cells).size_bytes() > 500
    assert environment() == before


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.skipif(shutil.which("uv") is None, reason="there is no uv here")
async def test_uv_installs_into_it_too(cells: Cells) -> None:
    await printed(cells, "!./uv pip install --quiet --no-index --find-links wheels tinyc==1.0")
    assert await printed(cells, "import tinyc; print(tinyc.VERSION)") == "1.0"
    assert InstalledPackage("tinyc", "1.0") in layer_of(cells).packages()


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_there_again_when_the_kernel_is_started_anew(cells: Cells) -> None:
    await cells.kernel.restart()
    assert await printed(cells, "import tinyb; print(tinyb.VERSION)") == "1.0"
    assert await printed(cells, "word = 'hi'\n!echo {word} $word; exit 3\nprint(_exit_code)") == "hi hi\n3"


async def test_programs_find_it_and_a_newer_version_covers_the_environments_own(
    workspace: Path, tmp_path: Path
) -> None:
    kernel = make_kernel("off", workspace, tmp_path / "packages" / "s1")
    await kernel.start(Listener())
    cells = Cells(kernel)
    before = environment()
    await printed(cells, f"!pip install {OFFLINE} --find-links newer --upgrade tinyd msgspec")
    assert await printed(cells, "!python -c 'import msgspec, tinyd; print(msgspec.VERSION)'") == "99.0"
    run = "subprocess.run([sys.executable, *'-m pip uninstall -q -y msgspec'.split()], check=True)"
    await printed(cells, f"import subprocess, sys; {run}")
    assert await printed(cells, "!python -c 'import msgspec; print(msgspec.Struct.__name__)'") == "Struct"
    assert environment() == before
    await kernel.shutdown()


async def test_nothing_stays_where_nothing_was_installed(tmp_path: Path) -> None:
    kernel = make_kernel("off", tmp_path, tmp_path / "packages" / "s1")
    await kernel.start(Listener())
    assert (tmp_path / "packages" / "s1" / "bin" / "python").is_symlink()
    await kernel.shutdown()
    assert not (tmp_path / "packages" / "s1").exists()


async def test_a_kernel_that_can_have_none_does_without(tmp_path: Path) -> None:
    (tmp_path / "packages").write_text("in the way")
    kernel = make_kernel("off", tmp_path, tmp_path / "packages" / "s1")
    await kernel.start(Listener())
    cells = Cells(kernel)
    assert await printed(cells, "import sys; print(sys.prefix in sys.executable)") == "True"
    await kernel.shutdown()


def test_links_that_a_cell_has_laid_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "site-packages" / "secret-1.0.dist-info").mkdir(parents=True)
    layer = PackageLayer(tmp_path / "layer")
    layer.prepare()
    (layer.folder / "lib").mkdir()
    (layer.folder / "lib" / "python3.11").symlink_to(outside)
    (layer.folder / "lib" / "python3.12").mkdir()
    (layer.folder / "lib" / "python3.12" / "site-packages").symlink_to(outside / "site-packages")
    assert layer.packages() == ()
    assert layer.size_bytes() == 0
    layer.remove()
    assert (outside / "site-packages" / "secret-1.0.dist-info").is_dir()
    assert not layer.folder.exists()
