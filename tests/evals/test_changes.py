"""What changes from one run to another, case by case."""

from collections.abc import Mapping

import pytest

from evaluator.evals.changes import Change, changes
from evaluator.evals.expectation import Expectation
from evaluator.evals.runs import Run
from tests.fakes.simulated import run


def changed(a: Run, b: Run, labels: Mapping[str, float] | None = None) -> list[Change]:
    """Return the changes from A to B, with the cut at 50."""
    return list(changes(a, b, labels or {}, 50))


def test_changes_hold_the_cases_of_both_in_the_first_ones_order() -> None:
    """A case that only one run has is no change."""
    found = changed(run({"b": 1, "x": 2, "a": 3}), run({"a": 5, "b": 4, "y": 6}))
    assert [(each.case, each.a, each.b, each.difference) for each in found] == [
        ("b", 1, 4, 3),
        ("a", 3, 5, 2),
    ]


@pytest.mark.parametrize(("a", "b", "crosses"), [(49.9, 50, True), (50, 49.9, True), (50, 99, False)])
def test_change_crosses_the_cut_from_either_side(a: float, b: float, crosses: bool) -> None:
    """A rating at the cut is above it."""
    assert changed(run({"a": a}), run({"a": b}))[0].crosses_cut == crosses


def test_change_without_a_rating_is_the_largest_and_crosses_nothing() -> None:
    """A case that failed under one of the two has no difference, and is shown before all others."""
    lost, never = changed(run({"a": 90, "b": None}), run({"a": None, "b": None}))
    assert (lost.difference, lost.closer, lost.crosses_cut, lost.status_flips) == (None, None, False, True)
    assert (lost.size, never.size) == (101, 0)


def test_change_is_closer_where_the_distance_from_the_label_falls() -> None:
    """Above 0 is closer to the label, below 0 farther, whatever the direction."""
    found = changed(run({"a": 40, "b": 60}), run({"a": 65, "b": 90}), {"a": 70, "b": 70})
    assert [each.closer for each in found] == [25, -10]
    assert [each.size for each in found] == [25, 30]


def test_change_tells_which_ratings_are_in_range() -> None:
    """Each run is held against what was expected of it."""
    expected: dict[str, Expectation | None] = {"a": Expectation(rating=(0, 30))}
    (found,) = changed(run({"a": 20}, expectations=expected), run({"a": 40}, expectations=expected))
    assert (found.in_range_a, found.in_range_b) == (True, False)
