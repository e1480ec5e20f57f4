"""A comparison in one sentence, with its uncertainty, and what a reader must know beside it.

May import `evals` siblings that hold data and numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Literal

from evaluator.evals.changes import only_in, shared
from evaluator.evals.labels import LabelKind, labels_of
from evaluator.evals.runs import Run
from evaluator.evals.statistics import Interval, detectable, mean_interval

FEWEST_LABELS = 10
"""Labelled cases below which nothing is called better: how often the interval holds is known from here on."""

MANY_TRIES = 3
"""Further contestants on the same cases above which the reader is warned."""

MOST_NAMED = 10
"""Cases that a note names; `Figures.unrated` and the comparison hold them all."""

_NO_SPREAD = 1e-6
"""Points of width below which an interval comes of equal differences; floating point leaves less."""

Outcome = Literal["better", "worse", "cannot tell"]
"""What B is, against A."""


@dataclass(frozen=True)
class Finding:
    """What the verdict stands on.

    `a`, `b`: the contestants' labels. `gains`: of each case with a label and both ratings, the points by
    which B is closer to the label. `shifts`: of each case with both ratings, B less A. `left_out`: cases that
    lack one of them. `tries`: the comparisons that `level` is corrected for.
    """

    a: str
    b: str
    labels: LabelKind
    gains: Sequence[float]
    shifts: Sequence[float]
    left_out: int
    level: float
    tries: int

    @cached_property
    def interval(self) -> Interval | None:
        """The interval of the mean gain, in points of MAE."""
        return mean_interval(self.gains, self.level)

    @cached_property
    def detectable(self) -> float | None:
        """The smallest mean gain that so many cases, so spread, show at 80 % power; None where none is."""
        found = detectable(self.gains, self.level)
        return None if found is None or found < _NO_SPREAD else found

    @property
    def outcome(self) -> Outcome:
        """Better or worse where there are labels enough and the interval excludes zero."""
        if len(self.gains) < FEWEST_LABELS or self.interval is None or not self.interval.excludes_zero:
            return "cannot tell"
        return "better" if self.interval.low > 0 else "worse"


def sentence(finding: Finding) -> str:
    """Return the verdict in one sentence."""
    left_out = f"; left out: {_cases(finding.left_out)} without a rating" if finding.left_out else ""
    return f"{_said(finding)}{left_out}."


def notes(finding: Finding, a: Run, b: Run) -> list[str]:
    """Return what a reader must know beside the verdict, a sentence each."""
    return [*_few_changes(finding), *_gaps(a, b), *_differing_labels(a, b), *_many_tries(finding.tries)]


def points(value: float) -> str:
    """Return points with one decimal; a difference too small for that is not shown as none."""
    text = f"{value:.1f}" if value == 0 or abs(value) >= 0.05 else f"{value:.1g}"
    return text.replace("-", "−")


def _said(finding: Finding) -> str:
    a, b = finding.a, finding.b
    if not finding.shifts:
        return f"No case has a rating under both {a} and {b}"
    if not any(finding.shifts):
        return f"{b} and {a} give the same ratings ({_cases(len(finding.shifts))})"
    if not finding.gains:
        return _unlabelled(finding)
    if finding.outcome == "cannot tell":
        return _cannot_tell(finding)
    return f"{b} is {finding.outcome} than {a} by {_gain(finding)}"


def _unlabelled(finding: Finding) -> str:
    shift = fmean(finding.shifts)
    shown = _interval(_turned(mean_interval(finding.shifts, finding.level), shift), finding.tries)
    way = "higher" if shift > 0 else "lower"
    return (
        f"Nothing tells whether {finding.b} is better than {finding.a}, as no rated case has a label: "
        f"it rates {points(abs(shift))} points {way} ({shown}, n = {len(finding.shifts)})"
    )


def _cannot_tell(finding: Finding) -> str:
    number, names = _cases(len(finding.gains)), f"{finding.b} from {finding.a}"
    if len(finding.gains) >= FEWEST_LABELS:
        lead = f"These {number} cannot tell {names}"
    else:
        lead = f"Too few labels to tell {names} ({number}, it takes {FEWEST_LABELS})"
    gain = fmean(finding.gains)
    ahead = f"{finding.b if gain > 0 else finding.a} is ahead by" if gain else "they are apart by"
    seen = (
        ""
        if finding.detectable is None
        else f"; a difference of {points(finding.detectable)} points would be seen four times in five"
    )
    return f"{lead}: {ahead} {_gain(finding)}{seen}"


def _gain(finding: Finding) -> str:
    gain = fmean(finding.gains)
    shown = _interval(_turned(finding.interval, gain), finding.tries)
    basis = f"n = {len(finding.gains)}, against the {finding.labels}"
    return f"{points(abs(gain))} points of MAE ({shown}, {basis})"


def _turned(interval: Interval | None, value: float) -> Interval | None:
    """Return the interval of a value that is told without its sign."""
    if interval is None or value >= 0:
        return interval
    return Interval(low=-interval.high, high=-interval.low, level=interval.level)


def _interval(interval: Interval | None, tries: int) -> str:
    if interval is None:
        return "no interval"
    if interval.high - interval.low < _NO_SPREAD:
        return "all differences are equal, so that the interval has no width and says nothing"
    corrected = f" for each of {tries} comparisons" if tries > 1 else ""
    return (
        f"{100 * interval.level:.3g} % interval{corrected} {points(interval.low)} to {points(interval.high)}"
    )


def _few_changes(finding: Finding) -> Iterator[str]:
    moved = sum(gain != 0 for gain in finding.gains)
    if 0 < moved < FEWEST_LABELS <= len(finding.gains):
        yield (
            f"Only {moved} of {_cases(len(finding.gains))} came closer to the label or farther from it: the "
            "interval stands on so few that it may be too narrow."
        )


def _gaps(a: Run, b: Run) -> Iterator[str]:
    both = shared(a, b)
    for run, other in ((a, b), (b, a)):
        label = run.contestant.label
        if run.interrupted:
            yield f"{label} was interrupted: what was not judged is left out."
        if unrated := [case for case in both if run.rating(case) is None]:
            yield f"{label} gave no rating in {_named(unrated)}: left out, and never counted as a score."
        if own := only_in(run, other):
            yield f"Only {label} has {_named(own)}: left out."


def _differing_labels(a: Run, b: Run) -> Iterator[str]:
    before, now = labels_of(a.expectations), labels_of(b.expectations)
    moved = [case for case, label in before.by_case.items() if now.by_case.get(case, label) != label]
    if moved:
        yield (
            f"The labels differ between the two runs in {_named(moved)}: both are held against those that "
            f"{b.contestant.label} was run with."
        )


def _many_tries(tries: int) -> Iterator[str]:
    if tries > 1:
        yield (
            f"{tries} comparisons are made on the same cases: each interval is widened so that all of them "
            "hold together in 95 of 100 (Bonferroni)."
        )
    if tries > MANY_TRIES:
        yield (
            f"The best of {tries + 1} tries on the same cases looks better than it is: try it again on cases "
            "that had no part in choosing it."
        )


def _named(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - MOST_NAMED} more" if len(cases) > MOST_NAMED else ""
    return f"{_cases(len(cases))} ({', '.join(cases[:MOST_NAMED])}{more})"


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"
