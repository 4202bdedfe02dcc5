import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.effects.analysis import analyse
from codeact_tui.effects.values import PathValue
from codeact_tui.effects.words import phrases
from tests.hostile_text import HOSTILE


def found(code: str, **values: str) -> list[tuple[str, str]]:
    return [(effect.kind, effect.target) for effect in analyse(code, values).effects]


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
        ("import os\nos.environ['KEY'] = 'x'", [("environment", ""), ("environment", "KEY")]),
        ("eval('1')", [("dynamic", "eval")]),
        ("getattr(x, 'real')", []),
        ("getattr(x, name)()", [("dynamic", "getattr"), ("unknown", "")]),
        ("import pickle\npickle.load(open('p', 'rb'))", [("dynamic", "pickle.load"), ("read", ""), ("read", "p")]),
        ("().__class__.__bases__", [("dynamic", "__bases__"), ("dynamic", "__class__")]),
        ("while True:\n    pass", [("loop", "")]),
        ("while True:\n    break", []),
        ("import frobnicate\nfrobnicate.go()", [("unknown", "import frobnicate"), ("unknown", "frobnicate.go")]),
        ("def f():\n    open('x', 'w')\nf()", [("write", "x")]),
        ("for name in names:\n    open(name)", [("read", "")]),
        ("a = 'x'\na = 'y'\nopen(a)", [("read", "")]),
    ],
)
def test_what_a_cell_would_do(code: str, effects: list[tuple[str, str]]) -> None:
    assert sorted(found(code)) == sorted(effects)


def test_what_the_kernel_s_variables_hold_is_taken_in() -> None:
    assert found("open(root + '/a')", root="/data") == [("read", "/data/a")]
    code = "(folder / 'x').unlink()"
    assert [effect.target for effect in analyse(code, {"folder": PathValue("/data")}).effects] == ["/data/x"]
    assert found("root = pick()\nopen(root)", root="/data") == [("read", "")]


def test_calling_what_an_earlier_cell_defined_can_not_be_told() -> None:
    analysis = analyse("clean(df)", known_names=frozenset({"clean", "df"}))
    assert [(effect.kind, effect.target) for effect in analysis.effects] == [("unknown", "clean")]


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
