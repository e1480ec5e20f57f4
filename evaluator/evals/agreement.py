"""How far two lists of ratings of the same cases agree: in order and in bands.

Pure functions of numbers. None stands where a figure is not defined. May import nothing of this package.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import StatisticsError, correlation

_STARTS = (25, 50, 75)
"""Where the bands of the weighted kappa begin, after 0: 0–24, 25–49, 50–74, 75–100 points.

A rating between two, such as 24.5, is in the lower.
"""


def absolute_errors(ratings: Sequence[float], labels: Sequence[float]) -> list[float]:
    """Return the distance of each rating from its label, in points."""
    return [abs(rating - label) for rating, label in zip(ratings, labels, strict=True)]


def mean_ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 1; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        start = end
    return ranks


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Spearman's rho, −1 to 1: Pearson's correlation of the mean ranks.

    None with fewer than two cases, or where one list is constant.
    """
    try:
        return correlation(mean_ranks(one), mean_ranks(other))
    except StatisticsError:
        return None


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Kendall's tau-b, −1 to 1: (pairs in the same order − in reverse) ÷ √(untied · untied).

    None with fewer than two cases, or where one list is constant. Counted as by Knight (1966): in ascending
    order of one list, a pair is in reverse where the later value of the other is smaller.
    """
    cases = sorted(zip(one, other, strict=True))
    pairs = math.comb(len(cases), 2)
    untied_one, untied_other = pairs - _tied_pairs(one), pairs - _tied_pairs(other)
    if not untied_one or not untied_other:
        return None
    untied_in_both = untied_one + untied_other - pairs + _tied_pairs(cases)
    return (untied_in_both - 2 * inversions(y for _, y in cases)) / math.sqrt(untied_one * untied_other)


def band(rating: float) -> int:
    """Return the number of the band that a rating lies in, 0 to 3."""
    return bisect_right(_STARTS, rating)


def weighted_kappa(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Cohen's kappa of the bands with quadratic weights (Cohen 1968), up to 1.

    1 − Σ(x − y)² ÷ its expectation were the two independent. None where one side lies in a single band:
    there is nothing to agree on.
    """
    x, y = [band(rating) for rating in one], [band(rating) for rating in other]
    if len(set(x)) < 2 or len(set(y)) < 2:
        return None
    squares = sum(v * v for v in x) + sum(v * v for v in y)
    seen = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
    return 1 - seen / (squares - 2 * sum(x) * sum(y) / len(x))


def _tied_pairs(values: Iterable[object]) -> int:
    return sum(math.comb(count, 2) for count in Counter(values).values())


def inversions(values: Iterable[float]) -> int:
    """Count the pairs of which the later is smaller."""
    found = 0
    before: list[float] = []
    for value in values:
        place = bisect_right(before, value)
        found += len(before) - place
        before.insert(place, value)
    return found
