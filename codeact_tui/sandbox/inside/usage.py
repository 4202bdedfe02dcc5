"""How much of the disks and of memory files take that processes below this one have written."""

import contextlib
import errno
import os

_IO_BYTES = 4096


class Disk:
    """Watches how much fuller disks get by what the processes below this one write.

    What others write on the same disks counts only as far as these have written as much themselves.
    """

    def __init__(self, folders, limit, own_io=None):
        """Look at the disks as they are now.

        Args:
            folders: Where processes may write; those of one disk count once.
            limit: In bytes.
            own_io: This process's own `/proc/self/io`, opened: where it is guarded, it can't open that any more.
        """
        self.limit = limit
        self._own_io = own_io
        self._disks = {}
        self._seen = {}
        self._gone = 0
        for folder in folders:
            with contextlib.suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                device = os.fstat(descriptor).st_dev
                if device in self._disks:
                    os.close(descriptor)
                else:
                    self._disks[device] = (descriptor, _used_bytes(descriptor))

    def written_bytes(self, pids):
        """Say how much fuller the disks are by what processes, these and such as have ended, have written."""
        grown = sum(max(0, _used_bytes(descriptor) - before) for descriptor, before in self._disks.values())
        seen = {}
        for pid in pids:
            written = _written_bytes(pid, self._own_io if pid == os.getpid() else None)
            seen[pid] = self._seen.get(pid, 0) if written is None else grown if written < 0 else written
        self._gone += sum(written for pid, written in self._seen.items() if pid not in seen)
        self._seen = seen
        return min(grown, self._gone + sum(seen.values()))


def in_memory_bytes(folders, pids):
    """Say how much memory files take that lie in folders which are kept there, and that no process is seen to hold."""
    taken = sum(_used_bytes(folder) for folder in folders)
    return max(0, taken - sum(map(_shared_bytes, pids))) if taken else 0


def _used_bytes(path):
    try:
        found = os.statvfs(path)
    except OSError:
        return 0
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _written_bytes(pid, opened):
    """Say how much a process has written, children counted that it has waited for; None when it is gone, -1 unknown."""
    try:
        text = _io_of(pid) if opened is None else os.pread(opened, _IO_BYTES, 0)
        found = dict(line.split(b": ") for line in text.splitlines())
        return int(found[b"wchar"]) + int(found[b"write_bytes"])
    except OSError as error:
        return -1 if error.errno in {errno.EACCES, errno.EPERM} else None
    except (ValueError, KeyError):
        return None


def _io_of(pid):
    with open(f"/proc/{pid}/io", "rb") as file:
        return file.read()


def _shared_bytes(pid):
    with contextlib.suppress(OSError, ValueError, StopIteration), open(f"/proc/{pid}/status", "rb") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(b"RssShmem:")) << 10
    return 0
