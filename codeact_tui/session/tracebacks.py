"""Which line of a cell failed, read from its traceback. Pure."""

import re

from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.session.entries import ActionRecord
from codeact_tui.session.outputs import ErrorBlock

__all__ = ["failing_line"]

_PLACE = re.compile(r"(?:Cell In|Input In) ?\[(\d{1,9})\](?:, line |, in <cell line: )(\d{1,9})")
_ENTRIES = 400
_CHARS = 20_000


def failing_line(record: ActionRecord) -> int:
    """Give the innermost line of the cell that its exception came through, counted from 1; 0 where none is known."""
    errors = [block for block in record.outputs.blocks if isinstance(block, ErrorBlock)]
    if not errors or record.execution_count is None:
        return 0
    # IPython leaves out the blank lines that a cell begins with, and counts without them.
    blank = record.code[: len(record.code) - len(record.code.lstrip())].count("\n")
    found = 0
    for entry in errors[-1].traceback[:_ENTRIES]:
        for place in _PLACE.finditer(plain_text(entry[:_CHARS])):
            if int(place[1]) == record.execution_count:
                found = int(place[2]) + blank
    return found if found <= record.code.count("\n") + 1 else 0
