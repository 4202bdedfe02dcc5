"""Cells that take more than they are given, break their kernel, or speak for it; and what becomes of each."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["FLOODS", "OUTCOMES", "Flood", "Outcome"]

Outcome = Literal["refused", "cut", "interrupted", "killed", "ended", "harmless"]

OUTCOMES: dict[Outcome, str] = {
    "refused": "refused at the limit",
    "cut": "cut at the limit",
    "interrupted": "interrupted",
    "killed": "the kernel is killed",
    "ended": "the kernel ends, nothing else does",
    "harmless": "harms nothing",
}


@dataclass(frozen=True)
class Flood:
    """A cell, and what becomes of it.

    Attributes:
        name: A few words, as the table in the documentation shows them.
        code: It prints `HARM` when it has got further than it may; `{mark}` is a number that nothing else has.
        outcome: With bubblewrap.
        landlock: With Landlock, where that differs.
    """

    name: str
    code: str
    outcome: Outcome
    landlock: Outcome | None = None


_WRITE = "piece = b'x' * (1 << 20)\n"

FLOODS = (
    Flood(
        "start processes without end",
        "import subprocess\nchildren = []\n"
        "try:\n"
        "    while len(children) < 250:\n"
        "        children.append(subprocess.Popen(['sleep', '600']))\n"
        "    print('HARM')\n"
        "except BlockingIOError:\n    print('refused')\n"
        "for child in children:\n    child.kill(); child.wait()",
        "refused",
    ),
    Flood(
        "write a file without end",
        f"{_WRITE}with open('large', 'wb') as f:\n    for _ in range(64):\n        f.write(piece)\nprint('HARM')",
        "refused",
    ),
    Flood(
        "open files without end",
        "import os\nheld = []\n"
        "try:\n    while len(held) < 300:\n        held.append(os.open('/dev/null', 0))\n    print('HARM')\n"
        "except OSError:\n    print('refused')\n"
        "for each in held:\n    os.close(each)",
        "refused",
    ),
    Flood("print without end", "for _ in range(64):\n    print('x' * (1 << 20))", "cut"),
    Flood("take the processors for ever", "import threading\nwhile True:\n    pass", "interrupted"),
    Flood(
        "the same, deaf to interrupts",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
        "killed",
    ),
    Flood("close descriptors 0 to 2", "import os\nos.closerange(0, 3)", "harmless"),
    Flood(
        "forge messages of the kernel",
        "s, pub = get_ipython().kernel.session, get_ipython().kernel.iopub_socket\n"
        "for kind, content in (('status', {'execution_state': 7}), ('status', {}), ('stream', {'name': [], 'text': 1}),"
        "\n    ('display_data', {'data': {'image/png': 5, 'text/html': {}}, 'metadata': []}),\n"
        "    ('error', {'traceback': 'x'}),\n"
        "    ('execute_reply', {'status': 'ok'}), ('codeact_variables', {'added': 'x'}), ('x' * 9999, {})):\n"
        "    s.send(pub, kind, content, parent=get_ipython().kernel.get_parent('shell'))\n"
        "pub.send_multipart([b'no', b'message'])\nprint('sent')",
        "harmless",
    ),
    Flood(
        "poison a pickle",
        "class Poison:\n    def __reduce__(self):\n        return (os.mkdir, ('{mark}',))\nimport os, pickle\n"
        "data, poison = pickle.dumps(Poison()), Poison()\nprint('made')",
        "harmless",
    ),
    Flood(
        "display a poisoned picture and table",
        "from IPython.display import display\n"
        "display({'image/png': 'A' * (40 << 20)}, raw=True)\n"
        "display({'application/vnd.codeact.table+json': {'columns': 7, 'rows': [[[]]]}, 'text/plain': 'x'}, raw=True)\n"
        "display({'application/vnd.dataresource+json': '['* 99999}, raw=True)\nprint('shown')",
        "harmless",
    ),
    Flood(
        "leave a process behind",
        "import subprocess, sys\n"
        "subprocess.Popen(['setsid', 'setsid', 'sleep', '600.{mark}'], start_new_session=True)\n"
        "import os; os._exit(0)",
        "ended",
    ),
    Flood("end by os._exit", "import os; os._exit(3)", "ended"),
    Flood("end by a segmentation fault", "import ctypes; ctypes.string_at(0)", "ended"),
    Flood("take memory without end", f"{_WRITE}held = []\nwhile True:\n    held.append(bytearray(piece))", "killed"),
    Flood(
        "hide memory in files of /dev/shm",
        f"import time\n{_WRITE}for n in range(999):\n"
        "    open(f'/dev/shm/{n}', 'wb').write(piece * 4)\n    time.sleep(0.01)\ntime.sleep(60)",
        "killed",
        landlock="refused",
    ),
    Flood(
        "fill the disk",
        f"import time\n{_WRITE}for n in range(400):\n    open(f'file-{{n}}', 'wb').write(piece)\n    time.sleep(0.01)\n"
        "time.sleep(60)\nprint('HARM')",
        "killed",
    ),
)
