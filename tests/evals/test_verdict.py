"""The verdict, word for word."""

import pytest

from evaluator.evals.comparison import Comparison, compare, compare_all
from evaluator.evals.runs import Run
from evaluator.evals.verdict import points
from tests.fakes.simulated import run

NAMES = [f"case-{number}" for number in range(12)]
LABELS = dict.fromkeys(NAMES, 50.0)
ERRORS = [8, 12, 9, 11, 10, 14, 6, 10, 13, 7, 10, 10]


def off_by(*errors: float, label: str, labels: dict[str, float] | None = LABELS) -> Run:
    """Return a run whose ratings lie above 50 by `errors`."""
    ratings = {name: 50 + error for name, error in zip(NAMES, errors, strict=False)}
    return run(ratings, label=label, references=labels)


def verdict(a: Run, b: Run) -> str:
    """Return the verdict on B against A."""
    return compare(a, b, cut=50, resamples=10).verdict


FIRST = off_by(*ERRORS, label="default")


def first_of(*drafts: Run) -> Comparison:
    """Return the first comparison of several with the first run."""
    return compare_all([FIRST, *drafts], cut=50, resamples=10)[0]


def test_verdict_of_a_better_run_says_by_how_much_and_how_sure() -> None:
    """One sentence: the gain in MAE, its interval, the number of cases and whose labels."""
    draft = off_by(*(error - 3 + error % 2 for error in ERRORS), label="draft")
    assert verdict(FIRST, draft) == (
        "draft is better than default by 2.7 points of MAE (95 % interval 2.4 to 3.0, n = 12, "
        "against the authors' reference ratings)."
    )


def test_verdict_of_a_worse_run_says_so() -> None:
    """The loss is told without a sign, and its interval with it."""
    draft = off_by(*(error + 3 - error % 2 for error in ERRORS), label="draft")
    assert verdict(FIRST, draft).startswith(
        "draft is worse than default by 2.7 points of MAE (95 % interval 2.4 to 3.0, n = 12,"
    )


def test_verdict_of_runs_that_differ_by_chance_cannot_tell() -> None:
    """The interval holds zero: the sentence says how far apart, and what could have been seen."""
    draft = off_by(*ERRORS[::-1], label="draft")
    assert verdict(FIRST, draft) == (
        "These 12 cases cannot tell draft from default: they are apart by 0.0 points of MAE (95 % interval "
        "−2.4 to 2.4, n = 12, against the authors' reference ratings); a difference of 3.4 points would be "
        "seen four times in five."
    )


def test_verdict_that_cannot_tell_names_who_is_ahead() -> None:
    """The closer one is named even so, whichever it is."""
    closer = off_by(ERRORS[0] - 6, *ERRORS[1:], label="closer")
    assert "cannot tell closer from default: closer is ahead by 0.5 points" in verdict(FIRST, closer)
    assert "cannot tell default from closer: closer is ahead by 0.5 points" in verdict(closer, FIRST)


def test_verdict_of_equal_differences_says_that_the_interval_says_nothing() -> None:
    """Where every case gains the same, an interval without width would look like certainty."""
    same = "all differences are equal, so that the interval has no width and says nothing"
    draft = off_by(*(error - 2 for error in ERRORS), label="draft")
    mirrored = off_by(*(-error for error in ERRORS), label="mirrored")

    assert verdict(FIRST, draft) == (
        f"draft is better than default by 2.0 points of MAE ({same}, n = 12, against the authors' reference "
        "ratings)."
    )
    assert verdict(FIRST, mirrored) == (
        f"These 12 cases cannot tell mirrored from default: they are apart by 0.0 points of MAE ({same}, "
        "n = 12, against the authors' reference ratings)."
    )


def test_verdict_of_few_labels_says_that_they_are_too_few() -> None:
    """Nine labelled cases never make a run better, however clear they look."""
    labels = dict(list(LABELS.items())[:9])
    a, b = off_by(*ERRORS, label="A", labels=labels), off_by(*[1] * 11, 2, label="B", labels=labels)
    found = compare(a, b, cut=50)
    assert found.outcome == "cannot tell"
    assert found.verdict.startswith(
        "Too few labels to tell B from A (9 cases, it takes 10): B is ahead by 9.3 "
    )
    assert "a difference of 2.7 points would be seen four times in five" in found.verdict


def test_verdict_of_a_single_label_promises_nothing() -> None:
    """One case has no interval, and no difference that could have been seen."""
    only = {"case-0": 50.0}
    assert verdict(off_by(*ERRORS, label="A", labels=only), off_by(1, 1, label="B", labels=only)) == (
        "Too few labels to tell B from A (1 case, it takes 10): B is ahead by 7.0 points of MAE "
        "(no interval, n = 1, against the authors' reference ratings)."
    )


def test_verdict_without_labels_tells_the_ratings_apart_and_no_more() -> None:
    """With nothing to be close to, a run is neither better nor worse: it rates higher or lower."""
    a = off_by(*ERRORS, label="A", labels=None)
    higher = off_by(*(error + 2 for error in ERRORS[:6]), *ERRORS[6:], label="B", labels=None)
    assert verdict(a, higher) == (
        "Nothing tells whether B is better than A, as no rated case has a label: it rates 1.0 points higher "
        "(95 % interval 0.3 to 1.7, n = 12)."
    )
    assert "A rates" not in verdict(higher, a)
    assert "it rates 1.0 points lower (95 % interval 0.3 to 1.7" in verdict(higher, a)


def test_verdict_of_equal_ratings_says_so() -> None:
    """Where nothing moved there is nothing to be unsure of."""
    found = first_of(off_by(*ERRORS, label="draft"))
    assert found.verdict == "draft and default give the same ratings (12 cases)."
    assert (found.outcome, found.notes) == ("cannot tell", ())


def test_verdict_of_runs_without_a_common_rating_says_so() -> None:
    """Nothing is compared where no case was rated under both."""
    assert verdict(run({"a": None, "b": 1}, label="A"), run({"a": 1, "b": None}, label="B")) == (
        "No case has a rating under both A and B; left out: 2 cases without a rating."
    )


def test_notes_of_many_tries_warn_that_the_best_looks_too_good() -> None:
    """From two comparisons on the correction is told, from four on the over-fitting too."""
    draft = off_by(*(error - 3 + error % 2 for error in ERRORS), label="draft")
    assert first_of(draft).notes == ()
    (corrected,) = first_of(draft, draft, draft).notes
    assert corrected.startswith("3 comparisons are made on the same cases: each interval is widened")
    assert "98.3 % interval for each of 3 comparisons" in first_of(draft, draft, draft).verdict
    assert (
        first_of(*[draft] * 4)
        .notes[1]
        .startswith("The best of 5 tries on the same cases looks better than it")
    )


def test_notes_of_few_moved_ratings_warn_of_the_interval() -> None:
    """Where only some ratings moved the interval stands on these."""
    (note,) = first_of(off_by(*(error - 2 for error in ERRORS[:3]), *ERRORS[3:], label="draft")).notes
    assert note.startswith("Only 3 of 12 cases came closer to the label or farther from it")


def test_notes_of_labels_that_differ_name_the_cases() -> None:
    """A saved run that was held against other labels is not compared with them in silence."""
    moved = off_by(*[1] * 12, label="draft", labels=LABELS | {"case-3": 51.0})
    assert any(
        note.startswith("The labels differ between the two runs in 1 case (case-3)")
        for note in first_of(moved).notes
    )


def test_notes_of_an_interrupted_run_say_so() -> None:
    """A run that was ended early is not taken for a whole one."""
    begun: dict[str, list[float]] = {name: [] for name in NAMES} | {"case-0": [60]}
    missing, interrupted = first_of(run(begun, label="draft", references=LABELS, interrupted=True)).notes
    assert interrupted == "draft was interrupted: what was not judged is left out."
    assert missing.startswith("Only default has 11 cases (case-1, ")


def test_notes_of_many_cases_name_the_first_ten() -> None:
    """A long list is cut, and counted in full."""
    (unrated,) = first_of(run(dict.fromkeys(NAMES), label="draft", references=LABELS)).notes
    assert unrated.startswith("draft gave no rating in 12 cases (case-0, case-1, ")
    assert "case-9 and 2 more): left out" in unrated


@pytest.mark.parametrize(
    ("value", "shown"), [(2.14, "2.1"), (0, "0.0"), (-1.4, "−1.4"), (0.04, "0.04"), (-0.004, "−0.004")]
)
def test_points_never_show_a_difference_as_none(value: float, shown: str) -> None:
    """One decimal, and more where that would read as zero."""
    assert points(value) == shown
