"""Student's t and its intervals, held equal to scipy's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluator.evals.statistics import detectable, expanded_tail, mean_interval, quantile, t_cdf, t_quantile

points = st.floats(min_value=-100, max_value=100)
samples = st.lists(points, min_size=2, max_size=60)


@given(st.floats(min_value=-30, max_value=30), st.integers(min_value=1, max_value=300))
def test_share_below_t_equals_scipys(t: float, freedom: int) -> None:
    """The share of Student's distribution below t is scipy's, for odd and even degrees of freedom."""
    assert t_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-12)


@given(st.floats(min_value=0.001, max_value=0.999), st.integers(min_value=1, max_value=300))
def test_quantile_of_t_equals_scipys(share: float, freedom: int) -> None:
    """The quantile of Student's distribution is scipy's."""
    assert t_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("freedom", "printed"), [(1, 12.706), (9, 2.262), (23, 2.069), (120, 1.980)])
def test_quantile_of_t_is_that_of_printed_tables(freedom: int, printed: float) -> None:
    """The factor of a 95 % interval is the one that every table prints."""
    assert round(t_quantile(0.975, freedom), 3) == printed


@given(samples, samples, st.sampled_from([0.9, 0.95, 0.99]))
def test_paired_interval_equals_scipys(a: list[float], b: list[float], level: float) -> None:
    """The interval of paired differences is that of scipy's paired t test."""
    pairs = list(zip(a, b, strict=False))
    differences = [y - x for x, y in pairs]
    if len({round(each, 6) for each in differences}) < 2:
        return
    expected = stats.ttest_rel([y for _, y in pairs], [x for x, _ in pairs]).confidence_interval(level)
    interval = mean_interval(differences, level)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-9)


def test_interval_of_a_single_value_is_not_defined() -> None:
    """One case has no spread: neither an interval nor a difference that could have been seen."""
    assert (mean_interval([3.0]), detectable([3.0]), mean_interval([])) == (None, None, None)


@pytest.mark.parametrize(("low", "high", "excludes"), [(0.1, 2, True), (-2, -0.1, True), (-1, 1, False)])
def test_interval_excludes_zero_on_one_side_of_it(low: float, high: float, excludes: bool) -> None:
    """An interval excludes zero where both of its ends lie on the same side."""
    interval = mean_interval([low, high])
    assert interval is not None
    assert interval.model_copy(update={"low": low, "high": high}).excludes_zero == excludes


@pytest.mark.parametrize("size", [10, 24, 50])
def test_detectable_difference_is_seen_four_times_in_five(size: int) -> None:
    """Power at the detectable difference, from scipy's noncentral t, is 80 %."""
    values = [float(number % 7) for number in range(size)]
    deviation = stats.tstd(values)
    shift = (detectable(values) or 0) * math.sqrt(size) / deviation
    edge = stats.t.ppf(0.975, size - 1)
    power = stats.nct.sf(edge, size - 1, shift) + stats.nct.cdf(-edge, size - 1, shift)
    assert power == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("size", [2, 10, 24, 200])
def test_expanded_tail_is_that_of_hesterberg(size: int) -> None:
    """The tail is narrower than the plain one of few cases, and nears it with their number."""
    t = stats.t.ppf(0.975, size - 1)
    assert expanded_tail(size) == pytest.approx(stats.norm.cdf(-math.sqrt(size / (size - 1)) * t), rel=1e-6)
    assert expanded_tail(size) < expanded_tail(5_000) == pytest.approx(0.025, abs=1e-4)


@given(st.lists(points, min_size=1, max_size=40), st.floats(min_value=0, max_value=1))
def test_quantile_of_values_equals_scipys(values: list[float], share: float) -> None:
    """The quantile of a list lies between neighbours in proportion, as scipy's default does."""
    expected = stats.mstats.mquantiles(values, [share], alphap=1, betap=1)[0]
    assert quantile(sorted(values), share) == pytest.approx(expected, rel=1e-6, abs=1e-6)
