"""Bootstrap intervals of how much better B agrees with the labels than A: in order and in bands.

Cases are drawn with replacement, each with its label and both ratings. A draw is a list of weights, how often
each case was drawn, and the figures are computed from weights: nothing is sorted or compared again, so that
2,000 draws of 200 cases take a fraction of a second without numpy. May import `evals.agreement` and
`evals.statistics`.
"""

import math
import random
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import add, itemgetter, mul
from typing import NamedTuple

from evaluator.evals.agreement import band
from evaluator.evals.statistics import LEVEL, Interval, expanded_tail, quantile

RESAMPLES = 2000
"""Draws of an interval."""

FEWEST = 10
"""Cases below which there is no bootstrap interval: too few different draws."""

MOST_UNDEFINED = 0.05
"""Share of draws without a figure above which there is no interval."""

MOST_FOR_KENDALL = 500
"""Cases above which Kendall's tau has no interval: its work grows with their square."""

SEED = 20_250_101

Figure = Callable[[Sequence[int]], float | None]
"""A difference B − A of weighted cases, the weights as many as cases in sum; None where it is not defined."""


class AgreementIntervals(NamedTuple):
    """Intervals of the difference B − A; None where there are too few cases or too many draws without one."""

    spearman: Interval | None
    kendall: Interval | None
    kappa: Interval | None


def agreement_intervals(
    labels: Sequence[float],
    a: Sequence[float],
    b: Sequence[float],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> AgreementIntervals:
    """Return the intervals, between expanded percentiles of the draws; equal input gives equal intervals."""
    if len(labels) < FEWEST:
        return AgreementIntervals(None, None, None)
    figures = [rho_difference(labels, a, b), kappa_difference(labels, a, b)]
    if len(labels) <= MOST_FOR_KENDALL:
        figures.append(tau_difference(labels, a, b))
    rows = [[figure(weights) for figure in figures] for weights in _draws(len(labels), resamples)]
    tail = expanded_tail(len(labels), level)
    rho, kappa, *tau = (_between(column, tail, level) for column in zip(*rows, strict=True))
    return AgreementIntervals(spearman=rho, kendall=tau[0] if tau else None, kappa=kappa)


def _draws(size: int, times: int) -> Iterator[list[int]]:
    source = random.Random(SEED)  # noqa: S311 - draws for a figure, not for a secret
    for _ in range(times):
        weights = [0] * size
        for place in source.choices(range(size), k=size):
            weights[place] += 1
        yield weights


def _between(values: Sequence[float | None], tail: float, level: float) -> Interval | None:
    ordered = sorted(value for value in values if value is not None)
    if len(ordered) < len(values) * (1 - MOST_UNDEFINED):
        return None
    return Interval(low=quantile(ordered, tail), high=quantile(ordered, 1 - tail), level=level)


def rho_difference(labels: Sequence[float], a: Sequence[float], b: Sequence[float]) -> Figure:
    """Return what gives, for weights, Spearman's rho of B with the labels less that of A."""
    ranks_of = [_weighted_ranks(values) for values in (labels, a, b)]

    def difference(weights: Sequence[int]) -> float | None:
        wanted, *rated = (ranks(weights) for ranks in ranks_of)
        centre = len(weights) ** 3  # both means are the number of cases
        weighted = list(map(mul, weights, wanted))
        spread = _dot(weighted, wanted) - centre
        found = [
            _ratio(_dot(weighted, ranks) - centre, spread * (_dot(map(mul, weights, ranks), ranks) - centre))
            for ranks in rated
        ]
        return _minus(found[1], found[0])

    return difference


def _weighted_ranks(values: Sequence[float]) -> Callable[[Sequence[int]], list[int]]:
    """Return what gives, for weights, twice the mean rank of each case in the draw, less one.

    That is the weight below the case and the weight up to its last equal, added.
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for place, case in enumerate(order):
        first.setdefault(values[case], place)
        last[values[case]] = place + 1
    in_order = itemgetter(*order)
    starts, ends = itemgetter(*map(first.__getitem__, values)), itemgetter(*map(last.__getitem__, values))

    def ranks(weights: Sequence[int]) -> list[int]:
        below = list(accumulate(in_order(weights), initial=0))
        return list(map(add, starts(below), ends(below)))

    return ranks


def kappa_difference(labels: Sequence[float], a: Sequence[float], b: Sequence[float]) -> Figure:
    """Return what gives, for weights, the weighted kappa of B with the labels less that of A."""
    wanted, *rated = ([band(rating) for rating in ratings] for ratings in (labels, a, b))
    apart = [[(x - y) ** 2 for x, y in zip(wanted, bands, strict=True)] for bands in rated]

    def difference(weights: Sequence[int]) -> float | None:
        size = len(weights)
        total, square = _moments(weights, wanted)
        found: list[float | None] = []
        for bands, distances in zip(rated, apart, strict=True):
            own_total, own_square = _moments(weights, bands)
            constant = size * square == total**2 or size * own_square == own_total**2
            expected = square + own_square - 2 * total * own_total / size
            found.append(None if constant else 1 - _dot(weights, distances) / expected)
        return _minus(found[1], found[0])

    return difference


def _moments(weights: Sequence[int], values: Sequence[int]) -> tuple[int, int]:
    weighted = list(map(mul, weights, values))
    return sum(weighted), _dot(weighted, values)


def tau_difference(labels: Sequence[float], a: Sequence[float], b: Sequence[float]) -> Figure:
    """Return what gives, for weights, Kendall's tau-b of B with the labels less that of A."""
    same = [_order_sum(labels, ratings) for ratings in (a, b)]
    untied = [_untied_pairs(values) for values in (labels, a, b)]

    def difference(weights: Sequence[int]) -> float | None:
        wanted, of_a, of_b = (pairs(weights) for pairs in untied)
        return _minus(
            _ratio(same[1](weights), wanted * of_b),
            _ratio(same[0](weights), wanted * of_a),
        )

    return difference


def _untied_pairs(values: Sequence[float]) -> Callable[[Sequence[int]], int]:
    """Return what gives, for weights, how many ordered pairs of a draw have different values."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    groups = [numbers[value] for value in values]

    def pairs(weights: Sequence[int]) -> int:
        totals = [0] * len(numbers)
        for group, weight in zip(groups, weights, strict=True):
            totals[group] += weight
        return len(weights) ** 2 - _dot(totals, totals)

    return pairs


def _order_sum(one: Sequence[float], other: Sequence[float]) -> Callable[[Sequence[int]], int]:
    """Return what gives, for weights, the ordered pairs in the same order less those in reverse.

    For each case a large number holds two bytes for every other case: 2 where the two lists have them in the
    same order, 1 where one has a tie, 0 where they are reversed. The weighted sum of those numbers is then a
    multiplication and an addition a case, and none of its fields runs over.
    """
    cases = list(zip(one, other, strict=True))
    columns = [
        int.from_bytes(array("H", (1 + _sign((x - u) * (y - v)) for u, v in cases)).tobytes(), sys.byteorder)
        for x, y in cases
    ]

    def total(weights: Sequence[int]) -> int:
        packed = sum(map(mul, weights, columns)).to_bytes(2 * len(columns), sys.byteorder)
        return _dot(memoryview(packed).cast("H"), weights) - len(weights) ** 2

    return total


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _dot(one: Iterable[int], other: Iterable[int]) -> int:
    return sum(map(mul, one, other))


def _ratio(shared: int, squares: int) -> float | None:
    return shared / math.sqrt(squares) if squares else None


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
