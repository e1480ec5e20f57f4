"""Figures made of measurements: medians, percentiles, ratios and shares. Pure."""

import math
import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the median; raises ValueError for no values."""
    if not values:
        raise ValueError("no values to take the median of")
    return float(statistics.median(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: the least value that `percent` of all do not exceed.

    `percent` is above 0 and at most 100. Raises ValueError for another one or for no values.
    """
    if not values or not 0 < percent <= 100:
        raise ValueError("a percentile needs values, and a percent above 0 and up to 100")
    return float(sorted(values)[math.ceil(len(values) * percent / 100) - 1])


def ratio(ours: float, theirs: float) -> float:
    """Return how many times `theirs` goes into `ours`; infinite where `theirs` is nothing."""
    return ours / theirs if theirs else math.inf


def saved(ours: float, theirs: float) -> float:
    """Return the share of `theirs` that `ours` does without, at most 1 and below 0 where ours is more."""
    return 1 - ratio(ours, theirs)
