"""Simulated comparisons of models whose bias and noise are known: do the figures hold what they promise?

Each bound is what chance allows once in a thousand, from the binomial distribution, were the promise true.
"""

from collections import Counter

import pytest
from scipy import stats

from evaluator.evals.comparison import Comparison, compare
from evaluator.evals.figures import figures
from evaluator.evals.statistics import Interval
from tests.fakes.simulated import NoisyModel, truths

TIMES = 200
CHANCE = 0.001


def simulated(
    first: tuple[float, float], other: tuple[float, float], *, cases: int = 24, resamples: int = 1
) -> list[Comparison]:
    """Return 200 comparisons of two models, each of a bias and a noise, every time over other cases."""
    found = []
    for seed in range(TIMES):
        wanted = truths(cases, seed)
        a = NoisyModel(*first, seed=10_000 + seed, label="A").run(wanted)
        b = NoisyModel(*other, seed=20_000 + seed, label="B").run(wanted)
        found.append(compare(a, b, cut=50, resamples=resamples))
    return found


def holding(intervals: list[Interval | None], true: float) -> int:
    """Return how many intervals hold the true value."""
    return sum(each is not None and each.low <= true <= each.high for each in intervals)


FEWEST_HOLDING = stats.binom.ppf(CHANCE, TIMES, 0.95)
MOST_WRONG = stats.binom.ppf(1 - CHANCE, TIMES, 0.025)


def test_figures_recover_bias_and_error_of_a_known_model() -> None:
    """Over many cases the bias and the MAE are those that the model has in the long run."""
    model = NoisyModel(bias=4, noise=8, seed=1)
    found = figures(model.run(truths(500, seed=1)))
    assert found.bias == pytest.approx(4, abs=3 * 8 / 500**0.5)
    assert found.mae == pytest.approx(model.expected_mae(), abs=3 * 8 / 500**0.5)


@pytest.mark.parametrize("cases", [10, 24, 40])
def test_intervals_hold_the_true_difference_as_often_as_they_say(cases: int) -> None:
    """Of 200 intervals at 95 % about 190 hold the true difference of MAE, and of the mean rating."""
    biased, fair = (8.0, 6.0), (0.0, 6.0)
    found = simulated(biased, fair, cases=cases)
    true = NoisyModel(*fair, seed=0).expected_mae() - NoisyModel(*biased, seed=0).expected_mae()
    assert holding([each.mae.interval for each in found], true) >= FEWEST_HOLDING
    assert holding([each.rating.interval for each in found], -8.0) >= FEWEST_HOLDING


def test_bootstrap_intervals_hold_no_difference_where_there_is_none() -> None:
    """For two models of equal noise the intervals of all three agreement figures hold zero."""
    found = simulated((0, 8), (0, 8), resamples=200)
    for name in ("spearman", "kendall", "kappa"):
        intervals = [getattr(each, name).interval for each in found]
        assert holding(intervals, 0) >= stats.binom.ppf(CHANCE, len(intervals), 0.95) - intervals.count(None)


def test_verdict_on_equal_models_is_wrong_no_more_often_than_it_says() -> None:
    """Two models that are equally good are told apart in at most 2.5 of 100 on each side."""
    verdicts = Counter(each.outcome for each in simulated((0, 8), (0, 8)))
    assert verdicts["better"] <= MOST_WRONG
    assert verdicts["worse"] <= MOST_WRONG


def test_verdict_on_a_better_model_is_never_that_it_is_worse() -> None:
    """A model whose MAE is half as large is told to be better nearly always, and hardly ever worse."""
    verdicts = Counter(each.outcome for each in simulated((0, 8), (0, 4)))
    assert verdicts["worse"] <= MOST_WRONG
    assert verdicts["better"] > TIMES / 2


def test_difference_that_could_have_been_seen_is_seen_four_times_in_five() -> None:
    """A model that is closer by the detectable difference is found to be so in 80 of 100."""
    biased, fair = NoisyModel(8.2, 6, seed=0), NoisyModel(0, 6, seed=0)
    found = simulated((biased.bias, biased.noise), (fair.bias, fair.noise))
    typical = stats.tmean([each.detectable for each in found])
    assert biased.expected_mae() - fair.expected_mae() == pytest.approx(typical, abs=0.3)
    seen = sum(each.outcome == "better" for each in found)
    assert stats.binom.ppf(CHANCE, TIMES, 0.8) <= seen <= stats.binom.ppf(1 - CHANCE, TIMES, 0.8)
