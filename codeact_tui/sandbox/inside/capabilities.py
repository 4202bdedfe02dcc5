"""The powers that root has, given up: what runs as root in the sandbox is then an ordinary process.

Source: capabilities(7), capset(2), linux/capability.h.
"""

import struct

import libc

_BOUNDING_SET_DROP = 24
_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_VERSION_3 = 0x20080522
_LAST = 63


def drop():
    """Give up all of them, for good, in this process and what comes of it. Does nothing where there are none."""
    for number in range(_LAST + 1):
        libc.call("prctl", _BOUNDING_SET_DROP, number, 0, 0, 0)
    libc.call("prctl", _AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("Ii", _VERSION_3, 0)
    libc.call("capset", header, bytes(24))
