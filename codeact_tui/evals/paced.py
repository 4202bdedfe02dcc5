"""A model that keeps to a pace which it shares with others."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from codeact_tui.errors import ModelRateLimited
from codeact_tui.evals.pace import Pace
from codeact_tui.model.base import Delta, Model, ModelInfo, Request

__all__ = ["PacedModel"]

_HOLD_S = 5.0
"""How long all wait when a provider asks for it and does not say how long."""


class PacedModel:
    """Implements `Model` by another one, whose requests wait for their turn.

    Args:
        model: Who is asked.
        pace: Shared.
    """

    def __init__(self, model: Model, pace: Pace) -> None:
        self._model = model
        self._pace = pace

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return self._model.info

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Wait for a turn, then ask."""
        await self._pace.turn()
        try:
            async with aclosing(cast("AsyncGenerator[Delta]", self._model.stream(request))) as deltas:
                async for delta in deltas:
                    yield delta
        except ModelRateLimited as error:
            self._pace.hold(_HOLD_S if error.retry_after_s is None else error.retry_after_s)
            raise

    async def warm_up(self) -> None:
        """Do what the first request would wait for."""
        await self._model.warm_up()

    async def close(self) -> None:
        """Let go of connections."""
        await self._model.close()
