"""Attacks on the sandbox: cells that try to do harm, and what has to become of each under each mechanism."""

from dataclasses import dataclass

__all__ = ["ATTACKS", "Attack"]


@dataclass(frozen=True)
class Attack:
    """A cell that prints `HARM` when it has done what it must not.

    Attributes:
        name: A few words, as the table in the documentation shows them.
        code: The cell. `{outside}`, `{secret}`, `{home}`, `{app}` stand for a folder and a file of the user's
            outside the workspace, the home folder, and the application's process id; `{shared}` for a folder that the
            user has opened for reading, and `{segment}` for a segment of memory that another program shares.
        landlock: False where Landlock cannot prevent it: what it cannot protect is said.
    """

    name: str
    code: str
    landlock: bool = True


_SYSCALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if {call} != -1:
    print("HARM")
"""


def _syscall(call: str) -> str:
    return _SYSCALL.replace("{call}", call)


ATTACKS = (
    # -- files
    Attack("read a file outside the workspace", "print('HARM' if open('{secret}').read() == 'secret' else '')"),
    Attack("list the home folder's files", "import os; print('HARM' if '.ssh' in os.listdir('{home}') else '')"),
    Attack("read ~/.ssh", "print('HARM' if open('{home}/.ssh/id_rsa').read() else '')"),
    Attack("write a file in the home folder", "open('{home}/planted', 'w').write('x'); print('HARM')"),
    Attack("write outside the workspace", "open('{outside}/planted', 'w').write('x')"),
    Attack("overwrite a file outside the workspace", "open('{outside}/secret', 'w').write('x')"),
    Attack("write in /etc", "open('/etc/planted', 'w').write('x'); print('HARM')"),
    Attack("change the interpreter's packages", "import json; open(json.__file__, 'a').write('#'); print('HARM')"),
    Attack(
        "plant a .pth file beside them",
        "import sysconfig; open(sysconfig.get_path('purelib') + '/p.pth', 'w').write('import os'); print('HARM')",
    ),
    Attack(
        "plant a sitecustomize",
        "import sysconfig; open(sysconfig.get_path('stdlib') + '/sitecustomize.py', 'w'); print('HARM')",
    ),
    Attack(
        "read through a symbolic link",
        "import os; name = f'link-{os.urandom(4).hex()}'; os.symlink('{secret}', name)\n"
        "print('HARM' if open(name).read() == 'secret' else '')",
    ),
    Attack(
        "write through a hard link",
        "import os; name = f'hard-{os.urandom(4).hex()}'; os.link('{secret}', name)\n"
        "open(name, 'a').write('x'); print('HARM')",
    ),
    Attack(
        "leave by the parent folder",
        "print('HARM' if open('../' * 9 + '{secret}'[1:]).read() == 'secret' else '')",
    ),
    Attack("plant a git hook", "open('.git/hooks/pre-commit', 'w').write('x'); print('HARM')", landlock=False),
    Attack(
        "set git's fsmonitor",
        "open('.git/config', 'a').write('[core]\\nfsmonitor=x\\n'); print('HARM')",
        landlock=False,
    ),
    Attack("put another .git in its place", "import os; os.rename('.git', 'old'); print('HARM')", landlock=False),
    Attack("change the virtual environment", "open('.venv/bin/python', 'w').write('x'); print('HARM')", landlock=False),
    Attack("read .env", "print('HARM' if open('.env').read() else '')", landlock=False),
    Attack("write in a folder opened for reading", "open('{shared}/planted', 'w').write('x'); print('HARM')"),
    Attack("change a file there", "open('{shared}/data', 'a').write('x'); print('HARM')"),
    Attack(
        "make a hard link to it, to change that",
        "import os; os.link('{shared}/data', 'hard'); open('hard', 'a').write('x'); print('HARM')",
    ),
    Attack("move it away", "import os; os.rename('{shared}/data', 'moved'); print('HARM')"),
    Attack(
        "watch what happens in ~/.ssh", _syscall("libc.inotify_add_watch(libc.inotify_init(), b'{home}/.ssh', 256)")
    ),
    Attack("make a device file", "import os; os.mknod('disk', 0o60600, os.makedev(8, 0)); print('HARM')"),
    Attack(
        "make a file that runs as its owner",
        "import os; open('owned', 'w'); os.chown('owned', 0, 0) if os.getuid() else 1 / 0; print('HARM')",
    ),
    # -- network and other processes
    Attack(
        "connect by TCP to this machine",
        "import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('HARM')",
    ),
    Attack(
        "send a datagram",
        "import socket; s = socket.socket(2, 2); s.sendto(b'x', ('10.0.0.1', 9)); print('HARM')",
    ),
    Attack("ask a name server", "import socket; socket.getaddrinfo('example.com', 80); print('HARM')"),
    Attack(
        "listen for others", "import socket; s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(); print('listens')"
    ),
    Attack(
        "connect to a unix socket by its path",
        "import socket; s = socket.socket(1); s.connect('{outside}/sock'); print('HARM')",
    ),
    Attack(
        "connect to one in a folder opened for reading",
        "import socket; s = socket.socket(1); s.connect('{shared}/s'); print('HARM')",
    ),
    Attack(
        "connect to one that another program has in the workspace",
        "import socket; s = socket.socket(1); s.connect('s'); print('HARM')",
    ),
    Attack(
        "the same by a symbolic link in /tmp",
        "import os, socket, tempfile; name = tempfile.mktemp(); os.symlink(os.path.abspath('s'), name)\n"
        "s = socket.socket(1); s.connect(name); print('HARM')",
    ),
    Attack(
        "send a datagram to a path",
        "import socket; s, _ = socket.socketpair(1, 2); s.sendto(b'x', '{shared}/datagrams'); print('HARM')",
    ),
    Attack(
        "connect to an abstract unix socket",
        "import socket; s = socket.socket(1); s.connect('\\0{abstract}'); print('HARM')",
    ),
    Attack("open a socket to the hypervisor", "import socket; socket.socket(40, 1); print('HARM')"),
    Attack("open a packet socket", "import socket; socket.socket(17, 3); print('HARM')"),
    Attack("signal the application", "import os; os.kill({app}, 0); print('HARM')"),
    Attack("trace the application", _syscall("libc.ptrace(16, {app}, 0, 0)")),
    Attack("read the application's environment", "print('HARM' if open('/proc/{app}/environ').read() else '')"),
    Attack("read the application's memory", "open('/proc/{app}/mem', 'rb').read(1); print('HARM')"),
    Attack(
        "read its command line",
        "print('HARM' if open('/proc/{app}/cmdline').read() else '')",
        landlock=False,
    ),
    Attack(
        "limit the application's resources",
        "import resource as r; r.prlimit({app}, r.RLIMIT_NPROC, r.getrlimit(r.RLIMIT_NPROC)); print('HARM')",
    ),
    Attack("slow the application down", "import os; os.setpriority(os.PRIO_PROCESS, {app}, 1); print('HARM')"),
    Attack("move it to another processor", "import os; os.sched_setaffinity({app}, {0}); print('HARM')"),
    Attack("attach memory that another program shares", _syscall("libc.shmget({segment}, 0, 0)")),
    Attack(
        "stop the supervisor",
        "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)\n"
        "state = open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[0]\n"
        "print('HARM' if state in 'Tt' else '')",
    ),
    Attack(
        "kill the supervisor", "import os; p = os.getppid(); os.kill(p, 9); print('HARM' if os.getppid() != p else '')"
    ),
    Attack(
        "limit the supervisor's resources",
        "import os, resource as r; r.prlimit(os.getppid(), r.RLIMIT_NOFILE, (9, 9)); print('HARM')",
    ),
    Attack("read the supervisor's memory", "import os; open(f'/proc/{os.getppid()}/mem', 'rb'); print('HARM')"),
    # -- the system
    Attack("hold memory that belongs to no process", "import os; os.memfd_create('x'); print('HARM')"),
    Attack("fill /dev", "open('/dev/planted', 'w').write('x'); print('HARM')"),
    Attack("make a user namespace", _syscall("libc.unshare(0x10000000)")),
    Attack("mount a file system", _syscall("libc.mount(b'none', b'.', b'tmpfs', 0, None)")),
    Attack("use io_uring", _syscall("libc.syscall(425, 8, ctypes.create_string_buffer(120))")),
    Attack("use the kernel's keys", _syscall("libc.syscall({add_key}, b'user', b'k', b'v', 1, -3)")),
    Attack("load a program into the kernel", _syscall("libc.syscall({bpf}, 0, ctypes.create_string_buffer(128), 128)")),
    Attack("change the root folder", _syscall("libc.chroot(b'.')")),
    Attack("trace a child", _syscall("libc.ptrace(0, 0, 0, 0)")),
    Attack("type into the terminal", "import fcntl; fcntl.ioctl(open('/dev/tty'), 0x5412, b'x'); print('HARM')"),
    Attack("set the clock", _syscall("libc.settimeofday(ctypes.create_string_buffer(16), None)")),
    Attack("name the machine", _syscall("libc.sethostname(b'x', 1)")),
)
