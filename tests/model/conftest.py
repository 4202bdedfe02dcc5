"""One litellm worker for a whole module: its import takes seconds."""

import os
from collections.abc import AsyncIterator

import pytest_asyncio

from codeact_tui.model.litellm_process import LiteLLMProcess


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def litellm_process() -> AsyncIterator[LiteLLMProcess]:
    hidden = ("_API_KEY", "_PROXY", "_proxy")
    process = LiteLLMProcess({name: value for name, value in os.environ.items() if not name.endswith(hidden)})
    yield process
    await process.close()
