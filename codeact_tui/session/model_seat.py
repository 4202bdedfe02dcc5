"""Which model is asked now, and what asking it takes."""

import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from codeact_tui.model.base import ActionFormat, Model

__all__ = ["ModelSeat", "SeatedModel"]


@dataclass(frozen=True)
class SeatedModel:
    """A model and how it wants to be asked."""

    model: Model
    action_format: ActionFormat
    message_tokens: int
    """How many tokens the messages of a request may have."""


class ModelSeat:
    """Holds the model of the session; another can take its place between two requests.

    Args:
        name: The model to begin with.
        create: Makes a model from its name; raises `ConfigError` or `ModelError` for one that can't be.
    """

    def __init__(self, name: str, create: Callable[[str], SeatedModel]) -> None:
        self.name = name
        self._create = create
        self._seated: SeatedModel | None = None
        self._asked: Counter[int] = Counter()
        """How many requests each model is at."""

    def get(self) -> SeatedModel:
        """Give the model, made when it is first wanted.

        Raises:
            CodeActError: It can't be made.
        """
        if self._seated is None:
            self._seated = self._create(self.name)
        return self._seated

    @contextlib.asynccontextmanager
    async def asked(self) -> AsyncGenerator[SeatedModel]:
        """Give the model for one request, through which it stays open; another may take its place meanwhile.

        Raises:
            CodeActError: It can't be made.
        """
        seated = self.get()
        self._asked[id(seated)] += 1
        try:
            yield seated
        finally:
            self._asked[id(seated)] -= 1
            await self._leave(seated)

    async def change(self, name: str) -> None:
        """Seat another model; the one before is closed once it has answered what it was asked.

        Raises:
            CodeActError: It can't be made; the one before stays.
        """
        seated = self._create(name)
        before, self._seated, self.name = self._seated, seated, name
        if before is not None:
            await self._leave(before)

    async def close(self) -> None:
        """Let go of the model."""
        seated, self._seated = self._seated, None
        if seated is not None:
            await seated.model.close()

    async def _leave(self, seated: SeatedModel) -> None:
        """Close a model that has no seat and is asked nothing any more."""
        if seated is not self._seated and not self._asked[id(seated)]:
            await seated.model.close()
