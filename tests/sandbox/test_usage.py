"""What cells have written, told apart from what other programs write on the same disk."""

import subprocess
import sys
from pathlib import Path

from codeact_tui.sandbox.detect import INSIDE

_GUARDED = """
import os, sys
sys.path.insert(0, sys.argv[1])
import libc, usage

own_io = os.open("/proc/self/io", os.O_RDONLY)
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
libc.call("prctl", 4, 0, 0, 0, 0)
on_disk = [0]
usage._used_bytes = lambda path: on_disk[0]
disks = [usage.Disk(["/"], 1 << 30, own_io=each) for each in (own_io, None)]
on_disk[0] = 1 << 40
written = [disk.written_bytes([os.getpid()]) for disk in disks]
print(written[0] < 1 << 30, written[1] == 1 << 40)
"""


def test_what_others_write_does_not_count_though_the_supervisor_is_guarded(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", _GUARDED, str(INSIDE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "True True\n", "what can't be looked at counts in full, and the supervisor can look at itself"
