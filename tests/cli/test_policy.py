"""`codeact policy explain`: what a file would do, from that file alone."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import codeact

CODE = """\
import os, requests, subprocess
text = open('data/in.csv').read()
open('out.txt', 'w').write(text)
os.remove('old.txt')
requests.get('https://api.example.org/x')
subprocess.run(['ls', '-l'])
eval(text)
"""
ADVICE = "Told from the code alone, which can hide what it does: the sandbox is the boundary."


def explained(capsys: pytest.CaptureFixture[str], file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    outcome = codeact(capsys, "policy", "explain", str(file))
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.splitlines()


def test_each_kind_is_a_line_the_gravest_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert explained(capsys, tmp_path / "a.py", CODE) == [
        "deletes old.txt (line 4)",
        "writes out.txt (line 3)",
        "runs ls -l (line 6)",
        "asks api.example.org (line 5)",
        "reads data/in.csv (line 2)",
        "runs code that can't be seen here by eval (line 7)",
        ADVICE,
    ]
    assert not (tmp_path / "out.txt").exists()


def test_json_has_every_effect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(CODE)
    outcome = codeact(capsys, "policy", "explain", str(file), "--json")
    assert {"line": 4, "kind": "delete", "target": "old.txt"} in json.loads(outcome.out)["effects"]


@pytest.mark.parametrize("content", ["def (", "\0", b"# coding: nonsense\n", b"\xff\xfe", b"#coding: hex\nff"])
def test_what_cant_be_read_is_not_harmless(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | bytes
) -> None:
    first, why, advice = explained(capsys, tmp_path / "a.py", content)
    assert first == "does what can't be told: the code can't be read"
    assert why.startswith("The file")
    assert advice == ADVICE


def test_a_file_is_read_in_the_encoding_that_python_takes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    hidden = b"# coding: utf-7\n+AAo-open('x', 'w')\n"  # a comment, to an eye that reads ASCII
    assert explained(capsys, tmp_path / "a.py", hidden)[0].startswith("writes x (line ")
    assert explained(capsys, tmp_path / "b.py", "print(1)")[0] == "only computes"


def test_many_lines_and_hostile_names_stay_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = explained(capsys, tmp_path / "a.py", "".join(f"open('f{n}')\n" for n in range(20)))
    assert lines == ["reads f0, f1, f2 and 17 more (lines 1, 2, 3, 4, 5, 6, 7, 8, …)", ADVICE]
    [evil, _] = explained(capsys, tmp_path / "a.py", "open('a\\u202e\\x1b[31m\\nb')")
    assert "⟨U+202E⟩" in evil
    assert "\x1b" not in evil


def test_what_is_no_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("none.py", ".", "/dev/zero"):
        outcome = codeact(capsys, "policy", "explain", str(tmp_path / name))
        assert outcome.code == 1
        assert len(outcome.err.splitlines()) <= 2
        assert "Name a Python file" in outcome.err
