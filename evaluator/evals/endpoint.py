"""The model that is asked: its client is imported and made when it is first needed, and never for a replay.

May import `settings` and `models.ask`, and loads `asking` by name.
"""

import pkgutil
from typing import Protocol

from evaluator.evals.loading import uncollected
from evaluator.models.ask import Answer, Ask, Check, Model
from evaluator.models.seam import ModelWatch
from evaluator.settings import Settings


class _Client(Model, Protocol):
    """A model whose connections are to be closed."""

    async def aclose(self) -> None:
        """Close them."""
        ...


class Endpoint:
    """The configured endpoint, or the offline rater, as a `Model`; connected to when it is first asked."""

    def __init__(self, settings: Settings, watch: ModelWatch | None) -> None:
        """`watch` counts what is asked."""
        self._settings, self._watch = settings, watch
        self._client: _Client | None = None

    def connect(self) -> _Client:
        """Return the client; raises SettingsError where it cannot be made."""
        if self._client is None:
            with uncollected():
                make = pkgutil.resolve_name("evaluator.asking:model_client")
            self._client = make(self._settings, watch=self._watch)
        return self._client

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model."""
        return await self.connect().answer(ask, check, within_s=within_s)

    async def aclose(self) -> None:
        """Close the connections, where there are any."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
