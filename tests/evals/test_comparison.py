"""Two runs of the same cases, side by side."""

import random

import pytest
from scipy import stats

from evaluator.evals.comparison import compare, compare_all
from evaluator.evals.labels import Labels
from evaluator.evals.order_flips import MOST_NAMED
from tests.fakes.simulated import NoisyModel, human, run, truths

TRUTHS = truths(24, seed=1)
NOISY = NoisyModel(bias=0, noise=15, seed=1, label="A").run(TRUTHS)
BETTER = NoisyModel(bias=0, noise=5, seed=2, label="B").run(TRUTHS)


def test_comparison_pairs_cases_whose_repeats_are_averaged() -> None:
    """The paired interval is scipy's over the mean ratings of cases: a repeat is no case."""
    model = NoisyModel(bias=2, noise=8, seed=5, label="B")
    repeated = model.run(TRUTHS, repeats=3)
    found = compare(NOISY, repeated, cut=50, resamples=10)
    errors = [[abs(each.rating(case) - TRUTHS[case]) for case in TRUTHS] for each in (NOISY, repeated)]
    expected = stats.ttest_rel(errors[1], errors[0]).confidence_interval(0.95)
    assert found.mae.interval is not None
    assert (found.mae.interval.low, found.mae.interval.high) == pytest.approx((expected.low, expected.high))
    assert (found.mae.n, found.rated, found.labelled, found.mae.method) == (24, 24, 24, "paired t")


def test_comparison_has_each_figure_under_both_and_its_difference() -> None:
    """Differences are B less A: a lower MAE is below 0, a higher correlation above."""
    found = compare(NOISY, BETTER, cut=50)
    assert found.mae.difference == pytest.approx(found.of_b.mae - found.of_a.mae)
    for figure in (found.spearman, found.kendall, found.kappa):
        assert figure.a < figure.b
        assert figure.interval.low < figure.difference < figure.interval.high
        assert figure.method == "bootstrap"


def test_comparison_the_other_way_round_is_the_mirror() -> None:
    """Where B is better than A, A is worse than B by as much."""
    there, back = compare(NOISY, BETTER, cut=50, resamples=10), compare(BETTER, NOISY, cut=50, resamples=10)
    assert (there.outcome, back.outcome) == ("better", "worse")
    assert (there.mae.difference, there.rating.difference) == pytest.approx(
        (-back.mae.difference, -back.rating.difference)
    )
    assert there.closer_farther_same == (back.closer_farther_same[1], back.closer_farther_same[0], 0)


def test_comparison_leaves_out_cases_without_rating_under_one() -> None:
    """A failed case takes part in no pair; it is named, and a case that only one run has too."""
    references = {"a": 50.0, "b": 50.0, "c": 50.0}
    a = run({"a": 40, "b": None, "c": 60, "old": 1}, label="A", references=references)
    b = run({"a": 50, "b": 90, "c": 55, "new": 2}, label="B", references=references)
    found = compare(a, b, cut=50)
    assert (found.rated, found.mae.n, found.mae.a, found.mae.b) == (2, 2, 10, 2.5)
    assert (found.of_a.unrated, found.only_in_a, found.only_in_b) == (("b",), ("old",), ("new",))
    assert found.verdict.endswith("; left out: 1 case without a rating.")
    assert found.notes == (
        "A gave no rating in 1 case (b): left out, and never counted as a score.",
        "Only A has 1 case (old): left out.",
        "Only B has 1 case (new): left out.",
    )


def test_comparison_leaves_out_what_one_did_not_judge_and_twins() -> None:
    """A case that an interrupted run did not reach has no other status, and a twin is no case of its own."""
    a = run({"a": 40, "a~hobbies": 45, "b": 60})
    b = run({"a": 50, "a~hobbies": 55, "b": []}, interrupted=True)
    found = compare(a, b, cut=50)
    assert [each.case for each in found.changes] == ["a"]
    assert (found.status_flips, found.rated, found.only_in_a) == ((), 1, ("b",))


def test_comparison_says_which_labels_it_used() -> None:
    """People's ratings are taken where there are any for three cases, and the verdict says so."""
    told = {case: human(points) for case, points in TRUTHS.items()}
    a, b = (each.model_copy(update={"expectations": told}) for each in (NOISY, BETTER))
    found = compare(a, b, cut=50, resamples=10)
    assert found.labels == "human ratings"
    assert "against the human ratings" in found.verdict


def test_comparison_against_labels_that_are_given_uses_those() -> None:
    """Other labels than the runs' own can be given."""
    found = compare(
        run({"a": 10}), run({"a": 30}), cut=50, labels=Labels(kind="human ratings", by_case={"a": 40})
    )
    assert (found.labels, found.mae.a, found.mae.b) == ("human ratings", 30, 10)


def test_comparison_counts_what_flips() -> None:
    """Status, side of the cut and order, each by itself."""
    a = run({"a": 40, "b": 60, "c": 90}, statuses={"c": ["needs_review"]})
    b = run({"a": 60, "b": 40, "c": 90})
    found = compare(a, b, cut=50)
    assert [each.case for each in found.status_flips] == ["c"]
    assert [each.case for each in found.cut_flips] == ["a", "b"]
    assert (found.order_flip_count, found.order_flips[0].above_in_a) == (1, "b")


def test_comparison_counts_cases_that_are_closer_farther_and_as_near() -> None:
    """A rating as far on the other side of the label is as near as before."""
    references = dict.fromkeys("abcd", 50.0)
    a = run({"a": 40, "b": 40, "c": 40, "d": 40}, references=references)
    b = run({"a": 45, "b": 46, "c": 39, "d": 60}, references=references)
    assert compare(a, b, cut=50).closer_farther_same == (2, 1, 1)


def test_comparison_names_the_widest_order_flips_and_counts_all() -> None:
    """Of ten cases turned upside down all 45 pairs flip, of which 20 are named."""
    a = run({str(number): number for number in range(10)})
    b = run({str(number): -number + 9 for number in range(10)})
    found = compare(a, b, cut=50)
    assert (found.order_flip_count, len(found.order_flips)) == (45, MOST_NAMED)
    assert (found.order_flips[0].above_in_a, found.order_flips[0].by) == ("9", 18)


def test_comparisons_with_the_first_widen_with_their_number() -> None:
    """Each of five comparisons covers 99 %, so that all hold together in 95 of 100."""
    alone = compare(NOISY, BETTER, cut=50, resamples=10)
    several = compare_all([NOISY, *[BETTER] * 5], cut=50, resamples=10)
    assert [(each.a, each.b, each.tries) for each in several] == [("A", "B", 5)] * 5
    assert several[0].mae.interval.level == pytest.approx(0.99)
    assert several[0].mae.interval.low < alone.mae.interval.low
    assert several[0].detectable > alone.detectable


def test_comparison_of_equal_runs_is_equal_byte_for_byte() -> None:
    """Nothing in a comparison moves by itself, so that a report can be repeated."""
    first, again = (compare(NOISY, BETTER, cut=50, resamples=50).model_dump_json() for _ in range(2))
    assert first == again


def test_comparison_does_not_depend_on_the_order_of_rows() -> None:
    """Rows that came in another order give the same figures."""
    rows = list(BETTER.rows)
    random.Random(1).shuffle(rows)  # noqa: S311 - any other order
    shuffled = BETTER.model_copy(update={"rows": tuple(rows)})
    assert compare(NOISY, shuffled, cut=50, resamples=20) == compare(NOISY, BETTER, cut=50, resamples=20)
