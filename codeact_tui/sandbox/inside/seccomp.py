"""A filter of system calls, as the kernel reads it: what no cell needs and what would lead out of the sandbox.

Everything is allowed but what is named here; what is refused fails with an error number, so that programs can go on.

Source: seccomp(2), linux/filter.h, linux/seccomp.h; system call numbers from asm/unistd_64.h and asm-generic/unistd.h.
"""

import errno
import os
import struct
import sys

import libc

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_ALLOW, _REFUSE, _KILL, _ASK = 0x7FFF0000, 0x00050000, 0x80000000, 0x7FC00000
_SET_FILTER, _WITH_LISTENER = 1, 8
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32 = 0x40000000

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}
"""A machine's column in the table below, and how the system calls its architecture."""

_NUMBERS = {
    "socket": (41, 198),
    "connect": (42, 203),
    "socketpair": (53, 199),
    "listen": (50, 201),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone": (56, 220),
    "clone3": (435, 435),
    "ioctl": (16, 29),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}

_SEND_FLAGS_AT = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}
_HAS_TO_BE_0 = {"prlimit64": 0, "setpriority": 1, "ioprio_set": 1, "sched_setattr": 0, "sched_setscheduler": 1}
"""Which argument: the process that is meant, itself alone, for done to others these end, starve or cripple them; of the
last the policy, the ordinary one."""
_UNCOUNTED = ("memfd_create", "memfd_secret")
"""Memory that no process is seen to hold. They are said not to be there, and programs take a file."""
_SHARED = (
    *("shmget", "shmat", "shmctl", "semget", "semctl", "semop", "semtimedop", "msgget", "msgctl", "msgrcv", "msgsnd"),
    *("mq_open", "mq_unlink", "inotify_add_watch", "fanotify_init"),
)
"""Refused where there are no namespaces of the sandbox's own: others' shared memory and queues, and word of files."""
_STARTS = ("execve", "execveat")
_JUDGED = {
    *("socket", "connect", "listen", "socketpair", "clone", "clone3", "ioctl", "personality", "sched_setaffinity"),
    *(*_SEND_FLAGS_AT, *_HAS_TO_BE_0, *_UNCOUNTED, *_SHARED, *_STARTS),
}
_REFUSED = tuple(name for name in _NUMBERS if name not in _JUDGED)
"""Refused whatever the arguments."""

_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_STREAM, _DATAGRAM, _TYPE_BITS = 1, 2, 0xF
_ANY_PROTOCOL, _TCP = 0, 6
_FAST_OPEN = 0x20000000
"""Connects by sending, which no rule about connecting sees."""

NETWORK = ("none", "own", "own_asked", "asked")
"""`none`: unix sockets, and none may be connected. `own`: ordinary families, for a network namespace of its own.
`own_asked`: the same, but whether a socket may connect, `reaching` decides: a path leads out of any namespace.
`asked`: as `none`, and TCP sockets; whether one may connect or listen, `reaching` decides.
All but the second and the third are for a sandbox that shares this machine's namespaces.
"""


def supported():
    """Say whether there is a filter for this machine."""
    return sys.platform == "linux" and _machine() in _MACHINES


def _machine():
    return os.uname().machine


def program(network, machine=None, starts_asked=False):
    """Make the filter.

    Args:
        network: One of `NETWORK`.
        machine: As `os.uname()` names it; None for this one.
        starts_asked: Ask before each start of a program too.

    Returns:
        The bytes of an array of `struct sock_filter`.

    Raises:
        KeyError: There is no filter for the machine.
    """
    column, architecture = _MACHINES[machine or _machine()]
    number = {name: numbers[column] for name, numbers in _NUMBERS.items()}
    code = [_load(_ARCHITECTURE_AT), _jump(_EQUAL, architecture, 1, 0), _give(_KILL), _load(_NUMBER_AT)]
    if column == 0:
        code += [_jump(_AT_LEAST, _X32, 0, 1), _refuse(errno.ENOSYS)]
    for name in _REFUSED:
        code += _when(number[name], [_refuse(errno.EPERM)])
    code += _when(
        number["clone3"], [_refuse(errno.ENOSYS)]
    )  # so that the C library calls clone, whose flags can be seen
    code += _when(number["clone"], _unless_any(0, _NEW_NAMESPACES))
    code += _when(number["ioctl"], _unless_one_of(1, (_TIOCSTI, _TIOCLINUX)))
    code += _when(number["personality"], _only(0, (0, 0xFFFFFFFF), errno.EPERM))
    for name in _UNCOUNTED:
        code += _when(number[name], [_refuse(errno.ENOSYS)])
    for name, at in _HAS_TO_BE_0.items():
        code += _when(number[name], _only(at, (0,), errno.EPERM))
    if not network.startswith("own"):
        code += _when(number["sched_setaffinity"], _only(0, (0,), errno.EPERM))
        for name in _SHARED:
            code += _when(number[name], [_refuse(errno.EPERM)])
    for name in _STARTS if starts_asked else ():
        code += _when(number[name], [_give(_ASK)])
    code += _sockets(number, network)
    return b"".join([*code, _give(_ALLOW)])


def install(filter_bytes):
    """Put this thread, and all that comes of it, under the filter for good.

    Raises:
        OSError: The system does not take it.
    """
    described = _described(filter_bytes)
    if libc.call("prctl", 38, 1, 0, 0, 0) or libc.call("prctl", 22, 2, described, 0, 0):
        raise OSError(libc.error_number(), "the filter of system calls can't be installed")


def install_asking(filter_bytes):
    """Do the same, and give a descriptor by which it is asked about what the filter leaves open.

    Raises:
        OSError: The system does not take it.
    """
    number = (317, 277)[_MACHINES[_machine()][0]]
    libc.call("prctl", 38, 1, 0, 0, 0)
    listener = libc.call("syscall", number, _SET_FILTER, _WITH_LISTENER, _described(filter_bytes))
    if listener < 0:
        raise OSError(libc.error_number(), "the filter of system calls can't be installed")
    return listener


def _described(filter_bytes):
    """Give what the system calls a filter: its length, and where it is."""
    return struct.pack("Hxxxxxx", len(filter_bytes) // 8) + libc.place_of(filter_bytes)


def numbers():
    """Give the numbers of system calls on this machine, by their names."""
    column = _MACHINES[_machine()][0]
    return {name: each[column] for name, each in _NUMBERS.items()}


def _sockets(number, network):
    if network == "own":
        families = _only(0, (_UNIX, _INET, _INET6, _NETLINK), errno.EAFNOSUPPORT)
        return _when(number["socket"], families)
    if network == "own_asked":
        unix = [*_argument(0), _jump(_EQUAL, _UNIX, 0, len(_NO_DATAGRAMS)), *_NO_DATAGRAMS]
        families = _only(0, (_INET, _INET6, _NETLINK), errno.EAFNOSUPPORT)
        return [
            *_when(number["connect"], [_give(_ASK)]),
            *_when(number["socketpair"], _NO_DATAGRAMS),
            *_when(number["socket"], [*unix, *families]),
        ]
    if network == "asked":
        return _asked_sockets(number)
    unix = [*_argument(0), _jump(_EQUAL, _UNIX, 1, 0), _refuse(errno.EACCES), *_NO_DATAGRAMS]
    return [
        *_when(number["connect"], [_refuse(errno.EACCES)]),
        *_when(number["socket"], unix),
        *_when(number["socketpair"], unix),
    ]


def _asked_sockets(number):
    code = _when(number["connect"], [_give(_ASK)]) + _when(number["listen"], [_give(_ASK)])
    for name, flags_at in _SEND_FLAGS_AT.items():
        code += _when(number[name], _unless_any(flags_at, _FAST_OPEN))
    tcp = [
        *[*_argument(1), _and(_TYPE_BITS), _jump(_EQUAL, _STREAM, 1, 0), _refuse(errno.EACCES)],
        *_only(2, (_ANY_PROTOCOL, _TCP), errno.EACCES),
    ]
    skipped = len(_NO_DATAGRAMS)
    family = [*_argument(0), _jump(_EQUAL, _UNIX, 2, 0), _jump(_EQUAL, _INET, 1 + skipped, 0), _refuse(errno.EACCES)]
    unix = [*_argument(0), _jump(_EQUAL, _UNIX, 1, 0), _refuse(errno.EACCES), *_NO_DATAGRAMS]
    return [
        *code,
        *_when(number["socketpair"], unix),
        *_when(number["socket"], [*family, *_NO_DATAGRAMS, *tcp]),
    ]


def _when(system_call, body):
    """Run instructions, which end with a verdict, for one system call; its number is loaded."""
    return [_jump(_EQUAL, system_call, 0, len(body)), *body]


def _unless_any(argument, bits):
    return [*_argument(argument), _jump(_ANY_BIT, bits, 0, 1), _refuse(errno.EPERM), _give(_ALLOW)]


def _unless_one_of(argument, values):
    tests = [_jump(_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [*_argument(argument), *tests, _give(_ALLOW), _refuse(errno.EPERM)]


def _only(argument, values, error):
    tests = [_jump(_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [*_argument(argument), *tests, _refuse(error), _give(_ALLOW)]


def _argument(index):
    return [_load(_ARGUMENTS_AT + 8 * index)]


def _load(offset):
    return struct.pack("HBBI", _LOAD, 0, 0, offset)


def _and(bits):
    return struct.pack("HBBI", _AND, 0, 0, bits)


def _jump(test, value, if_true, if_false):
    return struct.pack("HBBI", test, if_true, if_false, value)


def _give(verdict):
    return struct.pack("HBBI", _RETURN, 0, 0, verdict)


def _refuse(error):
    return _give(_REFUSE | error)


# A datagram socket can send to any path without being connected, so there are none.
_NO_DATAGRAMS = (*_argument(1), _and(_TYPE_BITS), _jump(_EQUAL, _DATAGRAM, 0, 1), _refuse(errno.EACCES), _give(_ALLOW))
