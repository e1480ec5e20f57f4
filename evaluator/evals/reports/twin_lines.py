"""What twins show, kind by kind, as every report tells it. May import the siblings below it."""

from collections.abc import Sequence

from evaluator.evals.reports.material import Report
from evaluator.evals.reports.words import NOT_THERE, letter, plain, signed
from evaluator.evals.twins import TwinDelta, twin_deltas

HEADINGS = ("twins differ in", "pairs", "mean", "absolute", "largest", "in case")
"""What stands in each line: differences are of the twin's rating less its case's, in points."""


def twin_lines(report: Report) -> Sequence[Sequence[str]]:
    """Return a line for each kind of twins and contestant; nothing where a run has no twins."""
    several = len(report.runs) > 1
    return [
        _line(delta, f"{letter(at)} " if several else "")
        for at, run in enumerate(report.runs)
        for delta in twin_deltas(run)
    ]


def _line(delta: TwinDelta, whose: str) -> Sequence[str]:
    return [
        whose + delta.kind.replace("-", " "),
        str(delta.n),
        signed(delta.mean),
        plain(delta.mean_absolute),
        signed(delta.largest),
        delta.case if delta.case and delta.largest else NOT_THERE,
    ]
