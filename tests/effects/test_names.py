import pytest

from codeact_tui.effects.names import Names, names_of


def names(
    needs: str = "",
    gives: str = "",
    changes: str = "",
    later: dict[str, str] | None = None,
    *,
    read: bool = True,
    touches: str = "",
) -> Names:
    return Names(
        frozenset(needs.split()),
        frozenset(gives.split()),
        frozenset(changes.split()),
        {name: frozenset(used.split()) for name, used in (later or {}).items()},
        read,
        frozenset(touches.split()),
    )


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = 1\ny = x + z", names("z", "x y")),
        ("x += 1", names("x", "x")),
        ("x = x if x else 1", names("x", "x")),
        ("import numpy as np, os.path\nfrom a.b import c as d, e", names("", "np os d e")),
        ("def f(a, b=q):\n    return a * k + len(a)", names("q", "f", later={"f": "k"})),
        ("class A(B):\n    n = m\n    def g(self):\n        return k", names("B m", "A", later={"A": "m k"})),
        ("for i in xs:\n    t = i\nprint(t)", names("xs", "i t")),
        ("if c:\n    u = 1\nelse:\n    u = 2\nprint(u)", names("c", "u")),
        ("if c:\n    u = 1\nprint(u)", names("c u", "u")),
        ("try:\n    import q\nexcept E as e:\n    q = None\nq", names("E", "q")),
        ("with open(p) as f:\n    s = f.read()", names("p", "f s")),
        ("df['a'] = df.b * 2", names("df", "", "df")),
        ("a.b.c = d[0]", names("a d", "", "a")),
        ("xs.append(y)", names("xs y", "", "xs", touches="xs")),
        ("df.drop(columns=z, inplace=True)", names("df z", "", "df", touches="df")),
        ("c.open(p).read()\nx = d.read()", names("c p d", "x", touches="c")),
        ("open(p, 'w').write(t)\nsorted(u).append(1)", names("p t u")),
        ("import os\nos.mkdir(p)", names("p", "os")),
        ("[a * b for a in c if d]", names("b c d")),
        ("{a: b for a, b in a}", names("a")),
        ("lambda r, s=t: r * k", names("k t")),
        ("(w := 3) + w", names("", "w")),
        ("del x", names("x", "x")),
        ("match a:\n    case [h, *t]:\n        r = h", names("a", "h t r")),
        ("%time x = y\n!ls {z}\nfiles = !ls", names("y", "x _ files")),
        ("print = 3\nprint", names("", "print")),
        ("x: int = y", names("y", "x")),
        ("print(", names(read=False)),
        ("x = '\\x00'\n\0", names(read=False)),
    ],
)
def test_the_names_of_a_cell(code: str, found: Names) -> None:
    assert names_of(code) == found


def test_no_code_is_too_deep() -> None:
    assert not names_of("x = " + "(" * 5000 + "1" + ")" * 5000).read
