"""What changes from one run to another, case by case: ratings, statuses, the cut.

May import `evals` siblings that hold data and numbers.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.figures import in_range, judged, usual_status
from evaluator.evals.runs import Run


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Kept):
    """One case under A and B; ratings are means over its repeats, statuses the most frequent."""

    case: str
    label: float | None
    a: float | None
    b: float | None
    status_a: str
    status_b: str
    crosses_cut: bool = Field(description="Whether one rating is at or above the cut and the other below.")
    in_range_a: bool | None = Field(description="None where no range is expected.")
    in_range_b: bool | None

    @property
    def difference(self) -> float | None:
        """B less A, in points; None where one of them has no rating."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def status_flips(self) -> bool:
        """Whether the status is another."""
        return self.status_a != self.status_b

    @property
    def closer(self) -> float | None:
        """Points by which B is closer to the label than A, below 0 farther; None where one is missing."""
        if self.a is None or self.b is None or self.label is None:
            return None
        return abs(self.a - self.label) - abs(self.b - self.label)

    @property
    def size(self) -> float:
        """What to sort by: the distance of the ratings, above any where only one of them is there."""
        if self.difference is not None:
            return abs(self.difference)
        return 0.0 if self.a is None and self.b is None else 101.0


def changes(a: Run, b: Run, labels: Mapping[str, float], cut: float) -> tuple[Change, ...]:
    """Return the cases that were judged in both runs, in A's order."""
    range_a, range_b = in_range(a), in_range(b)
    return tuple(
        Change(
            case=case,
            label=labels.get(case),
            a=a.rating(case),
            b=b.rating(case),
            status_a=usual_status(a, case),
            status_b=usual_status(b, case),
            crosses_cut=_crosses(a.rating(case), b.rating(case), cut),
            in_range_a=range_a[case],
            in_range_b=range_b[case],
        )
        for case in shared(a, b)
    )


def shared(a: Run, b: Run) -> list[str]:
    """Return the cases that were judged in both runs, in A's order."""
    other = set(judged(b))
    return [case for case in judged(a) if case in other]


def only_in(run: Run, other: Run) -> tuple[str, ...]:
    """Return the cases that were judged in this run alone."""
    there = set(judged(other))
    return tuple(case for case in judged(run) if case not in there)


def _crosses(a: float | None, b: float | None, cut: float) -> bool:
    return a is not None and b is not None and (a >= cut) != (b >= cut)
