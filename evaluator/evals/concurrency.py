"""How many cases are judged at a time: a number that is given, or what the endpoint is found to take.

Finding it is what TCP does with a line of unknown width (RFC 5681): begin small, take one more for each call
that succeeds until the endpoint first refuses, halve at each refusal, and from then on take one more for each
whole round that succeeds. Several refusals of one round halve once. May import `models` and
`errors`.
"""

import asyncio

from evaluator.errors import ModelRateLimited, ModelTimeout, ModelUnavailable
from evaluator.models.ask import Usage

FIRST, MOST = 8, 64
"""Places to begin with, and the most that are found, which is what one process has in flight by default."""

REFUSALS = frozenset(kind.__name__ for kind in (ModelRateLimited, ModelUnavailable, ModelTimeout))
"""Outcomes of a call that say that the endpoint takes no more: 429, 503 and its like, no answer in time."""


class Places:
    """Places for cases. As a `ModelWatch` it hears how each call of the model went, and learns from it."""

    def __init__(self, first: int = FIRST, most: int = MOST) -> None:
        """Begin with `first` places and never have more than `most`."""
        self.most = most
        self.taken = 0
        self.refusals = 0
        self._places = float(min(first, most))
        self._fixed = False
        self._waiting = 0
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

    async def take(self) -> None:
        """Wait for a place and take it."""
        self._waiting += 1
        try:
            while self.taken >= self.number:
                self._freed.clear()
                await self._freed.wait()
        finally:
            self._waiting -= 1
        self.taken += 1

    def give_back(self) -> None:
        """Leave a place to the next."""
        self.taken -= 1
        self._freed.set()

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
        if self._fixed or not self._waiting:  # where nobody needs more, a success does not prove that it goes
            return
        self._places = min(self._places + (1 / self._places if self.refusals else 1), self.most)
        self._freed.set()

    def _halve(self) -> None:
        if self._fixed:
            return
        self._places = max(1.0, self._places / 2)
        self._old_round = self.taken - 1  # calls that were sent before this was known
