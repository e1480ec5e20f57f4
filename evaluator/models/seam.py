"""What asking a model needs of its surroundings: leave for each call, and somebody who counts.

May import `ask` of this package.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from evaluator.models.ask import Usage


class Passage(Protocol):
    """Leave for one call."""

    def used(self, tokens: int) -> None:
        """Note what the call really took; may come after the passage has ended."""
        ...


class Gate(Protocol):
    """Lets calls through, so that limits hold that reach beyond one client."""

    def passing(self, tokens: int, *, within_s: float) -> AbstractAsyncContextManager[Passage]:
        """Wait for leave, and hold it while the call is in flight.

        `tokens`: the most that the call may take, prompt and reply together. Raises Overloaded where it
        cannot be had in time for a call that ends `within_s` seconds.
        """
        ...


class ModelWatch(Protocol):
    """Counts what is asked."""

    def called(self, outcome: str) -> None:
        """Note a call: `ok`, the name of the error that it met, or `cut` where it was given up."""
        ...

    def retried(self) -> None:
        """Note that a call is made again after a failure that may pass."""
        ...

    def used(self, usage: Usage) -> None:
        """Note the tokens of a call."""
        ...


class OpenGate:
    """Lets everything through, at no cost."""

    def passing(self, tokens: int, *, within_s: float) -> "OpenGate":
        """See Gate."""
        return self

    def used(self, tokens: int) -> None:
        """See Passage; nothing is kept."""

    async def __aenter__(self) -> "OpenGate":
        """Let through."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep nothing."""


class NoWatch:
    """Counts nothing."""

    def called(self, outcome: str) -> None:
        """See ModelWatch."""

    def retried(self) -> None:
        """See ModelWatch."""

    def used(self, usage: Usage) -> None:
        """See ModelWatch."""
