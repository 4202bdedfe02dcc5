"""Limits of a process by the system's own means: files, processes, time. Memory is watched by the supervisor."""

import resource

_NAMES = {
    "core": "RLIMIT_CORE",
    "open_files": "RLIMIT_NOFILE",
    "file_bytes": "RLIMIT_FSIZE",
    "processes": "RLIMIT_NPROC",
}


def apply(limits):
    """Set limits, never above what is set already.

    Args:
        limits: Values by name: core, open_files, file_bytes, processes. None leaves one as it is.
    """
    for name, value in limits.items():
        number = getattr(resource, _NAMES[name], None)
        if number is None or value is None:
            continue
        _, hard = resource.getrlimit(number)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (allowed, allowed))
