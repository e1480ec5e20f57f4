"""What got worse since a baseline."""

from collections.abc import Mapping
from typing import Any

import pytest

from evaluator.contract.result import Status
from evaluator.evals.baselines import Baseline
from evaluator.evals.regressions import Against, against
from evaluator.evals.runs import Run
from tests.fakes.runs import run_of

DIGESTS = dict.fromkeys(("a", "b", "c"), "same")


def beside(run: Run, before: Run, digests: Mapping[str, str] = DIGESTS, **options: Any) -> Against:
    """Return a run beside a baseline whose cases all have the same digest."""
    kept = Baseline(name="main", digests=dict.fromkeys(before.expectations, "same"), run=before)
    return against(run, kept, digests, **options)


def lines(found: Against) -> list[str]:
    """Return what got worse as it is told."""
    return list(map(str, found.worse))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (78, 70, ["a: rating 70, 78 before; the label is 80"]),
        (82, 91, ["a: rating 91, 82 before; the label is 80"]),
        (78, 77, []),
        (78, 84, ["a: rating 84, 78 before; the label is 80"]),
        (70, 90, []),
        (70, 80, []),
    ],
)
def test_rating_farther_from_its_label_is_worse(before: float, now: float, expected: list[str]) -> None:
    """By more than a point, on whichever side; as far off on the other side is not worse."""
    labels = {"a": 80}

    assert lines(beside(run_of({"a": now}, labels=labels), run_of({"a": before}, labels=labels))) == expected


def test_tolerance_can_be_wider() -> None:
    """A model's noise can be allowed for."""
    run, before = (run_of({"a": rating}, labels={"a": 80}) for rating in (75, 78))

    assert lines(beside(run, before, tolerance=3)) == []


def test_rating_that_left_its_range_is_worse() -> None:
    """Where none was in it before, it is not told again."""
    expected = {"a": {"rating": (50, 60)}, "b": {"rating": (50, 60)}}
    run, before = run_of({"a": 61, "b": 62}, expected=expected), run_of({"a": 60, "b": 61})

    assert lines(beside(run, before)) == ["a: out of its range now"]


def test_rating_that_is_missing_is_worse() -> None:
    """The reason is told, and only for a case that had one."""
    run, before = run_of({"a": None, "b": None}), run_of({"a": 62, "b": None})

    assert lines(beside(run, before)) == ["a: no rating now, 62 before: timed out"]


@pytest.mark.parametrize(
    ("expected", "before", "now", "worse"),
    [
        ([], "completed", "needs_review", True),
        ([], "needs_review", "completed", False),
        (["needs_review"], "completed", "needs_review", False),
        (["needs_review"], "needs_review", "completed", True),
        (["completed", "needs_review"], "completed", "needs_review", False),
    ],
)
def test_status_is_worse_by_what_is_expected(
    expected: list[str], before: Status, now: Status, worse: bool
) -> None:
    """An attack that is no longer seen is worse; where nothing is expected, what needs a person is."""
    told = {"a": {"status": expected}} if expected else {}
    run = run_of({"a": 50}, statuses={"a": now}, expected=told)
    found = beside(run, run_of({"a": 50}, statuses={"a": before}))

    assert lines(found) == ([f"a: status {now}, {before} before"] if worse else [])


def test_label_of_today_counts_for_both() -> None:
    """A label that was mended makes no case worse by itself."""
    run, before = run_of({"a": 50}, labels={"a": 90}), run_of({"a": 50}, labels={"a": 50})

    assert lines(beside(run, before)) == []


def test_case_that_changed_is_not_compared() -> None:
    """What its request is now was not judged then; it is told."""
    run, before = (run_of({"a": rating, "b": 50}, labels={"a": 90}) for rating in (10, 90))
    found = beside(run, before, {"a": "another", "b": "same"})

    assert (found.compared, found.changed, lines(found)) == (("b",), ("a",), [])
    assert found.notes == ["a: changed since the baseline was saved, and not compared."]


def test_new_and_vanished_cases_are_told_apart() -> None:
    """Twins are in neither: they are there where they were asked for."""
    run, before = run_of({"a": 50, "b": 50, "a~hobbies": 1}), run_of({"a": 50, "c": 50, "c~hobbies": 1})
    found = beside(run, before)

    assert (found.compared, found.new, found.vanished) == (("a",), ("b",), ("c",))


def test_part_of_the_cases_lets_none_vanish() -> None:
    """Where a part was asked for, the others are no loss."""
    assert beside(run_of({"a": 50}), run_of({"a": 50, "c": 50}), whole=False).vanished == ()
