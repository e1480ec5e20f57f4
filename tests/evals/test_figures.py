"""The figures of one run."""

import pytest

from evaluator.evals.expectation import Expectation
from evaluator.evals.figures import figures, in_range, judged, usual_status
from evaluator.evals.labels import Labels
from tests.fakes.simulated import human, reference, run


def test_figures_stand_on_cases_and_not_on_repeats() -> None:
    """The repeats of a case are averaged first: three good repeats of one case do not outweigh another."""
    found = figures(run({"a": [40, 60, 50], "b": 80}, references={"a": 50, "b": 60}))
    assert (found.cases, found.assessments, found.labelled) == (2, 4, 2)
    assert (found.mae, found.bias, found.mean_rating) == (10, 10, 65)


def test_figures_of_cases_without_rating_leave_them_out_and_name_them() -> None:
    """A failed case is never a score, and no repeat of it is."""
    found = figures(run({"a": None, "b": [None, 70], "c": 40}, references={"a": 0, "b": 60, "c": 40}))
    assert (found.unrated, found.rated, found.failed_assessments) == (("a",), 2, 2)
    assert (found.labelled, found.mae, found.mean_rating) == (2, 5, 55)


def test_figures_of_agreement_are_against_people_where_they_rated() -> None:
    """With human ratings the reference of a case counts in nothing, and the figures say so."""
    told = {"a": human(10), "b": human(40), "c": human(90), "d": reference(0)}
    found = figures(run({"a": 20, "b": 50, "c": 80, "d": 100}, expectations=told))
    assert (found.labels, found.labelled, found.mae) == ("human ratings", 3, 10)
    assert (found.spearman, found.kendall) == (pytest.approx(1), pytest.approx(1))


def test_figures_against_labels_that_are_given_use_those() -> None:
    """A run can be held against other labels than its own."""
    labels = Labels(kind="human ratings", by_case={"a": 100})
    found = figures(run({"a": 90, "b": 10}, references={"a": 0, "b": 0}), labels)
    assert (found.labels, found.labelled, found.mae, found.bias) == ("human ratings", 1, 10, -10)


def test_figures_of_an_empty_run_are_not_defined() -> None:
    """Where nothing was rated no figure is made up."""
    found = figures(run({"a": None}))
    undefined = (found.mae, found.mae_interval, found.bias, found.spearman, found.kendall, found.kappa)
    assert undefined == (None,) * 6
    assert (found.share_in_range, found.mean_rating, found.seconds_each) == (None, None, None)


def test_figures_of_effort_add_up_over_all_rows() -> None:
    """Tokens and cost are of every assessment; time is that of the run and the mean of an assessment."""
    found = figures(run({"a": [50, 60], "b": [None, 70]}, seconds=7.5))
    assert (found.tokens, found.cost_usd) == (3600, pytest.approx(0.03))
    assert (found.seconds, found.seconds_each) == (7.5, pytest.approx(0.1))


def test_share_in_range_counts_a_case_without_rating_as_outside() -> None:
    """A case that failed is not in its range; one without a range is not asked; both ends are included."""
    expected = Expectation(rating=(40, 60))
    told = {"low": expected, "high": expected, "out": expected, "failed": expected, "free": None}
    made = run({"low": 40, "high": 60, "out": 61, "failed": None, "free": 0}, expectations=told)
    assert in_range(made) == {"low": True, "high": True, "out": False, "failed": False, "free": None}
    assert (figures(made).expected, figures(made).in_range, figures(made).share_in_range) == (4, 2, 0.5)


def test_figures_leave_out_what_was_not_judged_and_twins() -> None:
    """A case that an interrupted run did not reach has not failed; a twin is its case once more."""
    expected = Expectation(rating=(40, 60))
    told = {"a": expected, "a~hobbies": None, "never": expected}
    made = run({"a": 50, "a~hobbies": 90, "never": []}, expectations=told, interrupted=True)
    assert judged(made) == ["a"]
    assert in_range(made) == {"a": True, "a~hobbies": None, "never": None}
    found = figures(made)
    assert (found.cases, found.unrated, found.mean_rating, found.share_in_range) == (1, (), 50, 1)


def test_usual_status_is_the_most_frequent_one() -> None:
    """Of the repeats' statuses the most frequent counts, of equals the first; without any it is failed."""
    review = {"a": ["needs_review", "completed", "completed"], "b": ["needs_review", "completed"]}
    made = run({"a": [50, 50, 50], "b": [50, 50]}, statuses=review)
    assert [usual_status(made, case) for case in ("a", "b", "?")] == ["completed", "needs_review", "failed"]
