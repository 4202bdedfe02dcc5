"""Going back in lines: what is typed, what is asked, what is told."""

import pytest

from codeact_tui.errors import CodeActError
from codeact_tui.line.travelling import TravelWish, question, travel_wish
from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    CellFinished,
    CellStarted,
    Envelope,
    StoredEvent,
)
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import RerunOffer
from codeact_tui.protocol.travel import EVERYTHING, RewindPreviewed, Rewound
from codeact_tui.protocol.travel_files import FileDifference, FilesBack, FilesPreview, TravelAsked
from codeact_tui.protocol.travel_words import preview_text, rewound_words
from codeact_tui.session.points import points
from codeact_tui.session.transcript import replay

NOTES = FileDifference("notes.md", "changes", 40, 52, "you changed it since", "--- \n+++ \n@@ -1 +1 @@\n-a\n+b\n")
GONE = FileDifference("out.csv", "disappears", 1800, None)


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("", TravelWish()),
        ("all", TravelWish()),
        ("files", TravelWish(("files",))),
        ("files and variables back", TravelWish(("variables", "files"), "overwrite")),
        ("keep replay", TravelWish(conflicts="keep", way="replay")),
        ("preview", TravelWish(preview=True)),
    ],
)
def test_what_is_typed_is_read(typed: str, wish: TravelWish) -> None:
    assert travel_wish(typed) == wish


def test_a_word_that_means_nothing_is_told_of() -> None:
    with pytest.raises(CodeActError, match="“everything” can't go back"):
        travel_wish("everything")


def test_a_question_says_what_to_type() -> None:
    events: list[StoredEvent] = []
    for name in ("a1", "a2"):
        action = ActionId(name)
        events += [ActionProposed(action, "x", "0", "user"), ActionApproved(action, 0, "0", "user")]
        events += [CellStarted(action, 0, "0"), CellFinished(action, "ok")]
    transcript = replay(Envelope(event, place, 0.0) for place, event in enumerate(events, 1))
    first, last = points(transcript)
    assert question(transcript, TravelAsked(last.sequence, EVERYTHING, conflicts=(NOTES,), count=1)) == (
        "1 file was changed by you since: notes.md (+1 −1). Nothing was done yet: /undo keep leaves them as they are, "
        "/undo back takes them back as well."
    )
    asked = TravelAsked(
        first.sequence, ("variables", "files"), problem="No checkpoint was taken there", ways=("replay", "leave"),
        replay=(RerunOffer(ActionId("a1")),),
    )  # fmt: skip
    assert question(transcript, asked) == (
        "No checkpoint was taken there. replay: the cells until there run again in a fresh Python, 1 of them; not "
        "exact. leave: they stay as they are. Nothing was done yet: /rewind 1 variables files replay or "
        "/rewind 1 variables files leave says what becomes of the variables."
    )


def test_one_line_tells_what_came_back() -> None:
    files = FilesBack("t", "u", "a", (NOTES, GONE), 6, ("mine.txt",), 1, (("locked", "Permission denied"),), 1)
    assert "; ".join(rewound_words(Rewound(3, EVERYTHING, "c1", "c2", 1, files=files))) == (
        "went back: conversation, variables and files; 1 cell taken back; 6 files back: notes.md, out.csv and 4 more; "
        "as you changed it: mine.txt; not back: locked (Permission denied); /redo undoes it"
    )
    stayed = Rewound(3, ("conversation",), cells=2, files_problem="The files of that point were not kept", way="leave")
    assert "; ".join(rewound_words(stayed)) == (
        "went back: conversation; 2 cells taken back; variables stay as they are; "
        "the files of that point were not kept, so they stay; /redo undoes it"
    )


def test_a_preview_tells_of_files() -> None:
    files = FilesPreview((NOTES, GONE), 2, ("todo.txt",), 1, ("big.bin",), 1)
    assert preview_text(RewindPreviewed(3, 1, files=files)) == (
        "1 cell would be taken back. out.csv (1.8 kB) would go. Changed by you since: notes.md; it would be asked. "
        "todo.txt would stay as you changed them. Not kept, and so left as they are: big.bin."
    )
