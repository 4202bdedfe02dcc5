"""Forks below the sessions that they go on from."""

from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import SessionSummary
from codeact_tui.store.tree import as_tree


def session(name: str, parent: str | None = None, shared: int = 0, at: float = 0.0) -> SessionSummary:
    above = SessionId(parent) if parent else None
    return SessionSummary(SessionId(name), name, "/work", "demo", at, at, 1, parent=above, shared=shared)


def drawn(*sessions: SessionSummary) -> str:
    return "\n".join(f"{signs}{each.title}" for signs, each in as_tree(sessions))


def test_sessions_without_forks_stay_as_they_are() -> None:
    assert drawn(session("b"), session("a"), session("c")) == "b\na\nc"


def test_forks_stand_below_their_parents_in_the_order_of_their_points() -> None:
    late, early = session("late", "root", 9), session("early", "root", 2)
    found = drawn(session("other"), late, session("leaf", "early", 5), session("root"), early)
    assert found == "other\nroot\n├╴early\n│ └╴leaf\n└╴late"


def test_a_family_stands_where_the_one_used_last_does() -> None:
    assert drawn(session("fork", "root"), session("other"), session("root")) == "root\n└╴fork\nother"


def test_a_fork_whose_parent_is_not_here_stands_for_itself() -> None:
    assert drawn(session("fork", "gone"), session("deeper", "fork")) == "fork\n└╴deeper"


def test_a_long_line_of_forks_takes_no_more_than_some_columns() -> None:
    names = [f"s{number}" for number in range(500)]
    sessions = [session(name, names[at - 1] if at else None) for at, name in enumerate(names)]
    signs = [each for each, _ in as_tree(sessions)]
    assert len(signs) == 500
    assert max(map(len, signs)) == 12
    assert signs[5] == "        └╴"
    assert signs[-1] == "…499      └╴"


def test_deep_forks_say_at_which_level_they_are() -> None:
    names = [f"s{number}" for number in range(9)]
    line = [session(name, names[at - 1] if at else None) for at, name in enumerate(names)]
    beside = session("beside", "s6", at=1.0)
    found = drawn(*line, beside).splitlines()
    assert found[6] == "          └╴s6"
    assert found[7:] == ["…7        ├╴s7", "…8      │ └╴s8", "…7        └╴beside"]
