"""Bootstrap intervals: weights count as copies, and the intervals are scipy's."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluator.evals.agreement import kendall, spearman, weighted_kappa
from evaluator.evals.resampling import (
    AgreementIntervals,
    Figure,
    agreement_intervals,
    kappa_difference,
    rho_difference,
    tau_difference,
)
from evaluator.evals.statistics import expanded_tail

Measure = Callable[[Sequence[float], Sequence[float]], float | None]
DifferenceOf = Callable[[Sequence[float], Sequence[float], Sequence[float]], Figure]

NOTHING = AgreementIntervals(None, None, None)

rating = st.integers(min_value=0, max_value=100)
rows = st.lists(st.tuples(rating, rating, rating), min_size=2, max_size=25)


def noisy(size: int, seed: int, about: Sequence[float] | None = None, noise: float = 15) -> list[float]:
    """Return ratings from 10 to 90, or such as lie about others."""
    source = random.Random(seed)  # noqa: S311 - made-up ratings
    if about is None:
        return [float(source.randint(10, 90)) for _ in range(size)]
    return [float(round(each + source.gauss(0, noise))) for each in about]


@pytest.mark.parametrize(
    ("measure", "difference_of"),
    [(spearman, rho_difference), (kendall, tau_difference), (weighted_kappa, kappa_difference)],
)
@given(cases=rows, draw=st.randoms(use_true_random=False))
def test_weights_count_as_copies(
    measure: Measure, difference_of: DifferenceOf, cases: list[tuple[int, int, int]], draw: random.Random
) -> None:
    """A figure of weighted cases is that of a list that holds each case as often as its weight says."""
    places = draw.choices(range(len(cases)), k=len(cases))
    labels, a, b = ([float(cases[place][k]) for place in places] for k in range(3))
    of_a, of_b = measure(a, labels), measure(b, labels)
    expected = None if of_a is None or of_b is None else pytest.approx(of_b - of_a, abs=1e-9)
    difference = difference_of(*([float(case[k]) for case in cases] for k in range(3)))
    assert difference([places.count(place) for place in range(len(cases))]) == expected


def test_interval_of_spearman_equals_scipys() -> None:
    """The interval is scipy's at the expanded percentiles, but for which cases were drawn."""
    labels = noisy(40, seed=1)
    a, b = noisy(40, 2, about=labels, noise=25), noisy(40, 3, about=labels, noise=10)

    def difference(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
        return float(stats.spearmanr(x, z).statistic - stats.spearmanr(x, y).statistic)

    expected = stats.bootstrap(
        (labels, a, b), difference, paired=True, vectorized=False, n_resamples=1000,
        method="percentile", confidence_level=1 - 2 * expanded_tail(40, 0.95), rng=np.random.default_rng(4),
    ).confidence_interval  # fmt: skip
    found = agreement_intervals(labels, a, b).spearman
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_intervals_of_equal_input_are_equal() -> None:
    """The draws are the same each time: nothing in a report moves by itself."""
    labels = noisy(12, seed=1)
    a, b = noisy(12, 2, about=labels), noisy(12, 3, about=labels)
    first = agreement_intervals(labels, a, b, resamples=50)
    assert first != NOTHING
    assert agreement_intervals(labels, a, b, resamples=50) == first


def test_wider_level_gives_a_wider_interval() -> None:
    """An interval that covers more is wider, and says what it covers."""
    labels = noisy(30, seed=1)
    a, b = noisy(30, 2, about=labels), noisy(30, 3, about=labels)
    usual = agreement_intervals(labels, a, b, resamples=400).kendall
    wide = agreement_intervals(labels, a, b, resamples=400, level=0.99).kendall
    assert usual is not None
    assert wide is not None
    assert (usual.level, wide.level) == (0.95, 0.99)
    assert wide.low < usual.low < usual.high < wide.high


def test_fewer_than_ten_cases_have_no_interval() -> None:
    """With so few cases the draws are too much alike."""
    labels = noisy(9, seed=1)
    assert agreement_intervals(labels, labels[::-1], labels) == NOTHING


def test_figure_that_many_draws_lack_has_no_interval() -> None:
    """Where a draw often holds one band alone, kappa has no interval; the correlations keep theirs."""
    labels, a, b = [60.0 + n for n in range(12)], [50.0 + 2 * n for n in range(12)], [55.0] * 11 + [80.0]
    found = agreement_intervals(labels, a, b, resamples=200)
    assert found.kappa is None
    assert agreement_intervals(labels, a, labels, resamples=200).spearman is not None


def test_kendall_of_very_many_cases_has_no_interval() -> None:
    """Kendall's interval is left out where it would take long; the others are there."""
    labels = noisy(501, seed=1)
    found = agreement_intervals(labels, noisy(501, 2, about=labels), labels, resamples=20)
    assert found.kendall is None
    assert None not in (found.spearman, found.kappa)
