"""Starts the kernel's process: the seam where isolation goes.

There is none yet: the kernel runs as the user, with the user's files and network. It is an ordinary Jupyter kernel
provisioner, so that what isolates (namespaces, a container, another machine) can take its place without anyone
else's knowing.
"""

import contextlib
import os
import signal
from typing import Any, cast

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

__all__ = ["CodeActProvisioner"]


class CodeActProvisioner(LocalProvisioner):
    """A local process in a session of its own, without isolation."""

    async def wait(self) -> int | None:
        """Wait for the process's end, and end what it has left running in its process group."""
        exit_code = await super().wait()
        self.end_group()
        return exit_code

    def end_group(self) -> None:
        """Kill what is left of the process group, once the kernel itself has ended."""
        group = cast("int | None", cast("Any", self).pgid)
        if group and group != os.getpgid(0):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
