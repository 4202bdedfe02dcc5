import os
import subprocess
import sys
from pathlib import Path

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from codeact_tui.sandbox.provisioner import CodeActProvisioner
from tests.kernel.helpers import eventually


def spawn_with_child() -> "tuple[subprocess.Popen[str], int]":
    code = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def test_what_the_kernel_has_left_running_ends_with_it() -> None:
    process, child = spawn_with_child()
    provisioner = CodeActProvisioner()
    assert isinstance(provisioner, LocalProvisioner)
    provisioner.process = process  # pyright: ignore[reportAttributeAccessIssue]
    provisioner.pgid = os.getpgid(process.pid)  # pyright: ignore[reportAttributeAccessIssue]
    assert await provisioner.wait() == 0

    def is_gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{child}/stat").read_text().split(")")[1].split()[0] == "Z"

    await eventually(is_gone)
    provisioner.end_group()


def test_it_never_ends_our_own_group() -> None:
    provisioner = CodeActProvisioner()
    provisioner.pgid = os.getpgid(0)  # pyright: ignore[reportAttributeAccessIssue]
    provisioner.end_group()  # or these tests would end here
