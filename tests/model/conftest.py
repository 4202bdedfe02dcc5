"""One litellm worker for a whole module: its import takes seconds."""

import os
from collections.abc import AsyncIterator, Mapping

import pytest_asyncio

from codeact_tui.model.litellm_process import LiteLLMProcess


def quiet_environment() -> Mapping[str, str]:
    """The test's own environment, but for keys and proxies, and with one key that is a known one."""
    hidden = ("_API_KEY", "_PROXY", "_proxy")
    kept = {name: value for name, value in os.environ.items() if not name.endswith(hidden)}
    return kept | {"CODEACT_TEST_KEY": "sk-known"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def litellm_process() -> AsyncIterator[LiteLLMProcess]:
    process = LiteLLMProcess(quiet_environment())
    yield process
    await process.close()
