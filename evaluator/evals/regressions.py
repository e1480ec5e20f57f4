"""What got worse since a baseline, case by case.

May import `evals` siblings that hold data and numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.evals.baselines import Baseline
from evaluator.evals.figures import in_range, usual_status
from evaluator.evals.labels import labels_of
from evaluator.evals.runs import Run
from evaluator.evals.twins import is_twin

TOLERANCE = 1.0
"""Points by which a rating may be farther from its label than it was before a case counts as worse."""

_RANKS = ("completed", "needs_review", "insufficient_data", "opted_out", "failed")
"""Statuses from the best to the worst, where none is expected."""


@dataclass(frozen=True, slots=True)
class Worse:
    """A case that got worse, and in what, a few words each."""

    case: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.case}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Against:
    """A run beside its baseline.

    `compared` are the cases of both whose request is the same, and `changed` those whose request is
    another: they are not compared. `new` are in the run alone, `vanished` in the baseline alone. Twins that
    one of the two has are in neither.
    """

    baseline: Baseline
    compared: tuple[str, ...]
    worse: tuple[Worse, ...]
    changed: tuple[str, ...]
    new: tuple[str, ...]
    vanished: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What was not compared, a sentence each."""
        told = (
            ("changed since the baseline was saved, and not compared", self.changed),
            ("not in the baseline", self.new),
            ("in the baseline, and not in this run", self.vanished),
        )
        return [f"{', '.join(cases)}: {what}." for what, cases in told if cases]


def against(
    run: Run,
    baseline: Baseline,
    digests: Mapping[str, str],
    *,
    whole: bool = True,
    tolerance: float = TOLERANCE,
) -> Against:
    """Return `run` beside `baseline`; `digests` are those of the run's cases, as `baselines` makes them.

    `whole` is false where a part of the cases was asked for: then none has vanished. Labels, ranges and
    statuses are those that the run's cases have now, for both.
    """
    before, now = baseline.run.expectations, run.expectations
    both = [case for case in now if case in before]
    compared = tuple(case for case in both if digests.get(case) == baseline.digests.get(case))
    own = [case for case in before if case not in now and not is_twin(case)]
    return Against(
        baseline=baseline,
        compared=compared,
        worse=_worse(run, restated(baseline.run, run), compared, tolerance),
        changed=tuple(case for case in both if case not in compared),
        new=tuple(case for case in now if case not in before and not is_twin(case)),
        vanished=tuple(own) if whole else (),
    )


def restated(earlier: Run, run: Run) -> Run:
    """Return the earlier run with the expectations that `run` has of the cases that both have."""
    expectations = {case: each for case, each in run.expectations.items() if case in earlier.expectations}
    return only(earlier, expectations)


def only(run: Run, expectations: Mapping[str, object]) -> Run:
    """Return the part of a run that is of the cases in `expectations`, with these expectations."""
    rows = tuple(row for row in run.rows if row.case in expectations)
    kept = {name: getattr(run, name) for name in Run.model_fields}
    return Run(**kept | {"expectations": expectations, "rows": rows})


def _worse(run: Run, earlier: Run, cases: tuple[str, ...], tolerance: float) -> tuple[Worse, ...]:
    labels = labels_of(run.expectations).by_case
    ranges, ranges_before = in_range(run), in_range(earlier)
    found = []
    for case in cases:
        reasons = [
            *_rating_reasons(run.rating(case), earlier.rating(case), labels.get(case), tolerance),
            *(["out of its range now"] if ranges_before[case] and ranges[case] is False else []),
            *_status_reasons(run, earlier, case),
        ]
        found += [Worse(case, tuple(_without_rating(run, earlier, case) or reasons))]
    return tuple(each for each in found if each.reasons)


def _without_rating(run: Run, earlier: Run, case: str) -> list[str]:
    before = earlier.rating(case)
    if run.rating(case) is not None or before is None:
        return []
    why = next((row.error for row in run.by_case[case] if row.error), "the assessment failed")
    return [f"no rating now, {before:.4g} before: {why}"]


def _rating_reasons(
    now: float | None, before: float | None, label: float | None, tolerance: float
) -> list[str]:
    if now is None or before is None or label is None:
        return []
    off, off_before = abs(now - label), abs(before - label)
    if off <= off_before + tolerance:
        return []
    return [f"rating {now:.4g}, {before:.4g} before; the label is {label:.4g}"]


def _status_reasons(run: Run, earlier: Run, case: str) -> list[str]:
    now, before = usual_status(run, case), usual_status(earlier, case)
    expectation = run.expectations[case]
    expected = expectation.status if expectation else ()
    if expected:
        fell = before in expected and now not in expected
    else:
        fell = _RANKS.index(now) > _RANKS.index(before)
    return [f"status {now}, {before} before"] if fell else []
