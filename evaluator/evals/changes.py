"""What changes from one run to another, case by case: ratings, statuses, the cut, the order.

May import `evals` siblings that hold data and numbers.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.figures import in_range, judged, usual_status
from evaluator.evals.runs import Run

MOST_NAMED = 20
"""Pairs of cases whose order flips that are named; the others are counted."""


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


class OrderFlip(_Kept):
    """Two cases of which A puts the first above the second, and B below it."""

    above_in_a: str
    above_in_b: str
    by: float = Field(description="Points between the two in A and in B, added.")


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


def order_flips(changed: Sequence[Change]) -> tuple[int, tuple[OrderFlip, ...]]:
    """Return how many pairs of cases reverse their order, and the widest 20 of them.

    A tie on either side is no reversal.
    """
    rated = [(each.case, each.a, each.b) for each in changed if each.a is not None and each.b is not None]
    flips = [
        (abs(a1 - a2) + abs(b1 - b2), (one, other) if a1 > a2 else (other, one))
        for (one, a1, b1), (other, a2, b2) in combinations(rated, 2)
        if (a1 - a2) * (b1 - b2) < 0
    ]
    widest = sorted(flips, key=lambda flip: -flip[0])[:MOST_NAMED]
    return len(flips), tuple(OrderFlip(above_in_a=a, above_in_b=b, by=by) for by, (a, b) in widest)


def _crosses(a: float | None, b: float | None, cut: float) -> bool:
    return a is not None and b is not None and (a >= cut) != (b >= cut)
