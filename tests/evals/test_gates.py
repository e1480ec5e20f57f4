"""Conditions of `--fail-on`: how they are read, when a run falls short, and what is not there."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import SettingsError
from evaluator.evals.baselines import Baseline
from evaluator.evals.conditions import FIGURES, conditions
from evaluator.evals.gates import MEASURES, failing
from evaluator.evals.regressions import Against, against
from evaluator.evals.runs import Run
from tests.fakes.runs import run_of

LABELS = {"a": 80, "b": 50, "c": 20}
BEFORE = run_of({"a": 80, "b": 52, "c": 21}, labels=LABELS)  # mae 1, spearman 1
RANGES = {"a": {"rating": (70, 90)}, "b": {"rating": (50, 60)}}


def beside(run: Run, before: Run = BEFORE, digests: Mapping[str, str] | None = None) -> Against:
    """Return a run beside a baseline of the same cases."""
    same = dict.fromkeys(before.expectations, "same")
    return against(run, Baseline(name="main", digests=same, run=before), digests or same)


def short(text: str, run: Run, **options: Any) -> list[str]:
    """Return what a run falls short of under a condition."""
    return failing(conditions([text]), run, **options)


@pytest.mark.parametrize(
    ("text", "run", "expected"),
    [
        ("mae>12", {"a": 60, "b": 50, "c": 40}, ["mae is 13.3, above 12 (mae>12)."]),
        ("mae>12", {"a": 68, "b": 62, "c": 32}, []),
        ("mae>=12", {"a": 68, "b": 62, "c": 32}, ["mae is 12, not below 12 (mae>=12)."]),
        ("spearman<0.7", {"a": 50, "b": 80, "c": 20}, ["spearman is 0.5, below 0.7 (spearman<0.7)."]),
        ("spearman<0.5", {"a": 50, "b": 80, "c": 20}, []),
        ("tokens>3000", {"a": 1, "b": 1, "c": 1}, ["tokens is 3,600, above 3000 (tokens>3000)."]),
        ("tokens>3600", {"a": 1, "b": 1, "c": 1}, []),
        ("cost>0.02", {"a": 1, "b": 1, "c": 1}, ["cost is 0.03, above 0.02 (cost>0.02)."]),
        ("cost>0.03", {"a": 1, "b": 1, "c": 1}, []),
        ("tokens>1", {"a": 1, "a~hobbies": 1}, ["tokens is 2,400, 1 twin included, above 1 (tokens>1)."]),
        ("twin-delta>5", {"a": 50, "a~hobbies": 44}, ["twin-delta is 6, above 5 (twin-delta>5)."]),
        ("twin-delta>6", {"a": 50, "a~hobbies": 44}, []),
    ],
)
def test_run_falls_short_where_a_condition_is_true(
    text: str, run: Mapping[str, float], expected: list[str]
) -> None:
    """The sentence holds the figure, the bound and the condition."""
    labels = {case: label for case, label in LABELS.items() if case in run}

    assert short(text, run_of(run, labels=labels)) == expected


@pytest.mark.parametrize("text", ["in-range<0.9", "in-range<90%"])
def test_share_in_range_may_be_a_percentage(text: str) -> None:
    """One of two cases is in its range; a case without rating is not."""
    run = run_of({"a": 80, "b": None}, expected=RANGES)

    assert short(text, run) == [f"in-range is 0.5, below 0.9 ({text})."]


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("max-drop>10", {"a": 69, "b": 90, "c": 21}, ["max-drop is 11, above 10 (max-drop>10)."]),
        ("max-drop>11", {"a": 69, "b": 90, "c": 21}, []),
        ("max-drop>0", {"a": 90, "b": 90, "c": 90}, []),
        (
            "mae+1.5",
            {"a": 78, "b": 54, "c": 23},
            ["mae is 3, the baseline's 1: worse by 2, more than 1.5 (mae+1.5)."],
        ),
        ("mae+2", {"a": 78, "b": 54, "c": 23}, []),
        ("mae+0", {"a": 80, "b": 50, "c": 20}, []),
        (
            "spearman+0.4",
            {"a": 50, "b": 80, "c": 20},
            ["spearman is 0.5, the baseline's 1: worse by 0.5, more than 0.4 (spearman+0.4)."],
        ),
        ("tokens+0", {"a": 78, "b": 54, "c": 23}, []),
    ],
)
def test_run_is_measured_by_its_baseline(text: str, now: Mapping[str, float], expected: list[str]) -> None:
    """Only worse counts, on the side on which the figure is worse."""
    run = run_of(now, labels=LABELS)

    assert short(text, run, against=beside(run)) == expected


def test_cases_that_changed_are_not_measured_by_the_baseline() -> None:
    """Case c is another now: neither its error nor its drop counts."""
    run = run_of({"a": 80, "b": 52, "c": 0}, labels=LABELS)
    found = beside(run, digests={"a": "same", "b": "same", "c": "another"})

    assert failing(conditions(["max-drop>1,mae+0.5"]), run, found) == []


@pytest.mark.parametrize(
    ("text", "run", "missing"),
    [
        ("mae>12", run_of({"a": 50}), "no case has a label"),
        ("mae>12", run_of({"a": 80, "b": None}, labels=LABELS), "no rating of b"),
        ("spearman<0", run_of({"a": 50}, labels=LABELS), "it is not defined with so few labels"),
        ("in-range<0.5", run_of({"a": 50}), "of no case a range is expected"),
        ("max-drop>90", run_of({"a": 50}), "there is no baseline; --baseline names one"),
        ("mae+50", run_of({"a": 50}, labels=LABELS), "there is no baseline; --baseline names one"),
        ("cost>99", run_of({"a": 50}, cost_usd=None), "the price of m is not known"),
        ("cost>99", run_of({"a": None}), "nothing was rated"),
        ("tokens>99999", run_of({"a": None}), "nothing was rated"),
        ("twin-delta>99", run_of({"a": 50}), "there are no twins in this run; --twins makes them"),
        ("twin-delta>99", run_of({"a": 50, "a~hobbies": None}), "no rating of a~hobbies or of what it"),
    ],
)
def test_figure_that_is_not_there_does_not_pass(text: str, run: Run, missing: str) -> None:
    """However wide the condition, it cannot be told, and the sentence says what is missing."""
    [sentence] = short(text, run)

    assert sentence.startswith(f"{text} cannot be told, and so it does not hold: {missing}")


def test_baseline_of_other_cases_does_not_pass() -> None:
    """With nothing to compare a gate beside the baseline cannot be told."""
    run = run_of({"z": 50}, labels={"z": 50})

    assert "no case is the same as in the baseline" in short("mae+9", run, against=beside(run))[0]


def test_case_that_lost_its_rating_cannot_have_dropped_little() -> None:
    """The drop of a case that failed is not known."""
    run = run_of({"a": 80, "b": 52, "c": None}, labels=LABELS)

    assert "no rating of c" in short("max-drop>100", run, against=beside(run))[0]


def test_interrupted_run_holds_no_gate() -> None:
    """One sentence says so; without a condition there is none."""
    run = run_of({"a": 80}, labels=LABELS, interrupted=True)

    assert [each[:24] for each in short("mae>12,tokens>1", run)] == ["The run was interrupted:"]
    assert failing([], run) == []


def test_conditions_may_be_repeated_or_joined() -> None:
    """Commas and white space part them, and the order stays."""
    found = conditions(["mae>12, spearman < 0.7", "cost > 0.50", ""])

    assert [(each.figure, each.relation, each.bound) for each in found] == [
        ("mae", ">", 12),
        ("spearman", "<", 0.7),
        ("cost", ">", 0.5),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mea>12", "is no condition; it is a figure of mae, spearman, in-range"),
        ("mae", "is no condition"),
        ("mae=12", "is no condition"),
        ("mae>twelve", "twelve is no number"),
        ("mae>nan", "the number is one of 0 or more"),
        ("mae>-1", "the number is one of 0 or more"),
        ("in-range<90", "the number is one from 0 to 1; say 90% for a percentage"),
        ("in-range<900", "the number is one from 0 to 1"),
        ("mae>5%", "5% is no number"),
        ("spearman<2", "the number is one from -1 to 1"),
        ("mae<12", "would fail a good run, for it says what must not be; say mae>"),
        ("in-range>0.9", "would fail a good run, for it says what must not be; say in-range<"),
        ("max-drop+1", "max-drop is itself beside the baseline; say max-drop> and a number"),
        ("mae+-1", "the number is one of 0 or more"),
    ],
)
def test_condition_that_cannot_be_meant_is_refused(text: str, message: str) -> None:
    """Before anything runs, with what to write instead."""
    with pytest.raises(SettingsError) as told:
        conditions([text])

    assert f"--fail-on {text}: {message}" in str(told.value)


@given(st.sampled_from(list(FIGURES)), st.sampled_from([">", "<", ">=", "<=", "+"]), st.floats(0, 1))
def test_every_figure_has_one_worse_side(name: str, relation: str, bound: float) -> None:
    """Of `>` and `<` exactly one can be said of a figure, with any number that it can have."""
    more = name not in ("spearman", "in-range")
    try:
        read = conditions([f"{name}{relation}{bound}"])
    except SettingsError:
        read = []

    said = name != "max-drop" if relation == "+" else (relation[0] == ">") == more
    assert [(each.figure, each.relation, each.bound) for each in read] == [(name, relation, bound)] * said


def test_every_figure_is_measured() -> None:
    """What can be written can be told."""
    assert list(FIGURES) == list(MEASURES)
