"""A callback whose attempts are counted.

May import `delivery` siblings.
"""

from typing import Protocol

from evaluator.delivery.attempt import Attempt


class CallbackWatch(Protocol):
    """Counts what is delivered."""

    def attempted(self, outcome: str) -> None:
        """Note an attempt by its outcome: `delivered`, `retry`, `hold` or `dead`."""
        ...


class Client(Protocol):
    """What sends results: see callback.CallbackClient."""

    async def send(self, result: bytes) -> Attempt:
        """Post a result and return what came of it."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class CountedCallback:
    """Sends as another client does, and tells what came of it."""

    def __init__(self, client: Client, watch: CallbackWatch) -> None:
        self._client = client
        self._watch = watch

    async def send(self, result: bytes) -> Attempt:
        """See Client."""
        tried = await self._client.send(result)
        self._watch.attempted(tried.outcome)
        return tried

    async def aclose(self) -> None:
        """See Client."""
        await self._client.aclose()
