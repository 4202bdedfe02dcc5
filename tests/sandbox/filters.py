"""Runs a filter of system calls as the kernel would, on one call."""

import struct

__all__ = ["verdict"]

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def verdict(program: bytes, machine: str, number: int, arguments: tuple[int, ...] = (0,) * 6) -> int:
    """Give what a filter says of a system call."""
    data = struct.pack("=IIQ6Q", number, _ARCHITECTURES[machine], 0, *arguments)
    code = list(struct.iter_unpack("HBBI", program))
    accumulator = at = 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:
                [accumulator] = struct.unpack_from("=I", data, value)
            case 0x54:
                accumulator &= value
            case 0x06:
                return value
            case _:
                tests = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
                at += if_true if tests[operation] else if_false
