"""Rank correlations and the weighted kappa, held equal to scipy's and scikit-learn's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from evaluator.evals.agreement import (
    absolute_errors,
    band,
    kendall,
    mean_ranks,
    spearman,
    weighted_kappa,
)

rating = st.one_of(st.integers(min_value=0, max_value=100), st.sampled_from([0, 24, 25, 49.5, 50, 75, 100]))
pairs = st.lists(st.tuples(rating, rating), min_size=2, max_size=40)


def columns(rows: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return both ratings of each case as two lists."""
    return [one for one, _ in rows], [other for _, other in rows]


@given(st.lists(rating, max_size=40))
def test_ranks_equal_scipys(values: list[float]) -> None:
    """Equal values share the mean of their ranks."""
    assert mean_ranks(values) == list(stats.rankdata(values))


@given(pairs)
def test_rank_correlations_equal_scipys(rows: list[tuple[float, float]]) -> None:
    """Spearman's rho and Kendall's tau-b are scipy's, with ties."""
    one, other = columns(rows)
    if len(set(one)) < 2 or len(set(other)) < 2:
        assert (spearman(one, other), kendall(one, other)) == (None, None)
        return
    assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic, abs=1e-12)
    assert kendall(one, other) == pytest.approx(stats.kendalltau(one, other).statistic, abs=1e-12)


@given(pairs)
def test_kappa_equals_scikit_learns(rows: list[tuple[float, float]]) -> None:
    """Kappa with quadratic weights is scikit-learn's on the same bands, where both sides use two or more."""
    one, other = ([band(each) for each in column] for column in columns(rows))
    expected = None
    if len(set(one)) > 1 and len(set(other)) > 1:
        expected = cohen_kappa_score(one, other, labels=[0, 1, 2, 3], weights="quadratic")
    assert weighted_kappa(*columns(rows)) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("size", [0, 1])
def test_agreement_of_fewer_than_two_cases_is_not_defined(size: int) -> None:
    """No order and no bands can be compared with fewer than two cases."""
    some = [50.0] * size
    assert [measure(some, some) for measure in (spearman, kendall, weighted_kappa)] == [None] * 3


def test_kappa_of_a_constant_rater_is_not_defined() -> None:
    """A rater who puts everybody in one band agrees and disagrees with nobody."""
    assert weighted_kappa([50, 60, 74], [10, 60, 90]) is None


@pytest.mark.parametrize(
    ("points", "number"),
    [(0, 0), (24.9, 0), (25, 1), (49.9, 1), (50, 2), (75, 3), (100, 3)],
)
def test_band_of_a_rating_at_its_edges(points: float, number: int) -> None:
    """A band begins at its first number; a rating between two bands is in the lower."""
    assert band(points) == number


def test_errors_count_alike_on_both_sides() -> None:
    """Points too high and points too low are both a distance."""
    assert absolute_errors([40, 70], [50, 50]) == [10, 20]
