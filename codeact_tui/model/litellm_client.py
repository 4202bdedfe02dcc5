"""Every provider that litellm knows, by way of a worker process. Importing this costs next to nothing."""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from codeact_tui.errors import ModelError
from codeact_tui.model.base import Delta, ModelInfo, Request
from codeact_tui.model.keys import KeySource
from codeact_tui.model.litellm_process import LiteLLMProcess
from codeact_tui.model.litellm_wire import Ask

__all__ = ["LiteLLMClient"]

_log = logging.getLogger(__name__)


class LiteLLMClient:
    """One model, asked through litellm.

    Args:
        info: What is known of the model.
        model: As litellm names it, `provider/model`.
        base_url: Where the provider listens; empty for its own address.
        key_env: The environment variable that holds the key; empty for the provider's usual one.
        environment: What the worker is given.
        keys: Where the key is from; one that is not in the environment goes to the worker with each request.
        process: A worker to share; its owner closes it. None makes one of the client's own.
    """

    def __init__(
        self,
        info: ModelInfo,
        *,
        model: str,
        base_url: str = "",
        key_env: str = "",
        environment: Mapping[str, str],
        keys: KeySource | None = None,
        process: LiteLLMProcess | None = None,
    ) -> None:
        self._info = info
        self._ask = Ask(0, model, Request(()), base_url, key_env)
        self._keys = keys or KeySource(environment, ())
        self._own = process is None
        self._process = process or LiteLLMProcess(environment)

    @property
    def info(self) -> ModelInfo:
        """What is known of the model."""
        return self._info

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Ask, and give the reply as it comes."""
        key = await self._keys.elsewhere()
        ask = Ask(0, self._ask.model, request, self._ask.base_url, self._ask.key_env, key)
        try:
            async with aclosing(self._process.stream(ask)) as deltas:
                async for delta in deltas:
                    yield delta
        except ModelError as error:
            raise self._keys.hide(error)  # noqa: B904 - the same error

    async def warm_up(self) -> None:
        """Start the worker and wait until litellm is imported there."""
        try:
            await self._process.warm_up()
        except ModelError as error:
            _log.warning("litellm is not warmed up: %s", error.message)

    async def close(self) -> None:
        """End the worker, if it is the client's own."""
        if self._own:
            await self._process.close()
