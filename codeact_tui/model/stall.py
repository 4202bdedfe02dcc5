"""Gives a stream up when nothing comes of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from codeact_tui.errors import ModelStalled
from codeact_tui.model.base import Delta

__all__ = ["with_stall_timeout"]


async def with_stall_timeout(stream: AsyncIterator[Delta], seconds: float) -> AsyncGenerator[Delta]:
    """Hand a stream's deltas on, as long as they keep coming.

    A delta costs a timer and no task.

    Args:
        stream: What a model gives.
        seconds: The longest silence; 0 waits for ever.

    Raises:
        ModelStalled: Nothing came for so long.
    """
    async with aclosing(cast("AsyncGenerator[Delta]", stream)) as deltas:
        while True:
            try:
                async with asyncio.timeout(seconds or None):
                    delta = await anext(deltas)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ModelStalled(
                    f"The model has sent nothing for {seconds:g} s.",
                    remedy="Type /continue to ask again, or raise model.stall_seconds.",
                ) from error
            yield delta
