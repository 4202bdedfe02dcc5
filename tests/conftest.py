"""For all tests: nothing asks the keyring of whoever runs them, and nothing fails by luck or a slow machine.

Property tests try the same examples in every run; `--hypothesis-profile=searching` looks for others.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.patience import patient

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

_CHOSEN: Any = settings.default
_PASSED_OVER = [*_CHOSEN.suppress_health_check, HealthCheck.too_slow]
settings.register_profile("searching", _CHOSEN, deadline=None, suppress_health_check=_PASSED_OVER)
settings.register_profile("patient", settings.get_profile("searching"), derandomize=True, database=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def _patience() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    with patient():
        yield
