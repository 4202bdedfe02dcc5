"""Which session a user means. Pure."""

from collections.abc import Sequence

from codeact_tui.errors import SessionAmbiguous
from codeact_tui.protocol.ids import SessionId
from codeact_tui.store.base import SessionSummary
from codeact_tui.store.wording import no_such_session

__all__ = ["choose_session"]

_NAMED_MAX = 5
_TITLE_CHARS_MAX = 40


def choose_session(part: str, sessions: Sequence[SessionSummary]) -> SessionId:
    """Find the one session whose id is, begins or ends with this, or whose title is this.

    Raises:
        SessionNotFound: None does.
        SessionAmbiguous: Several do; the message lists them.
    """
    wanted = " ".join(part.split())
    id_part = wanted.lower()
    found = [summary for summary in sessions if wanted and _matches(summary, wanted, id_part)]
    exact = [summary for summary in found if summary.id == id_part]
    found = exact or found
    if not found:
        raise no_such_session(part)
    if len(found) > 1:
        raise SessionAmbiguous(
            f"{part[:_TITLE_CHARS_MAX]!r} may be {_listed(found)}.",
            remedy="Give more of the id, from its beginning or its end.",
        )
    return found[0].id


def _matches(summary: SessionSummary, wanted: str, id_part: str) -> bool:
    return summary.id.startswith(id_part) or summary.id.endswith(id_part) or summary.title == wanted


def _listed(sessions: Sequence[SessionSummary]) -> str:
    named = [_named(summary) for summary in sessions[:_NAMED_MAX]]
    if len(sessions) > _NAMED_MAX:
        return f"{', '.join(named)} or one of {len(sessions) - _NAMED_MAX} more"
    return f"{', '.join(named[:-1])} or {named[-1]}"


def _named(summary: SessionSummary) -> str:
    title = summary.title[:_TITLE_CHARS_MAX]
    return f"{summary.id} ({title})" if title else summary.id
