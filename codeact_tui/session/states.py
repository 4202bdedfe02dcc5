"""The states a session can be in, and which may follow which."""

from codeact_tui.protocol.sessions import SessionState

__all__ = ["may_follow"]

_NEXT: dict[SessionState, frozenset[SessionState]] = {
    "idle": frozenset({"thinking", "running", "stopped"}),
    "thinking": frozenset({"waiting", "running", "idle", "stopped"}),
    "waiting": frozenset({"thinking", "running", "idle", "stopped"}),
    "running": frozenset({"thinking", "waiting", "idle", "stopped"}),
    "stopped": frozenset(),
}


def may_follow(before: SessionState, after: SessionState) -> bool:
    """Say whether a session may go from one state to another.

    ::

        idle ──▶ thinking ◀──▶ waiting ──▶ running     every state ──▶ idle, by an interrupt
          ▲         │  ▲                    │  ▲       every state ──▶ stopped, by a shutdown
          └─────────┘  └────────────────────┘  └── idle, for a cell of the user's
    """
    return after in _NEXT[before]
