from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.effects.names import names_of
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.resuming import StaleCell, StaleSource
from codeact_tui.session.rerunning import first_difference
from codeact_tui.session.staleness import Cell, cells_that_make, stale_cells, stale_words


def notebook(*cells: tuple[str, int] | str) -> list[Cell]:
    """Give cells by their code, and when each ran where that is not its place."""
    return [
        Cell(ActionId(f"a{place}"), ran, names_of(code))
        for place, (code, ran) in enumerate(
            ((each, at) if isinstance(each, str) else each for at, each in enumerate(cells, 1)), 1
        )
    ]


def stale(*cells: tuple[str, int] | str) -> dict[str, tuple[str, ...]]:
    return {each.action: each.names for each in stale_cells(notebook(*cells))}


def fed(*cells: tuple[str, int] | str) -> dict[str, dict[str, tuple[str, ...]]]:
    found = stale_cells(notebook(*cells))
    return {each.action: {source.action: source.names for source in each.fed_by} for each in found}


def test_cells_that_ran_in_order_are_not_stale() -> None:
    assert stale("x = 1", "x += 1", "y = x", "print(y)") == {}


def test_what_an_earlier_cell_changed_since_makes_stale() -> None:
    assert stale(("x = 1", 9), "y = x", "z = 3", "print(y, z)") == {"a2": ("x",), "a4": ()}


def test_a_cell_that_a_stale_one_feeds_names_it() -> None:
    chain = (("x = 1", 9), "y = x", "z = y", "print(z, y)")
    assert fed(*chain) == {"a2": {}, "a3": {"a2": ("y",)}, "a4": {"a2": ("y",), "a3": ("z",)}}
    assert fed(("x = 1", 9), "y = x", "y = 5", "print(y)") == {"a2": {}}
    assert fed(("x = []", 9), "y = x", "print(x, y)") == {"a2": {}, "a3": {"a2": ("y",)}}


def test_a_later_cell_makes_nothing_before_it_stale() -> None:
    assert stale("x = 1", "y = x", ("x = 2", 9)) == {}


def test_a_cell_that_gives_the_name_anew_stands_between() -> None:
    assert stale(("x = 1", 9), "x = 2", "print(x)") == {}


def test_what_is_changed_in_place_goes_on() -> None:
    assert stale(("x = []", 9), "x.append(1)", "print(x)") == {"a2": ("x",), "a3": ("x",)}


def test_what_a_function_uses_counts_for_its_callers() -> None:
    assert stale(("k = 1", 9), "def f(v):\n    return v * k", "y = f(2)") == {"a3": ("k",)}


def test_what_the_kernel_saw_counts_too() -> None:
    first, second = notebook(("exec(code)", 9), "print(x)")
    first = Cell(first.action, first.ran, first.names, frozenset({"x"}))
    assert stale_cells([first, second]) == [StaleCell(second.action, ("x",))]


def test_the_cells_that_make_a_name_come_in_their_order() -> None:
    cells = notebook("a = 1", "b = a + 1", "c = 5", "d = b", "d.append(c)")
    assert cells_that_make(["d"], cells, lambda name: name == "c") == ["a1", "a2", "a4", "a5"]
    assert cells_that_make(["d"], cells, lambda name: name in {"b", "c"}) == ["a4", "a5"]
    assert cells_that_make([], cells, lambda _: True) == []


_CODES = st.sampled_from(
    ["a = 1", "b = a", "c = a + b", "a += c", "b = [c]", "b.append(a)", "def f():\n    return a", "c = f()"]
)


@given(st.lists(_CODES, max_size=8), st.lists(st.integers(0, 7), max_size=6))
def test_rerunning_what_is_stale_until_nothing_is_comes_to_an_end(codes: list[str], reruns: list[int]) -> None:
    ran = list(range(1, len(codes) + 1))
    for at in [each for each in reruns if each < len(codes)]:
        ran[at] = max(ran) + 1
    for _ in range(len(codes) + 1):
        found = stale_cells(notebook(*zip(codes, ran, strict=True)))
        if not found:
            return
        ran[int(found[0].action[1:]) - 1] = max(ran) + 1
    raise AssertionError("it goes on for ever")


def test_why_a_cell_is_stale_in_words() -> None:
    own, first, second = (ActionId(f"a{number}") for number in (9, 2, 3))
    assert stale_words(StaleCell(own, ("df",))) == "df has changed since it ran"
    assert stale_words(StaleCell(own, tuple("abcdef"))) == "a, b, c, d and 2 more have changed since it ran"
    assert stale_words(StaleCell(own, (), (StaleSource(first, ("y",)),))) == "it needs y from [2], which is stale"
    both = StaleCell(own, ("x",), (StaleSource(first, ("y", "z")), StaleSource(second, ("k",))))
    assert stale_words(both) == "x has changed since it ran; it needs y, z from [2], k from [3], which are stale"


def test_where_two_outputs_differ() -> None:
    assert first_difference("<A at 0x7f0012345678>", "<A at 0x7f00aaaaaaaa>") == ""
    assert first_difference("1\n2", "1\n3") == "“2” is now “3”"
    assert first_difference("1\n2\n3", "1") == "it puts out 2 lines fewer"
    assert first_difference("1", "1\n2") == "it puts out 1 line more"
