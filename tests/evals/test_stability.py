"""How far the repeats of a case agree."""

import pytest

from evaluator.evals.runs import Run
from evaluator.evals.stability import Stability, stability
from tests.fakes.simulated import NoisyModel, run, truths


def stability_of(made: Run) -> Stability:
    """Return how far the repeats of a run agree, with the cut at 50."""
    found = stability(made, cut=50)
    assert found is not None
    return found


def test_stability_of_single_assessments_is_not_defined() -> None:
    """A run without repeats tells nothing of its own noise."""
    assert stability(run({"a": 40, "b": None}), cut=50) is None


def test_spread_of_a_case_has_deviation_range_and_ends() -> None:
    """Deviation is that of a sample: 70, 74 and 78 lie 4 apart."""
    spread = stability_of(run({"a": [70, 74, 78]})).spreads[0]
    assert (spread.mean, spread.deviation, spread.low, spread.high, spread.range) == (74, 4, 70, 78, 8)
    assert (spread.crosses_cut, spread.status_flips, spread.unstable) == (False, False, False)


@pytest.mark.parametrize(
    ("ratings", "statuses"),
    [
        ([49, 50], []),
        ([70, 80], []),
        ([70, None], []),
        ([70, 70], ["completed", "needs_review"]),
    ],
    ids=["crosses the cut", "ten points apart", "failed once", "another status"],
)
def test_case_is_unstable_where_a_repeat_changes_what_follows(
    ratings: list[float | None], statuses: list[str]
) -> None:
    """A case is unstable for its side of the cut, its status, a failure, or ten points."""
    found = stability_of(run({"calm": [90, 90], "a": ratings}, statuses={"a": statuses}))
    assert [spread.case for spread in found.unstable] == ["a"]


def test_unstable_cases_come_first() -> None:
    """Unstable cases lead, whatever their deviation; within each part the widest is first."""
    made = run({"still": [90, 90], "wide": [60, 69], "flips": [49, 51], "wild": [10, 90]})
    assert [spread.case for spread in stability_of(made).spreads] == ["wild", "flips", "wide", "still"]


def test_statuses_of_repeats_are_counted() -> None:
    """A repeat that failed is a status like any other, and no rating."""
    spread = stability_of(run({"a": [None, 60, 60]})).spreads[0]
    assert list(spread.statuses.items()) == [("completed", 2), ("failed", 1)]
    assert (spread.repeats, spread.rated, spread.mean) == (3, 2, 60)


def test_stability_of_failed_repeats_has_no_deviation() -> None:
    """Cases that never gave two ratings have no spread to pool."""
    found = stability_of(run({"a": [None, None], "b": [50, None]}))
    assert (found.deviation, found.mean_range, found.repeats) == (None, None, 2)


def test_deviation_of_a_run_recovers_the_models_noise() -> None:
    """A model that is known to vary by 6 points is found to, within its sampling error."""
    found = stability_of(NoisyModel(bias=4, noise=6, seed=3).run(truths(200, seed=3), repeats=3))
    assert found.deviation == pytest.approx(6, abs=0.65)  # three standard errors: 6 ÷ √(2 · 400) · 3
