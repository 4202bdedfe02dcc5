"""What the application waits for no longer than a person would, tests wait for as long as a busy machine takes."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

__all__ = ["PATIENCE_S", "patient"]

PATIENCE_S = 60.0
"""How long anything may be waited for that has to come: far more than it takes, less than a test may."""

_BOUNDS = (
    "kernel.checkpoints._WAKE_S",
    "kernel.dispatcher._MARK_S",
    "kernel.dispatcher._SILENCE_S",
    "kernel.find_python._PROBE_S",
    "kernel.questions._ASK_S",
    "kernel.questions._BRING_BACK_GRACE_S",
    "kernel.questions._COMPLETE_S",
    "kernel.questions._KEEP_S",
    "kernel.questions._PROGRESS_S",
    "kernel.running_kernel._CHECKPOINT_S",
    "kernel.running_kernel._READY_S",
    "line.front._TWICE_S",
    "line.permitting._LIST_S",
    "line.suggesting._ANSWER_S",
    "model.local_servers._CONNECT_S",
    "model.openai_client._END_S",
    "sandbox.gate._END_S",
    "sandbox.network._HAND_OUT_S",
    "session.controller._ENDED_S",
    "session.controller._STILL_S",
    "session.controller._TRIED_STILL_S",
    "session.departing._STILL_S",
    "session.files._BEFORE_MORE_S",
    "session.files._BEFORE_S",
    "session.files._QUIT_S",
    "session.foretelling._LISTING_S",
    "session.happening.SECONDS_MAX",
    "session.happening._CUT_SECONDS",
    "session.interrupting._DEAF_S",
    "session.keeping._BEGIN_S",
    "session.keeping._GRACE_S",
    "session.mentions._LOOK_UP_S",
    "session.rehearsing._DEAF_S",
    "store.writer._FINISH_S",
    "tui.chrome._FLASH_S",
    "tui.clipboard._SECONDS",
    "tui.commands.prompt._TWICE_S",
    "tui.pictures.decoding._TIMEOUT_S",
    "tui.pictures.kitty._VERSION_TIMEOUT_S",
    "tui.widgets.variable_flash.FLASH_S",
)
"""Tests of what happens at such a bound set it to next to nothing themselves."""

_LAST_ARGUMENTS = ("kernel.inside.namespace.listing", "kernel.inside.namespace.Differ.scan")
"""Functions whose last argument, when it is left out, is such a bound."""


@contextmanager
def patient() -> Generator[None]:
    """Widen the bounds in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _BOUNDS:
            patch.setattr(f"codeact_tui.{name}", PATIENCE_S)
        for name in _LAST_ARGUMENTS:
            patch.setattr(f"codeact_tui.{name}.__defaults__", (PATIENCE_S,))
        yield
