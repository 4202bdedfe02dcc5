"""Kinds of state, each made by one piece of code, spoiled by another, and looked at by a third."""

from dataclasses import dataclass

__all__ = ["STATES", "State"]


@dataclass(frozen=True)
class State:
    """What a cell makes, how it is spoiled after the checkpoint, and what is true again when that was woken."""

    made: str
    spoiled: str
    true: str


_FILE = "open('lines.txt', 'w').write(''.join(f'line {n}\\n' for n in range(5000)))\n"

STATES: dict[str, State] = {
    "number": State("n = 41", "n = 0", "n == 41"),
    "deleted": State("gone = [1]", "del gone", "gone == [1]"),
    "new": State("pass", "fresh = 1", "'fresh' not in globals()"),
    "list": State("l = [1, [2]]", "l[1].append(3)", "l == [1, [2]]"),
    "shared": State("s1 = []; s2 = {'k': s1}", "s1.append(1)", "s2['k'] is s1 and s1 == []"),
    "cycle": State("cy = []; cy.append(cy)", "cy.clear()", "cy[0] is cy"),
    "function": State("def f(a): return a + 1", "def f(a): return 0", "f(1) == 2"),
    "lambda": State("k = 3; lam = lambda v: v * k", "k = 4", "lam(2) == 6"),
    "closure": State(
        "def mk(n):\n  c = [n]\n  def inc():\n    c[0] += 1\n    return c[0]\n  return inc\nclo = mk(10); clo()",
        "clo(); clo()",
        "clo() == 12",
    ),
    "class": State(
        "class A:\n  v = 1\na = A()", "A.v = 2; a.w = 3", "a.v == 1 and not hasattr(a, 'w') and type(a) is A"
    ),
    "slots": State("class P:\n  __slots__ = ('v',)\np = P(); p.v = 1", "p.v = 2", "p.v == 1"),
    "dataclass": State(
        "import dataclasses\n@dataclasses.dataclass\nclass D:\n  x: int\nd = D(1)", "d.x = 2", "d == D(1)"
    ),
    "generator": State(
        "gen = (i for i in range(100)); [next(gen) for _ in range(5)]",
        "[next(gen) for _ in range(9)]",
        "next(gen) == 5",
    ),
    "coroutine": State(
        "async def co():\n  return 7\ncoro = co()",
        "coro.close()",
        "(lambda: (coro.cr_frame is not None, coro.close())[0])()",
    ),
    "iterator": State("import itertools; it = itertools.count(5); next(it)", "next(it)", "next(it) == 6"),
    "random": State(
        "import random; random.seed(7); random.random(); expected = random.Random(7); expected.random()",
        "random.random()",
        "random.random() == expected.random()",
    ),
    "numpy": State(
        "import numpy as np; arr = np.arange(1_000_000.0)", "arr[:] = 0", "arr[-1] == 999_999 and arr.sum() > 0"
    ),
    "numpy random": State(
        "np.random.seed(3); rng = np.random.default_rng(1)",
        "np.random.rand(); rng.random()",
        "np.random.rand() == np.random.RandomState(3).rand() and rng.random() == np.random.default_rng(1).random()",
    ),
    "blas": State("m = np.ones((300, 300)); m @ m", "m[:] = 0", "(m @ m)[0, 0] == 300"),
    "pandas": State(
        "import pandas as pd; df = pd.DataFrame({'a': range(1000), 'b': list('xy') * 500})",
        "df['a'] = 0",
        "len(df) == 1000 and df.groupby('b').a.sum().sum() == 499_500",
    ),
    "figure": State(
        "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots(); ax.plot([1])",
        "ax.set_title('spoiled'); plt.close(fig)",
        "ax.get_title() == '' and (fig.savefig('/dev/null', format='png') or True) and plt.fignum_exists(fig.number)",
    ),
    "module": State("import math", "math.pi = 3", "abs(math.pi - 3.14159) < 1e-4"),
    "imported": State("pass", "import wave", "'wave' not in sys.modules"),
    "path": State("import sys; path_before = list(sys.path)", "sys.path.append('/nowhere')", "sys.path == path_before"),
    "environment": State(
        "import os; os.environ['KIND'] = 'v1'", "os.environ['KIND'] = 'v2'", "os.environ['KIND'] == 'v1'"
    ),
    "file read": State(
        _FILE + "fh = open('lines.txt'); [fh.readline() for _ in range(3)]",
        "[fh.readline() for _ in range(999)]",
        "fh.readline() == 'line 3\\n'",
    ),
    "file written": State(
        "fw = open('written.txt', 'w'); fw.write('before ')",
        "fw.write('AFTER'); fw.flush()",
        "(fw.write('again'), fw.flush(), open(os.path.join(home, 'written.txt')).read() == 'before again')[2]",
    ),
    "descriptor": State(
        _FILE + "raw = os.open('lines.txt', os.O_RDONLY); os.read(raw, 5)",
        "os.read(raw, 500)",
        "os.read(raw, 2) == b'0\\n'",
    ),
    "append": State("fa = open('appended.txt', 'a'); fa.write('x'); fa.flush()", "fa.close()", "not fa.closed"),
    "temporary file": State(
        "import tempfile; tmp = tempfile.NamedTemporaryFile(); tmp.write(b'ab'); tmp.flush()",
        "tmp.write(b'cd'); tmp.flush()",
        "tmp.tell() == 2 and os.path.exists(tmp.name)",
    ),
    "bytes io": State("import io; bio = io.BytesIO(b'abc'); bio.read(1)", "bio.read()", "bio.read() == b'bc'"),
    "sqlite": State(
        "import sqlite3; db = sqlite3.connect(':memory:'); db.execute('create table t (a)');"
        "db.execute('insert into t values (1)')",
        "db.execute('insert into t values (2)'); db.commit()",
        "db.execute('select count(*) from t').fetchone() == (1,)",
    ),
    "context": State(
        "import contextvars; cv = contextvars.ContextVar('cv'); cv.set('kept')",
        "cv.set('spoiled')",
        "cv.get(None) == 'kept'",
    ),
    "decimal": State(
        "import decimal; decimal.getcontext().prec = 50",
        "decimal.getcontext().prec = 5",
        "decimal.getcontext().prec == 50",
    ),
    "cache": State(
        "import functools\n@functools.lru_cache\ndef cached(n): return n * 2\ncached(3)",
        "cached.cache_clear()",
        "cached.cache_info().currsize == 1",
    ),
    "weak reference": State("import weakref\nclass W: pass\nw = W(); wr = weakref.ref(w)", "del w", "wr() is w"),
    "lock": State(
        "import threading; lock = threading.RLock(); lock.acquire()",
        "lock.release()",
        "(lock.release(), lock.acquire(blocking=False))[1]",
    ),
    "held lock": State("held = threading.Lock(); held.acquire()", "held.release()", "held.locked()"),
    "queue": State("import queue; q = queue.Queue(); q.put(1)", "q.get()", "q.qsize() == 1"),
    "pool": State(
        "from concurrent.futures import ThreadPoolExecutor; pool = ThreadPoolExecutor(2); list(pool.map(abs, [-1]))",
        "pool.shutdown()",
        "list(pool.map(abs, [-2, -3])) == [2, 3]",
    ),
    "thread local": State("tl = threading.local(); tl.v = 1", "tl.v = 2", "tl.v == 1"),
    "new thread": State(
        "pass", "pass", "(lambda t: (t.start(), t.join(120), not t.is_alive())[2])(threading.Thread(target=int))"
    ),
    "subprocess": State(
        "import subprocess", "pass", "subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout == 'hi\\n'"
    ),
    "fork": State(
        "pass",
        "pass",
        "(lambda pid: os._exit(4) if pid == 0 else os.waitpid(pid, 0)[1] >> 8 == 4)(os.fork())",
    ),
    "magic": State(
        "from IPython.core.magic import register_line_magic\n@register_line_magic\ndef mym(line): return 'm' + line",
        "del get_ipython().magics_manager.magics['line']['mym']",
        "get_ipython().run_line_magic('mym', 'q') == 'mq'",
    ),
    "history": State("1 + 41", "'spoiled'", "'spoiled' not in str(In[:-1])"),
    "stream": State("out = sys.stdout; swapped = print", "sys.stdout = io.StringIO()", "sys.stdout is out"),
    "logging": State(
        "import logging; logging.getLogger('x').setLevel(10)",
        "logging.getLogger('x').setLevel(40)",
        "logging.getLogger('x').level == 10",
    ),
    "signal": State(
        "import signal; signal.signal(signal.SIGUSR1, lambda *a: None)",
        "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        "callable(signal.getsignal(signal.SIGUSR1))",
    ),
    "recursion limit": State(
        "sys.setrecursionlimit(4000)", "sys.setrecursionlimit(500)", "sys.getrecursionlimit() == 4000"
    ),
    "exit hook": State(
        "import atexit; ended = []; atexit.register(ended.append, 1)", "atexit.unregister(ended.append)", "ended == []"
    ),
    "enum": State("import enum\nclass C(enum.Enum):\n  A = 1\nc = C.A", "c = None", "c is C.A"),
    "exception": State(
        "try:\n  1 / 0\nexcept ZeroDivisionError as e:\n  err = e", "err = None", "err.__traceback__ is not None"
    ),
    "regex": State("import re; rx = re.compile('a+'); mt = rx.match('aab')", "mt = None", "mt.group() == 'aa'"),
    "display handle": State(
        "from IPython.display import display; h = display('x', display_id='h1')", "h = None", "h.display_id == 'h1'"
    ),
    "memory view": State("buf = bytearray(b'abc'); mv = memoryview(buf)", "mv[0] = 0", "bytes(mv) == b'abc'"),
    "folder": State(
        "os.makedirs('sub', exist_ok=True); home = os.getcwd(); os.chdir('sub')",
        "os.chdir('/')",
        "(os.getcwd().endswith('/sub'), os.chdir(home))[0]",
    ),
}
"""Made one after the other in one kernel: what an earlier one imported, a later one may use."""
