from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.tui.rendering.heights import Heights

HEIGHTS = st.lists(st.integers(0, 9), max_size=60)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["append", "pop", "set"]), st.integers(0, 99), st.integers(0, 9)), max_size=40
)


@given(HEIGHTS, CHANGES)
def test_sums_and_search_are_those_of_a_plain_list(heights: list[int], changes: list[tuple[str, int, int]]) -> None:
    tree, plain = Heights(), list(heights)
    tree.reset(heights)
    for change, at, height in changes:
        if change == "append":
            tree.append(height)
            plain.append(height)
        elif plain and change == "pop":
            tree.pop()
            plain.pop()
        elif plain:
            tree.set(at % len(plain), height)
            plain[at % len(plain)] = height
    assert [tree.top(index) for index in range(len(plain) + 1)] == [
        sum(plain[:index]) for index in range(len(plain) + 1)
    ]
    owners = [index for index, height in enumerate(plain) for _ in range(height)]
    assert [tree.find(line) for line in range(tree.total)] == owners
    assert tree.find(tree.total) == len(plain)
