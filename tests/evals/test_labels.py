"""Which ratings a run is measured against."""

import pytest

from evaluator.evals.labels import human_disagreement, labels_of, labels_of_both
from tests.fakes.simulated import human, reference, run


def test_labels_of_three_human_rated_cases_are_human() -> None:
    """From three rated cases on, people's mean ratings are the labels, and references are left out."""
    told = {"a": human(40, 60), "b": human(70), "c": human(20), "d": reference(90), "e": None}
    labels = labels_of(told)
    assert (labels.kind, labels.by_case) == ("human ratings", {"a": 50, "b": 70, "c": 20})


def test_labels_of_two_human_rated_cases_are_references() -> None:
    """Two rated cases are too few: the authors' references are taken, and never mixed with people's."""
    labels = labels_of({"a": human(40), "b": human(70), "c": reference(90)})
    assert (labels.kind, labels.by_case) == ("authors' reference ratings", {"c": 90})


def test_labels_of_cases_without_any_are_none() -> None:
    """Where nothing is told, nothing is made up."""
    labels = labels_of({"a": None, "b": human(70)})
    assert (labels.kind, labels.by_case) == ("none", {})


def test_labels_of_both_runs_are_the_second_ones_where_they_differ() -> None:
    """A saved run is measured against what is expected now; what only it knows still counts."""
    saved = run({"a": 50, "b": 50}, references={"a": 10, "b": 20})
    now = run({"a": 50, "b": 50}, references={"a": 90})
    assert labels_of_both(saved, now).by_case == {"a": 90, "b": 20}


def test_human_disagreement_is_the_distance_from_the_others() -> None:
    """Each case counts once: 40, 50 and 60 lie 15, 0 and 15 from the others' mean; 70 and 74 lie 4 apart."""
    assert human_disagreement({"a": human(40, 50, 60), "b": human(70, 74), "c": human(9)}) == pytest.approx(7)


def test_human_disagreement_of_single_raters_is_not_defined() -> None:
    """One person alone cannot disagree."""
    assert human_disagreement({"a": human(40), "b": None}) is None
