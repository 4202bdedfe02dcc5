"""IPython's tracebacks are written for 75 columns; a pane has fewer."""

import pytest

from codeact_tui.protocol.outputs import ErrorOutput
from codeact_tui.session.outputs import OutputLog
from codeact_tui.tui.rendering.outputs import outputs_text


@pytest.mark.parametrize("red", ["", "\x1b[31m"])
def test_the_head_of_a_traceback_stands_on_one_short_line(red: str) -> None:
    off = "\x1b[39m" if red else ""
    head = f"{red}KeyError{off}{' ' * 33}Traceback (most recent call last)"
    log = OutputLog()
    log.add(
        ErrorOutput("KeyError", "'a'", (f"{red}{'-' * 75}{off}", head, "----> 1 d['a']", f"{red}KeyError{off}: 'a'"))
    )
    assert outputs_text(log).splitlines() == [
        "KeyError  Traceback (most recent call last)",
        "----> 1 d['a']",
        "KeyError: 'a'",
    ]


def test_what_only_looks_like_it_stays() -> None:
    log = OutputLog()
    log.add(ErrorOutput("E", "v", ("-----", "a     b", f"{'-' * 75}")))
    assert outputs_text(log).splitlines() == ["-----", "a     b", "-" * 75]
