"""How many questions a model is asked at a time: a number given, or what the endpoint is found to take.

Finding it is what TCP does with a line of unknown width (RFC 5681): begin small, take one more for each call
that succeeds until the endpoint first refuses, halve at each refusal, and from then on take one more for each
whole round that succeeds. Several refusals of one round halve once. May import `models` and
`errors`.
"""

import asyncio
from collections.abc import Callable

from evaluator.errors import ModelRateLimited, ModelTimeout, ModelUnavailable
from evaluator.models.ask import Usage

FIRST, MOST = 8, 64
"""Places to begin with, and the most that are found, which is what one process has in flight by default."""

REFUSALS = frozenset(kind.__name__ for kind in (ModelRateLimited, ModelUnavailable, ModelTimeout))
"""Outcomes of a call that say that the endpoint takes no more: 429, 503 and its like, no answer in time."""


class Places:
    """Places for questions to the model; `async with places:` holds one while a question is answered.

    Cases are taken in hand ahead of that, so that the next prompt is ready when a place is free. As a
    `ModelWatch` it hears how each call went, and learns from it.
    """

    def __init__(self, first: int = FIRST, most: int = MOST) -> None:
        """Begin with `first` places and never have more than `most`."""
        self.most = most
        self.taken = 0
        self.refusals = 0
        self._places = float(min(first, most))
        self._fixed = False
        self._waiting = 0
        self._cases = 0
        self._old_round = 0
        self._freed = asyncio.Event()

    @classmethod
    def fixed(cls, number: int) -> "Places":
        """Return so many places, whatever the endpoint says."""
        places = cls(number, number)
        places._fixed = True
        return places

    @property
    def number(self) -> int:
        """How many there are now, at least one."""
        return int(self._places)

    async def __aenter__(self) -> None:
        """Wait for a place and take it."""
        self._waiting += 1
        try:
            await self._until(lambda: self.taken < self.number)
        finally:
            self._waiting -= 1
        self.taken += 1

    async def __aexit__(self, *_: object) -> None:
        """Leave the place to the next."""
        self.taken -= 1
        self._freed.set()

    async def begin_case(self) -> None:
        """Wait until a case may be taken in hand: there are as many again as places."""
        await self._until(lambda: self._cases < 2 * self.number)
        self._cases += 1

    def end_case(self) -> None:
        """Let the next case be taken in hand."""
        self._cases -= 1
        self._freed.set()

    async def _until(self, there_is_room: Callable[[], bool]) -> None:
        while not there_is_room():
            self._freed.clear()
            await self._freed.wait()

    def called(self, outcome: str) -> None:
        """See ModelWatch."""
        before_the_halving = self._old_round > 0
        self._old_round = max(0, self._old_round - 1)
        if outcome in REFUSALS:
            self.refusals += 1
            if not before_the_halving:
                self._halve()
        elif outcome == "ok" and not before_the_halving:
            self._grow()

    def retried(self) -> None:
        """See ModelWatch; the refusal before it has been heard already."""

    def used(self, usage: Usage) -> None:
        """See ModelWatch; tokens say nothing of room."""

    def _grow(self) -> None:
        if self._fixed or not self._waiting:  # where nobody wants more, a success does not show that it goes
            return
        self._places = min(self._places + (1 / self._places if self.refusals else 1), self.most)
        self._freed.set()

    def _halve(self) -> None:
        if self._fixed:
            return
        self._places = max(1.0, self._places / 2)
        self._old_round = self.taken - 1  # calls that were sent before this was known
