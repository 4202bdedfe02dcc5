"""Whatever a variable is called and says of itself, its row is one line, as wide as the list, and obeys nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from codeact_tui.protocol.events import VariablesChanged, VariablesListed
from codeact_tui.protocol.variables import Variable
from codeact_tui.tui.rendering.lines import width_of
from codeact_tui.tui.widgets.variable_box import VariablesBox
from codeact_tui.tui.widgets.variables import VariablesPane
from tests.hostile_text import HOSTILE
from tests.tui.widgets.frame import Frame

OBEYED = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A))}
"""Characters that a terminal would do something for, or that reorder a line."""
WIDTHS = (1, 2, 5, 17, 30, 44, 60, 120)
HOSTILE_TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(sorted(HOSTILE.values())),
    st.text(alphabet="\u0301\u200d\U0001f469\u4e2da\t\n\x1b[]", max_size=60),
)
VARIABLES = st.builds(
    Variable,
    name=HOSTILE_TEXT,
    type_name=HOSTILE_TEXT,
    kind=st.sampled_from(["value", "table", "array", "module", "strange"]),
    shape=st.none() | st.lists(st.integers(0, 10**18), max_size=9).map(tuple),
    size_bytes=st.none() | st.integers(0, 10**18),
    summary=HOSTILE_TEXT,
)


def check(pane: VariablesPane) -> None:
    """Draw every row at every width."""
    for block in pane.blocks:
        for width in WIDTHS:
            lines = block.render(width, pane.paint)
            assert len(lines) == 1
            assert width_of(lines[0].pieces) <= width
            assert not OBEYED & set(lines[0].text)
    for y in range(pane.size.height):
        assert pane.render_line(y).cell_length == pane.size.width
        assert sum(segment.cell_length for segment in pane.render_line(y)) == pane.size.width


async def test_hostile_variables_keep_their_rows() -> None:
    pane = VariablesPane()
    async with Frame(VariablesBox(pane)).run_test(size=(72, 12)) as pilot:

        @settings(max_examples=80, deadline=None)
        @given(st.lists(VARIABLES, max_size=4), st.lists(VARIABLES, max_size=3), HOSTILE_TEXT, st.booleans())
        def drawn(before: list[Variable], after: list[Variable], typed: str, grouped: bool) -> None:
            pane.clear()
            pane.listed(VariablesListed(tuple(before), total=len(before)))
            removed = tuple(variable.name for variable in before[2:])
            pane.changed(VariablesChanged(added=tuple(after[1:]), changed=tuple(after[:1]), removed=removed, total=4))
            if grouped:
                pane.action_group()
            check(pane)
            for _ in range(6):
                pane.action_sort()
                check(pane)
            pane.filter(typed)
            check(pane)
            pane.filter("")

        drawn()
        await pilot.pause()
