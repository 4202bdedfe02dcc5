from codeact_tui.protocol.events import (
    ActionApproved,
    ActionEdited,
    ActionProposed,
    CellFinished,
    CellOutput,
    CellStarted,
    Envelope,
    StoredEvent,
)
from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.outputs import ErrorOutput
from codeact_tui.session.revisions import compared_with, versions
from codeact_tui.session.tracebacks import failing_line
from codeact_tui.session.transcript import Transcript, replay

FIRST, OTHER, AGAIN, ONCE_MORE = (ActionId(f"a{number}") for number in (1, 2, 3, 4))


def told(*events: StoredEvent) -> Transcript:
    return replay([Envelope(event, number, 100.0 + number) for number, event in enumerate(events, 1)])


def proposed(action: ActionId, code: str, rerun_of: ActionId | None = None) -> ActionProposed:
    return ActionProposed(action, code, code_sha256(code), "rerun" if rerun_of else "model", rerun_of)


def story() -> Transcript:
    return told(
        proposed(FIRST, "x = 1"),
        ActionEdited(FIRST, 1, "x = 2", code_sha256("x = 2"), ""),
        ActionApproved(FIRST, 1, code_sha256("x = 2"), "user"),
        CellStarted(FIRST, 1, code_sha256("x = 2")),
        CellFinished(FIRST, "ok", 0.5, 1),
        proposed(OTHER, "y = 1"),
        proposed(AGAIN, "x = 3", FIRST),
        proposed(ONCE_MORE, "x = 3", AGAIN),
    )


def test_every_version_of_a_cell_is_told_of() -> None:
    transcript = story()
    found = versions(transcript, ONCE_MORE)
    assert [(each.action, each.revision, each.code, each.by, each.before) for each in found] == [
        (FIRST, 0, "x = 1", "model", None),
        (FIRST, 1, "x = 2", "user", "x = 1"),
        (AGAIN, 0, "x = 3", "user", "x = 2"),
        (ONCE_MORE, 0, "x = 3", "user", "x = 3"),
    ]
    assert [(each.state, each.status, each.at) for each in found[:2]] == [
        ("proposed", None, 101.0),
        ("finished", "ok", 102.0),
    ]
    assert versions(transcript, FIRST) == found
    assert [each.action for each in versions(transcript, OTHER)] == [OTHER]


def test_a_cell_is_compared_with_what_it_was_made_from() -> None:
    actions = (transcript := story()).actions
    assert compared_with(transcript, actions[FIRST]) == ("the proposal", "x = 1")
    assert compared_with(transcript, actions[AGAIN]) == ("[1]", "x = 2")
    assert compared_with(transcript, actions[OTHER]) is None
    assert compared_with(transcript, actions[ONCE_MORE]) is None


def failed(*traceback: str, count: int | None = 5, code: str = "a\nb\nc\n") -> int:
    output = CellOutput(FIRST, ErrorOutput("E", "", traceback))
    transcript = told(proposed(FIRST, code), output, CellFinished(FIRST, "error", 0.1, count))
    return failing_line(transcript.actions[FIRST])


def test_the_failing_line_is_the_innermost_of_this_cell() -> None:
    place = "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[5]\x1b[39m\x1b[32m, line {}\x1b[39m, in f()"
    assert failed(place.format(3), place.format(2), "Cell In[4], line 1", "File /lib/x.py:9") == 2
    assert failed("Input In [5], in <cell line: 2>()") == 2
    assert failed("Cell In[5], line 2", code="\n  \na\nb\n") == 4


def test_a_traceback_that_knows_of_no_such_line_marks_none() -> None:
    assert failed("Cell In[4], line 1") == 0
    assert failed("Cell In[5], line 99") == 0
    assert failed("Cell In[5], line 99999999999999999999") == 0
    assert failed("Cell In[5], line 1", count=None) == 0
