"""Pairs of cases that one run puts in one order and another in reverse; in n log n steps.

May import `evals.agreement` and `evals.changes`.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.agreement import inversions
from evaluator.evals.changes import Change

MOST_NAMED = 20
"""Pairs of cases whose order flips that are named; the others are counted."""


class OrderFlip(BaseModel):
    """Two cases of which A puts the first above the second, and B below it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    above_in_a: str
    above_in_b: str
    by: float = Field(description="Points between the two in A and in B, added.")


class _Rated(NamedTuple):
    """A case with a rating under both, and its place among them."""

    a: float
    b: float
    at: int
    case: str


class _Pair(NamedTuple):
    """A pair that flips, in the order in which pairs are named: the widest first, then as the cases come."""

    narrow: float
    places: tuple[int, int]
    higher: _Rated
    lower: _Rated


def order_flips(changed: Sequence[Change], *, named: int = MOST_NAMED) -> tuple[int, tuple[OrderFlip, ...]]:
    """Return how many pairs of cases reverse their order, and the widest of them, `named` at most.

    A tie on either side is no reversal. A pair that is among the widest has a case that is among the first
    in order of the widest pair that each is the higher of: so only their pairs are looked at one by one.
    """
    both = [(each.a, each.b, each.case) for each in changed if each.a is not None and each.b is not None]
    rated = sorted(_Rated(a, b, at, case) for at, (a, b, case) in enumerate(both))
    leading = heapq.nsmallest(named, _widest_of_each(rated))
    widest = heapq.nsmallest(
        named,
        (_pair(pair.higher, other) for pair in leading for other in rated if _flips(pair.higher, other)),
    )
    return inversions(each.b for each in rated), tuple(
        OrderFlip(above_in_a=pair.higher.case, above_in_b=pair.lower.case, by=-pair.narrow) for pair in widest
    )


def _flips(higher: _Rated, lower: _Rated) -> bool:
    return lower.a < higher.a and lower.b > higher.b


def _pair(higher: _Rated, lower: _Rated) -> _Pair:
    one, other = sorted((higher.at, lower.at))
    return _Pair(-((higher.a - lower.a) + (lower.b - higher.b)), (one, other), higher, lower)


def _widest_of_each(rated: Iterable[_Rated]) -> Iterator[_Pair]:
    """Yield, for each case that is the higher in A of a pair that flips, its widest; `rated` ascends in A."""
    front = _Front()
    for _, tied in groupby(rated, key=attrgetter("a")):
        cases = list(tied)
        for case in cases:
            if (lower := front.first_above(case.b)) is not None:
                yield _pair(case, lower)
        for case in cases:
            front.add(case)


class _Front:
    """The cases of which one gives the widest pair, whatever case it is paired with.

    They ascend in B, and in A − B: of two cases that B both puts above a third, the one with the smaller
    A − B is farther from it in A and B together.
    """

    def __init__(self) -> None:
        self._b: list[float] = []
        self._cases: list[_Rated] = []

    def first_above(self, b: float) -> _Rated | None:
        """Return the case that gives the widest pair with a later one, of which B's rating is `b`."""
        place = bisect_right(self._b, b)
        return self._cases[place] if place < len(self._cases) else None

    def add(self, case: _Rated) -> None:
        """Take a case in, and leave out those that it stands for."""
        place = bisect_left(self._b, case.b)
        if place < len(self._cases) and _narrowness(self._cases[place]) <= _narrowness(case):
            return
        end = bisect_right(self._b, case.b)
        start = place
        while start and _narrowness(self._cases[start - 1]) >= _narrowness(case):
            start -= 1
        self._b[start:end] = [case.b]
        self._cases[start:end] = [case]


def _narrowness(case: _Rated) -> tuple[float, int]:
    return case.a - case.b, case.at
