"""The scatters of the page: rating against label, a point for each case. May import the siblings below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.evals.reports.material import Report
from evaluator.evals.reports.sentences import label_name
from evaluator.evals.reports.words import counted, letter, plain
from evaluator.evals.runs import Run


@dataclass(frozen=True, slots=True)
class Point:
    """One case: `at` its place among the cases, `x` and `y` in the drawing's units, `told` in words."""

    at: int
    x: float
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """One contestant's points, 0 to 100 each way with the origin below left, and what is not drawn."""

    letter: str
    label: str
    aria: str
    points: Sequence[Point]
    left_out: str


def scatters(report: Report) -> Sequence[Scatter]:
    """Return a scatter for each contestant; none where no case has a label."""
    if not report.labels.by_case:
        return []
    return [_scatter(report, at, run) for at, run in enumerate(report.runs)]


def _scatter(report: Report, at: int, run: Run) -> Scatter:
    points = []
    for number, case in enumerate(report.names):
        label, rating = report.labels.by_case.get(case), run.rating(case)
        if label is not None and rating is not None:
            told = f"{case}: rating {plain(rating)}, {label_name(report)} {plain(label)}"
            points.append(Point(number, round(label, 2), round(100 - rating, 2), told))
    missing = sum(run.rating(case) is None for case in report.labels.by_case)
    return Scatter(
        letter=letter(at),
        label=run.contestant.label,
        aria=f"{run.contestant.label}: rating against {label_name(report)}, {counted(len(points), 'point')}",
        points=points,
        left_out=f"{counted(missing, 'case')} without rating not drawn" if missing else "",
    )
