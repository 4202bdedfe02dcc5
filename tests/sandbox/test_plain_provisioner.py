"""The sandbox as any Jupyter program gets it: by a kernelspec that names the provisioner."""

import json
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from codeact_tui.kernel.plain_provisioner import SandboxProvisioner
from codeact_tui.sandbox.policy import Mechanism
from tests.sandbox.mechanisms import working_mechanisms

pytestmark = pytest.mark.kernel


def test_it_is_found_by_its_name() -> None:
    [found] = entry_points(group="jupyter_client.kernel_provisioners", name="codeact")
    assert found.load() is SandboxProvisioner


def test_a_mode_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="mode is one of"):
        SandboxProvisioner(mode="strong")


def manager(folder: Path, mechanism: Mechanism) -> Any:
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "confined",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "codeact", "config": {"mode": mechanism}}},
    }
    (folder / "confined").mkdir()
    (folder / "confined" / "kernel.json").write_text(json.dumps(spec))
    specs = KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)
    return AsyncKernelManager(kernel_name="confined", kernel_spec_manager=specs)


@pytest.mark.parametrize("mechanism", working_mechanisms())
async def test_a_plain_kernel_manager_starts_a_confined_kernel(
    tmp_path: Path, mechanism: Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, workspace = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    workspace.mkdir()
    (home / "secret").write_text("secret")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SECRET_KEY", "sk-1")
    kernels = manager(tmp_path, mechanism)
    await kernels.start_kernel(cwd=str(workspace))
    client = kernels.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=120)
        printed: list[str] = []
        code = (
            "import os, pathlib\n"
            "try:\n    open('{home}/secret').read(); print('HARM')\nexcept OSError:\n    print('refused')\n"
            "print(os.environ.get('SECRET_KEY'))\n"
            "pathlib.Path('made').write_text('x')"
        ).replace("{home}", str(home))

        def take(message: Any) -> None:
            printed.append(message["content"].get("text", ""))

        reply = await client.execute_interactive(code, timeout=120, output_hook=take)
        assert (reply["content"]["status"], "".join(printed)) == ("ok", "refused\nNone\n")
        assert (workspace / "made").read_text() == "x"
        if mechanism == working_mechanisms()[0]:
            await kernels.restart_kernel(now=True)
            await client.wait_for_ready(timeout=120)
    finally:
        client.stop_channels()
        folder = Path(kernels.connection_file).parents[1]
        await kernels.shutdown_kernel(now=True)
        kernels.context.destroy(linger=0)
    assert not folder.exists()
