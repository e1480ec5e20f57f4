"""Student's t, the interval of a mean, and the difference that could have been seen.

Pure functions of numbers from the standard library alone: what scipy would add to the start-up is longer
than the whole comparison. The tests hold each equal to scipy's. May import nothing of this package.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev

from pydantic import BaseModel, ConfigDict

LEVEL = 0.95
"""Coverage of an interval where nothing else is said."""

POWER = 0.8
"""The chance with which a difference that could have been seen is seen."""


class Interval(BaseModel):
    """A range, both ends included, that holds the true value in `level` of all samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float
    high: float
    level: float = LEVEL

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


def t_cdf(t: float, freedom: int) -> float:
    """Return the share of Student's t below `t`, with `freedom` whole degrees of freedom.

    The finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for k in range(odd + 1, freedom, 2):
        total += term
        term *= cosine * cosine * k / (k + 1)
    if odd:
        return 0.5 + (angle + sine * total) / math.pi
    return 0.5 + sine * total / 2


def t_quantile(share: float, freedom: int) -> float:
    """Return the t that `share` of Student's distribution lies below; `share` between 0 and 1."""
    tail = min(share, 1 - share)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        beyond = t_cdf(-math.tan(middle) * math.sqrt(freedom), freedom)
        low, high = (middle, high) if beyond > tail else (low, middle)
    return math.copysign(math.tan(low) * math.sqrt(freedom), share - 0.5)


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Return Student's interval of the mean; of paired differences it is the paired t interval.

    None for fewer than two values.
    """
    if len(values) < 2:
        return None
    mean = fmean(values)
    reach = t_quantile((1 + level) / 2, len(values) - 1) * _standard_error(values)
    return Interval(low=mean - reach, high=mean + reach, level=level)


def detectable(values: Sequence[float], level: float = LEVEL) -> float | None:
    """Return the smallest true mean that as many values, spread as these, tell from zero at 80 % power.

    (t of the interval + t of the power) × standard deviation ÷ √n. None for fewer than two values.
    """
    if len(values) < 2:
        return None
    freedom = len(values) - 1
    return (t_quantile((1 + level) / 2, freedom) + t_quantile(POWER, freedom)) * _standard_error(values)


def expanded_tail(size: int, level: float = LEVEL) -> float:
    """Return the share of bootstrap draws to leave out on each side of an interval over `size` cases.

    Φ(−√(n ÷ (n − 1)) · t), by Hesterberg (2015): of few cases plain percentiles are too narrow; of many, this
    is the plain tail.
    """
    return NormalDist().cdf(-math.sqrt(size / (size - 1)) * t_quantile((1 + level) / 2, size - 1))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of values in ascending order, between neighbours in proportion."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _standard_error(values: Sequence[float]) -> float:
    return stdev(values) / math.sqrt(len(values))
