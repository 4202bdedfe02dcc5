"""What happened to a session as a whole."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import SessionId
from codeact_tui.protocol.ops import Policy

__all__ = [
    "Failed",
    "ModelChanged",
    "Noted",
    "PolicyChanged",
    "SessionOpened",
    "SessionState",
    "StateChanged",
    "TitleChanged",
]

SessionState = Literal["idle", "thinking", "waiting", "running", "stopped"]
"""stopped: the session is closed. Nothing more comes."""


class SessionOpened(Struct, frozen=True, tag="session_opened"):
    """The session was made, or opened again."""

    session: SessionId
    folder: str
    model: str
    policy: Policy
    version: str
    """Of codeact."""
    resumed: bool = False
    moved_from: str = ""
    """Where cells ran until then, when that was another folder."""


class TitleChanged(Struct, frozen=True, tag="title_changed"):
    """The session has a title: from its first prompt, or the user's."""

    title: str


class PolicyChanged(Struct, frozen=True, tag="policy_changed"):
    """Who decides about actions from now on."""

    policy: Policy


class ModelChanged(Struct, frozen=True, tag="model_changed"):
    """Which model is asked from now on."""

    model: str


class Noted(Struct, frozen=True, tag="noted"):
    """A sentence for the user that is no failure."""

    text: str


class Failed(Struct, frozen=True, tag="failed"):
    """Something could not be done; the session goes on."""

    error: str
    """The error's class name, for tests and for front ends that act on it."""
    message: str
    remedy: str = ""


class StateChanged(Struct, frozen=True, tag="state_changed"):
    """The controller went to another state. Transient."""

    state: SessionState
