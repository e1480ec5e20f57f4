"""How far the repeats of a case agree: with nothing changed, how far does a rating swing?

May import `evals.figures` and `evals.runs`.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, variance

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.figures import judged
from evaluator.evals.runs import Row, Run

WIDE = 10.0
"""Points between the highest and the lowest rating of a case from which it is unstable."""


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(_Figures):
    """The repeats of one case. Points of a rating, over the `rated` repeats."""

    case: str
    repeats: int
    rated: int = Field(description="Repeats that gave a rating.")
    mean: float | None
    deviation: float | None = Field(description="Standard deviation; None with fewer than two ratings.")
    low: float | None
    high: float | None
    statuses: Mapping[str, int] = Field(description="How often each status came, the most frequent first.")
    crosses_cut: bool = Field(description="Whether ratings lie on both sides of the cut.")

    @property
    def range(self) -> float:
        """Highest less lowest rating, 0 where there are not two."""
        return 0.0 if self.low is None or self.high is None else self.high - self.low

    @property
    def status_flips(self) -> bool:
        """Whether the repeats have different statuses; one that failed counts."""
        return len(self.statuses) > 1

    @property
    def unstable(self) -> bool:
        """Whether status or side of the cut depends on the repeat, or the ratings are 10 points apart."""
        return self.status_flips or self.crosses_cut or self.range >= WIDE


class Stability(_Figures):
    """The repeats of a run, unstable cases first, then by standard deviation, widest first."""

    label: str
    repeats: int = Field(description="Of the case with the most.")
    cut: float
    deviation: float | None = Field(
        description="Of a single rating, pooled: root of the cases' mean variance."
    )
    mean_range: float | None
    spreads: tuple[Spread, ...]

    @property
    def unstable(self) -> tuple[Spread, ...]:
        """The cases that are unstable."""
        return tuple(spread for spread in self.spreads if spread.unstable)


def stability(run: Run, *, cut: float) -> Stability | None:
    """Return how far the repeats agree; None where no case was run twice."""
    spreads = [_spread(case, run.by_case[case], cut) for case in judged(run)]
    repeats = max((spread.repeats for spread in spreads), default=0)
    if repeats < 2:
        return None
    deviations = [spread.deviation for spread in spreads if spread.deviation is not None]
    return Stability(
        label=run.contestant.label,
        repeats=repeats,
        cut=cut,
        deviation=math.sqrt(fmean(each**2 for each in deviations)) if deviations else None,
        mean_range=fmean(spread.range for spread in spreads if spread.rated > 1) if deviations else None,
        spreads=tuple(sorted(spreads, key=lambda each: (not each.unstable, -(each.deviation or 0.0)))),
    )


def _spread(case: str, rows: Sequence[Row], cut: float) -> Spread:
    ratings = [row.rating for row in rows if row.rating is not None]
    return Spread(
        case=case,
        repeats=len(rows),
        rated=len(ratings),
        mean=fmean(ratings) if ratings else None,
        deviation=math.sqrt(variance(ratings)) if len(ratings) > 1 else None,
        low=min(ratings, default=None),
        high=max(ratings, default=None),
        statuses=dict(Counter(row.status for row in rows).most_common()),
        crosses_cut=len({rating >= cut for rating in ratings}) > 1,
    )
