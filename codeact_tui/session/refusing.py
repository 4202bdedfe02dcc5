"""What the sandbox refused a cell: read from its error, and said to the user and to the model. Pure."""

from collections.abc import Sequence

from codeact_tui.protocol.events import CellOutput, OutputTruncated, StoredEvent
from codeact_tui.protocol.outputs import ErrorOutput, StreamOutput
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.protocol.visible import visible
from codeact_tui.session.outputs import ErrorBlock, OutputLog, StreamBlock

__all__ = ["refusal_texts", "said_to_model", "said_to_user"]

_TEXT_CHARS = 1 << 15
_BLOCKS = 40
_PROGRAMS = frozenset({"CalledProcessError", "SystemExit"})
"""Exceptions that say nothing themselves: the program that failed has printed why."""
_WHAT_CHARS = 200
_NAMED = 3


def refusal_texts(outputs: OutputLog, rest: Sequence[StoredEvent]) -> list[str]:
    """Give where to look for what was refused to a cell that has failed: its exception, or what its program printed.

    Args:
        outputs: What the cell has put out so far.
        rest: What comes after that and is not yet recorded.
    """
    late = [event.output for event in rest if isinstance(event, CellOutput)]
    put_out = [*outputs.blocks[-_BLOCKS:], *late[-_BLOCKS:]]
    error = next((each for each in reversed(put_out) if isinstance(each, ErrorBlock | ErrorOutput)), None)
    if error is None:
        return []
    texts = ["\n".join(error.traceback or (f"{error.ename}: {error.evalue}",))[-_TEXT_CHARS:]]
    if error.ename in _PROGRAMS:
        printed = [each.text[-_TEXT_CHARS:] for each in put_out if isinstance(each, StreamBlock | StreamOutput)]
        printed += [event.tail for event in rest if isinstance(event, OutputTruncated)]
        texts.append("".join(printed)[-_TEXT_CHARS:])
    return texts


def said_to_user(refusal: Refusal) -> str:
    """Say what was refused, and what would allow it where that is offered, as the end of a line: no full stop."""
    what = _shown(refusal.what)
    said = f"the sandbox {'refused' if refusal.certain else 'may have refused'} {what}"
    if refusal.grant:
        return f"{said}; `{visible(refusal.grant)}` in your config.toml allows it, from the next start on"
    return said


def said_to_model(refusals: Sequence[Refusal]) -> str:
    """Say in a sentence what was refused, so that it is not tried in other ways; empty where nothing was."""
    if not refusals:
        return ""
    named = [_shown(refusal.what) for refusal in refusals[:_NAMED]]
    more = f" and {len(refusals) - _NAMED} more" if len(refusals) > _NAMED else ""
    certain = any(refusal.certain for refusal in refusals)
    refused, then = ("refused", "") if certain else ("may have refused", "if so, ")
    can = "only the user can allow it" if any(refusal.grant for refusal in refusals) else "it stays closed"
    return f"[The sandbox {refused} {', '.join(named)}{more}; {then}other ways will fail too, {can}.]"


def _shown(what: str) -> str:
    line = visible(what).replace("\n", " ").replace("\t", " ")
    return line if len(line) <= _WHAT_CHARS else f"{line[: _WHAT_CHARS - 1]}…"
