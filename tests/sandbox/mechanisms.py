"""Which mechanisms can be tried on this machine."""

from functools import lru_cache

import pytest

from codeact_tui.sandbox.detect import find_mechanisms
from codeact_tui.sandbox.policy import Mechanism
from tests.patience import PATIENCE_S

__all__ = ["working_mechanisms"]


@lru_cache(maxsize=1)
def working_mechanisms() -> tuple[Mechanism, ...]:
    """Give those that work here, the strongest first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("codeact_tui.sandbox.detect._TRY_S", PATIENCE_S)  # each worker has to find the same
        found = find_mechanisms()
    if not found.seccomp.works:
        return ()
    working: dict[Mechanism, bool] = {"bubblewrap": found.bubblewrap.works, "landlock": found.landlock.works}
    return tuple(mechanism for mechanism, works in working.items() if works)
