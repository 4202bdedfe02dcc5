import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codeact_tui.effects.analysis import analyse, learn
from codeact_tui.effects.base import Effect
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.effects.values import PathValue
from codeact_tui.effects.words import phrases
from tests.hostile_text import HOSTILE


def found(code: str, **values: str) -> list[tuple[str, str]]:
    return [(effect.kind, effect.target) for effect in analyse(code, Knowledge(values=values)).effects]


@pytest.mark.parametrize(
    ("code", "effects"),
    [
        ("1 + 1", []),
        ("import pandas as pd\ndf = pd.read_csv('sales.csv')\ndf.groupby('a').sum()", [("read", "sales.csv")]),
        ("import pandas as pd\npd.read_csv(filepath_or_buffer='a.csv')", [("read", "a.csv")]),
        ("from pandas import read_csv as r\nr('a.csv')", [("read", "a.csv")]),
        ("import pandas as pd\npd.read_csv('https://x.org/a.csv')", [("network", "x.org")]),
        ("df.to_csv('out.csv')", [("write", "out.csv")]),
        ("text = df.to_csv()", []),
        ("open('a').read()", [("read", "a")]),
        ("open('a', 'w').write('x')", [("write", "a")]),
        ("open('a', mode='r+')", [("write", "a")]),
        ("open('a', how)", [("read", "a"), ("write", "a")]),
        ("from pathlib import Path\n(Path('d') / 'f.txt').write_text('x')", [("write", "d/f.txt")]),
        ("from pathlib import Path\np = Path('d')\np.joinpath('f').unlink()", [("delete", "d/f")]),
        ("import os\nos.remove(os.path.join('a', 'b'))", [("delete", "a/b")]),
        ("import shutil\nshutil.rmtree(f'{root}/x')", [("delete", "")]),
        ("import subprocess\nsubprocess.run(['git', 'status', x])", [("process", "git status …")]),
        ("import os\nos.system('rm -rf /')", [("process", "rm -rf /")]),
        ("!ls -la", [("process", "ls -la")]),
        ("files = !ls", [("process", "ls")]),
        ("!pip install numpy --quiet", [("install", "numpy"), ("process", "pip install numpy --quiet")]),
        ("%pip install a b", [("install", "a b")]),
        ("%%bash\nrm x\nls", [("process", "rm x\nls")]),
        ("%%time\nopen('a')", [("read", "a")]),
        ("%matplotlib inline\nx = 10\ny = (x\n% 3)", []),
        ("import requests\nrequests.get('https://api.github.com/users')", [("network", "api.github.com")]),
        ("import os\nos.environ['KEY']", [("environment", "KEY")]),
        ("import os\nos.environ['KEY'] = 'x'", [("environment", "KEY")]),
        ("eval('1')", [("dynamic", "eval")]),
        ("getattr(x, 'real')", []),
        ("getattr(x, name)()", [("dynamic", "getattr"), ("unknown", "")]),
        ("import pickle\npickle.load(open('p', 'rb'))", [("dynamic", "pickle.load"), ("read", "p")]),
        ("().__class__.__bases__", [("dynamic", "__bases__"), ("dynamic", "__class__")]),
        ("while True:\n    pass", [("loop", "")]),
        ("while True:\n    break", []),
        ("import frobnicate\nfrobnicate.go()", [("unknown", "import frobnicate"), ("unknown", "frobnicate.go")]),
        ("def f():\n    open('x', 'w')\nf()", [("write", "x")]),
        ("for name in names:\n    open(name)", [("read", "")]),
        ("open(f'a{1}')", [("read", "a1")]),
        ("a = 'x'\na = 'y'\nopen(a)", [("read", "")]),
    ],
)
def test_what_a_cell_would_do(code: str, effects: list[tuple[str, str]]) -> None:
    assert sorted(found(code)) == sorted(effects)


@pytest.mark.parametrize(
    ("code", "effects"),
    [
        ("import os\nlist(map(os.remove, names))", [("delete", "")]),
        ("from os import remove\nlist(map(remove, names))", [("delete", "")]),
        ("import os\nr = os.remove\nr('a')", [("delete", "")]),
        ("import os\no = os\no.remove('a')", [("unknown", "os")]),
        ("import os as o\nclean(o)", [("unknown", "clean"), ("unknown", "os")]),
        ("run = eval", [("dynamic", "eval")]),
        ("vars = 3\nprint(vars)", []),
        ("import os\nos.open('a', 1)", [("unknown", "os.open")]),
        ("from os import open as o\no('a', 1)", [("unknown", "os.open")]),
        ("import os\nos.path.join('a', os.getcwd())", []),
        ("import sys\nsys.modules['os'].remove('a')", [("dynamic", "sys.modules")]),
        ("img.save('a.png')", [("write", "a.png")]),
        ("import pandas as pd\npd.read_pickle('a')", [("dynamic", "pandas.read_pickle")]),
        ("class A:\n    import os\n    os.remove('a')", [("delete", "a")]),
        ("class A:\n    def f(self):\n        open('a')", []),
        ("class A(make('b')):\n    pass", [("unknown", "make")]),
        ("def f(x=open('a', 'w')):\n    pass", [("write", "a")]),
        ("def f(x: open('a')) -> open('b'):\n    pass", [("read", "a"), ("read", "b")]),
        ("@open('a').read\ndef f(): pass", [("read", "a")]),
        ("%time open('a', 'w')", [("write", "a")]),
        ("%timeit -n 5 -r 3 open('a', 'w')", [("write", "a")]),
        ("%%timeit open('a', 'w')\nopen('b')", [("read", "b"), ("write", "a")]),
        ("%%timeit -n 5 open('a', 'w')\n1", [("write", "a")]),
        ("%frobnicate a", [("unknown", "%frobnicate")]),
        ("%precision {open('a', 'w')}", [("unknown", "%precision")]),
        ("!ls \\\n  a; rm b", [("process", "ls  a; rm b")]),
        ("def f():\n    p = 'a'\nopen(p)", [("read", "")]),
        ("def f():\n    p = 'a'\n    open(p)\nf()", [("read", "a")]),
        ("if x:\n    p = 'a'\nopen(p)", [("read", "")]),
        ("if x:\n    p = 'a'\nelse:\n    open(p)", [("read", "")]),
        ("if x:\n    p = 'a'\n    open(p)", [("read", "a")]),
        ("try:\n    p = 'a'\nexcept E:\n    open(p)", [("read", "")]),
        ("import subprocess\nsubprocess.run(['a', 'b; rm c'])", [("process", "a 'b; rm c'")]),
        ("import subprocess\nsubprocess.run(['a'], cwd=d)", [("process", "a"), ("unknown", "subprocess.run")]),
        ("import subprocess\nsubprocess.run(['a'], **more)", [("process", "a"), ("unknown", "subprocess.run")]),
        ("import subprocess\nsubprocess.run(['a'], check=True)", [("process", "a")]),
    ],
)
def test_what_hides_behind_another_name_or_runs_where_it_is_defined(code: str, effects: list[tuple[str, str]]) -> None:
    assert sorted(found(code)) == sorted(effects)


def test_what_the_kernel_s_variables_hold_is_taken_in() -> None:
    assert found("open(root + '/a')", root="/data") == [("read", "/data/a")]
    code = "(folder / 'x').unlink()"
    assert [effect.target for effect in analyse(code, Knowledge(values={"folder": PathValue("/data")})).effects] == [
        "/data/x"
    ]
    assert found("root = str(3 + 1)\nopen(root)", root="/data") == [("read", "")]


def test_calling_what_nothing_is_known_of_can_not_be_told() -> None:
    assert found("clean(df)") == [("unknown", "clean")]


def test_what_earlier_cells_made_known() -> None:
    known = Knowledge()
    for code in (
        "import pandas as pd\nfrom pathlib import Path\nroot = Path('data')",
        "def save(x):\n    store(x)\ndef store(x):\n    (root / 'x.txt').write_text(x)\n",
        "class Box:\n    def empty(self):\n        (root / 'y').unlink()",
    ):
        assert analyse(code, known).effects == ()
        known = learn(code, known)
    assert [effect.target for effect in analyse("pd.read_csv(root / 'a.csv')", known).effects] == ["data/a.csv"]
    assert analyse("1\nsave('x')", known).effects == (Effect(2, "write", "data/x.txt"),)
    assert analyse("b = Box()", known).effects == (Effect(1, "delete", "data/y"),)
    assert analyse("list(map(save, 'ab'))", known).effects == (Effect(1, "write", "data/x.txt"),)


def test_what_is_assigned_anew_is_not_known_any_more() -> None:
    known = learn("root = 'a'\ndef f(): open('x', 'w')", Knowledge())
    known = learn("root = pick()\nf = print", known)
    assert [(effect.kind, effect.target) for effect in analyse("open(root); f()", known).effects] == [
        ("read", ""),
        ("unknown", "f"),
    ]


def test_what_is_only_defined_does_nothing_yet() -> None:
    assert found("def f():\n    open('x', 'w')") == []
    assert found("def f():\n    open('x', 'w')\ndef g():\n    f()\ng()") == [("write", "x")]
    assert found("class A:\n    open('x', 'w')\nA") == [("write", "x")]


def test_lines_are_told() -> None:
    assert [effect.line for effect in analyse("x = 1\n\nopen('a')\n!ls").effects] == [3, 4]


@pytest.mark.parametrize("code", ["def", "x = (", "a b", "\x00", "(" * 5000 + ")" * 5000, "x" * 500_000])
def test_what_can_not_be_read_is_said(code: str) -> None:
    analysis = analyse(code)
    assert analysis.problem
    assert phrases(analysis)[0].danger == 2


@given(st.text() | st.sampled_from([*HOSTILE.values()]))
def test_nothing_breaks_it(code: str) -> None:
    for phrase in phrases(analyse(code)):
        assert "\n" not in phrase.text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sum(range(10))", ["only computes"]),
        ("open('a')\nopen('b')", ["reads a, b"]),
        ("open(x)\nopen('b')", ["reads b and others"]),
        ("import os\nfor x in y: os.remove(x)\nopen('a', 'w')", ["deletes files", "writes a"]),
        ("\n".join(f"open('{n}')" for n in "abcde"), ["reads a, b, c and 2 more"]),
    ],
)
def test_the_words(code: str, words: list[str]) -> None:
    assert [phrase.text for phrase in phrases(analyse(code))] == words


@pytest.mark.parametrize(
    ("code", "effects"),
    [
        ("open('a')", [("read", "/w/sub/a")]),
        ("open('/etc/x')\nopen('~/x')\nopen(a)", [("read", "/etc/x"), ("read", "~/x"), ("read", "")]),
        ("import os\nos.chdir('d')\nopen('a')", [("environment", "working folder d"), ("read", "/w/sub/d/a")]),
        (
            "import os\nos.chdir(d)\nopen('a')\nopen('/b')",
            [("environment", "working folder"), ("read", ""), ("read", "/b")],
        ),
        (
            "import os\ndef f(): open('a')\nos.chdir('/x')\nf()",
            [("environment", "working folder /x"), ("read", "/x/a")],
        ),
        ("earlier()", [("read", "/w/sub/e")]),
    ],
)
def test_relative_paths_begin_where_the_cell_is(code: str, effects: list[tuple[str, str]]) -> None:
    known = replace(learn("def earlier(): open('e')", Knowledge()), working="/w/sub")
    told = sorted(analyse(code, known).effects, key=lambda effect: effect.kind)
    assert sorted((effect.kind, effect.target) for effect in told) == sorted(effects)
