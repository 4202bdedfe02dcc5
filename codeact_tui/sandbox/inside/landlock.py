"""Rules about files that a process gives itself, for good: what may be read, what may be written.

Source: landlock(7), linux/landlock.h, ABI 1 to 7.
"""

import os
import stat
import struct

import libc

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK = 64, 2048
_REFER, _TRUNCATE, _IOCTL_DEV = 8192, 16384, 32768
_FIRST_RIGHTS = (1 << 13) - 1

_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV

_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_TCP_BIND, _TCP_CONNECT = 1, 2


def abi():
    """Give the version of Landlock that runs here; 0 where there is none."""
    version = libc.call("syscall", _CREATE, None, 0, 1)
    return max(0, version)


def restrict(read_only, writable, devices):
    """Leave this process, and all that comes of it, these paths and nothing else; no TCP, no signals to others.

    Args:
        read_only: Files and folders that may be read and run, with all that is beneath.
        writable: Folders in which everything may be done but making devices.
        devices: Device files that may be read and written.

    Paths that are not there are passed over.

    Raises:
        OSError: The system does not take the rules.
    """
    version = abi()
    if not version:
        raise OSError("there is no Landlock here")
    handled = _handled(version)
    network = _TCP_BIND | _TCP_CONNECT if version >= 4 else 0
    scopes = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= 6 else 0
    attributes = struct.pack("QQQ", handled, network, scopes)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.call("syscall", _CREATE, attributes, size, 0)
    _check(rules, "landlock_create_ruleset")
    for path in read_only:
        _allow(rules, path, _READ)
    for path in writable:
        _allow(rules, path, handled & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV))
    for path in devices:
        _allow(rules, path, _DEVICE & handled)
    _check(libc.call("prctl", 38, 1, 0, 0, 0), "no_new_privs")
    _check(libc.call("syscall", _RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _handled(version):
    return (
        _FIRST_RIGHTS
        | (_REFER if version >= 2 else 0)
        | (_TRUNCATE if version >= 3 else 0)
        | (_IOCTL_DEV if version >= 5 else 0)
    )


def _allow(rules, path, rights):
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        beneath = struct.pack("=Qi", rights, descriptor)
        _check(libc.call("syscall", _ADD, rules, _PATH_BENEATH, beneath, 0), "landlock_add_rule " + path)
    finally:
        os.close(descriptor)


def _check(result, what):
    if result < 0:
        raise OSError(libc.error_number(), what + " failed")
