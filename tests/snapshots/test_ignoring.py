import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codeact_tui.snapshots.ignoring import NO_RULES

PATHS = ("a", "b.log", "x/a", "x/b.log", "x/y/a", "x/y/[z]", "x/y/b.log", "doc/a.txt", "a b", "!c", "#d", "x/y/ab.txt")


def git_ignores(folder: Path, paths: tuple[str, ...]) -> set[str]:
    """Ask git itself."""
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=folder,
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
    )
    assert answer.returncode in {0, 1}, answer.stderr
    return set(filter(None, answer.stdout.decode().split("\0")))


def we_ignore(text: str, path: str) -> bool:
    """Ask for each folder on the way, as a scan does."""
    rules = NO_RULES.with_text(text, "")
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        if rules.ignores("/".join(parts[:count]), parts[count - 1], is_folder=count < len(parts)):
            return True
    return False


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    for path in PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


line = st.lists(
    st.sampled_from(
        ["a", "b", "x", "y", "doc", "/", "*", "**", "?", "!", ".log", ".txt", "[ab]", "[!a]", "\\", " ", "#"]
    ),
    min_size=1,
    max_size=5,
).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "*.log\n!x/b.log",
        "/a",
        "x/",
        "**/a",
        "x/**",
        "x/**/b.log",
        "doc/*.txt",
        "[ab]",
        "\\!c\n\\#d\n#d",
        "x/*\n!x/y/\nx/y/*\n!x/y/a",
        "a\\ b",
        "a   ",
        "a*b*t*",
        "x/y/[[]z]",
    ],
)
def test_files_are_ignored_as_git_does(repository: Path, text: str) -> None:
    (repository / ".gitignore").write_text(text)
    assert {path for path in PATHS if we_ignore(text, path)} == git_ignores(repository, PATHS)


@settings(max_examples=60, deadline=None)
@given(st.lists(line, min_size=1, max_size=4).map("\n".join))
def test_any_file_reads_as_git_reads_it(repository: Path, text: str) -> None:
    # Behind a plain beginning git takes `**` for whole folders; its manual says that it does not.
    assume(not re.search(r"[^/\n]\*\*", text))
    (repository / ".gitignore").write_text(text)
    assert {path for path in PATHS if we_ignore(text, path)} == git_ignores(repository, PATHS)


def test_no_pattern_can_make_it_slow() -> None:
    # One that tries every way to match takes longer than anybody would wait.
    rules = NO_RULES.with_patterns(["*a" * 60 + "b", "**/" * 3 + "a*" * 30 + "c", "**/" * 200 + "x"])
    assert not rules.ignores("/".join(["a" * 200] * 60), "a" * 200, is_folder=False)
