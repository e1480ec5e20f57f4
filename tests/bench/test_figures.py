"""Figures made of measurements."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import median, percentile, ratio, saved

MANY = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1)


def test_percentile_is_the_nearest_rank() -> None:
    """The percentile is one of the values: the first that the share of all does not exceed."""
    values = [float(value) for value in range(200, 0, -1)]

    assert [percentile(values, percent) for percent in (0.5, 50, 99, 100)] == [1, 100, 198, 200]


@given(MANY)
def test_percentile_rises_with_the_percent(values: list[float]) -> None:
    """A higher percent never gives a lower value, and 100 gives the highest."""
    found = [percentile(values, percent) for percent in (1, 50, 99, 100)]

    assert found == sorted(found)
    assert found[-1] == max(values)


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_percentile_of_an_impossible_percent_is_refused(percent: float) -> None:
    """A percent of nothing or of more than all is a mistake, not a figure."""
    with pytest.raises(ValueError, match="percent"):
        percentile([1.0], percent)


def test_figures_of_nothing_are_refused() -> None:
    """No measurement gives no figure."""
    with pytest.raises(ValueError, match="no values"):
        median([])
    with pytest.raises(ValueError, match="needs values"):
        percentile([], 50)


def test_median_of_an_even_number_lies_between() -> None:
    """Two middle values are averaged."""
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5


def test_saved_is_what_ours_does_without() -> None:
    """Three quarters of their tokens save a quarter; more than theirs saves less than nothing."""
    assert saved(75, 100) == 0.25
    assert saved(150, 100) == -0.5


def test_ratio_to_nothing_is_infinite() -> None:
    """A server that took no measurable time is no division by zero."""
    assert ratio(1.0, 0.0) == math.inf
