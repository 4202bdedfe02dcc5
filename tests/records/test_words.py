from codeact_tui.protocol.effects import Effect
from codeact_tui.protocol.records import FileChange, Happened, ProgramRun
from codeact_tui.records.foretold import Foretold
from codeact_tui.records.words import Said, words_for


def told(*effects: tuple[str, str], problem: str = "") -> Foretold:
    return Foretold(tuple(Effect(1, kind, target) for kind, target in effects), problem)  # pyright: ignore[reportArgumentType]


def test_a_file_is_foretold_by_its_path_or_a_folder_above_it() -> None:
    for target in ("out.csv", "./out.csv", "/work/data/out.csv", "data", "data/", "."):
        assert told(("write", target)).file("data/out.csv", "created") is True
    assert told(("write", "/work/x/out.csv")).file("data/out.csv", "created") is False
    assert told(("write", "out.csv")).file("out.csv", "modified") is True
    assert told(("write", "put.csv")).file("out.csv", "created") is False
    assert told(("write", "out.csv")).file("out.csv", "deleted") is False
    assert told(("delete", "out.csv")).file("out.csv", "deleted") is True


def test_a_pattern_foretells_what_matches_it() -> None:
    deleted = told(("delete", "logs/*.log"))
    assert deleted.file("logs/a.log", "deleted") is True
    assert deleted.file("logs/a.txt", "deleted") is False
    assert told(("delete", "logs/**/*.log")).file("logs/a.log", "deleted") is True
    assert told(("delete", "logs/**/*.log")).file("logs/b/c/a.log", "deleted") is True


def test_where_the_code_does_not_tell_all_nothing_is_claimed() -> None:
    for kind in ("process", "install", "dynamic", "unknown"):
        assert told((kind, "x")).file("out.csv", "created") is None
    assert told(("write", "")).file("out.csv", "created") is None
    assert told(problem="it can't be read").file("out.csv", "created") is None
    assert told(("dynamic", "exec")).program("git") is None
    assert told(("read", "a")).file("out.csv", "created") is False


def test_a_program_is_foretold_by_its_name() -> None:
    git = told(("process", "git status --short"))
    assert [git.program(name) for name in ("git", "bash", "curl")] == [True, True, None]
    assert told(("process", "ls | head -2; /bin/cat 'x")).program("cat") is True
    assert [told().program(name) for name in ("git", "bash")] == [False, False]


def test_programs_that_nobody_could_see_are_said_to_be_unseen() -> None:
    unseen = Said("which programs it ran can't be seen here")
    assert words_for(Happened(programs_unseen=True)) == [unseen]
    assert unseen not in words_for(Happened(programs=(ProgramRun("git", "git"),), programs_unseen=True))


def test_it_is_said_in_a_line_what_was_not_foretold_first() -> None:
    happened = Happened(
        files=(
            FileChange("out.csv", "created", True),
            FileChange("a\x1b[2J\nb.txt", "deleted", False),
            *(FileChange(f"{number}.txt", "modified") for number in range(6)),
        ),
        more_files=2,
        programs=(
            ProgramRun("git", "git status", 3, None),
            ProgramRun("git", "git log"),
            ProgramRun("rm", "rm x", 1, False),
        ),
        packages=("six 1.17.0",),
    )
    assert [part.text for part in words_for(happened)] == [
        "deleted a⟨U+001B⟩[2J b.txt (not foretold)",
        "ran rm (not foretold)",
        "made out.csv",
        "changed 0.txt, 1.txt, 2.txt, 3.txt and 2 more",
        "ran git",
        "2 files more",
        "installed six 1.17.0",
    ]
    assert [part.unforetold for part in words_for(happened)][:3] == [True, True, False]
    assert words_for(happened, whole=True)[4] == Said("ran git status, git log")


def test_nothing_is_said_where_nothing_happened() -> None:
    assert words_for(Happened()) == words_for(Happened(cut=True)) == []
    assert words_for(Happened(cut=True), whole=True) == [Said("not all of the folder was looked at")]


def test_a_long_name_is_cut_in_its_middle() -> None:
    [part] = words_for(Happened(files=(FileChange("a" * 300 + ".csv", "created"),)))
    assert len(part.text) == len("made ") + 60
    assert part.text.endswith("a.csv")
