"""Two runs of the same cases, side by side: is B better than A?

The case is the unit: its repeats are averaged first, then the two ratings of a case are paired. Means of
differences get the paired t interval, differences of correlations and of kappa a bootstrap. May import
`evals` siblings that hold data and numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.agreement import absolute_errors, kendall, spearman, weighted_kappa
from evaluator.evals.changes import Change, changes, only_in
from evaluator.evals.figures import Figures, figures
from evaluator.evals.labels import LabelKind, Labels, labels_of_both
from evaluator.evals.order_flips import OrderFlip, order_flips
from evaluator.evals.resampling import RESAMPLES, agreement_intervals
from evaluator.evals.runs import Run
from evaluator.evals.statistics import LEVEL, Interval, mean_interval
from evaluator.evals.verdict import Finding, Outcome, notes, sentence


class Difference(BaseModel):
    """A figure under A and under B over the same cases, and B less A; None stands where it is not defined."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: float | None
    b: float | None
    interval: Interval | None = Field(description="Of B less A.")
    method: Literal["paired t", "bootstrap"]
    n: int = Field(description="Cases that it stands on.")

    @property
    def difference(self) -> float | None:
        """B less A."""
        return None if self.a is None or self.b is None else self.b - self.a


class Comparison(BaseModel):
    """B against A, over the cases that both have. `verdict` is one sentence; `notes` stand beside it.

    The figures in `of_a` and `of_b` are each run's own; the differences are over the cases that have a rating
    under both.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: str = Field(description="The contestant's label.")
    b: str
    cut: float = Field(description="The rating from which a candidate would go on.")
    labels: LabelKind
    tries: int = Field(description="Comparisons that the intervals are corrected for (Bonferroni).")
    outcome: Outcome = Field(description="What B is.")
    verdict: str
    notes: tuple[str, ...]

    of_a: Figures
    of_b: Figures
    rated: int = Field(description="Cases with a rating under both.")
    labelled: int = Field(description="Of these, those with a label.")
    mae: Difference
    detectable: float | None = Field(
        description="The smallest difference of MAE that so many cases, so spread, show four times in five."
    )
    rating: Difference = Field(description="Mean rating, whatever the labels.")
    spearman: Difference
    kendall: Difference
    kappa: Difference

    changes: tuple[Change, ...] = Field(description="Case by case, in A's order.")
    order_flips: tuple[OrderFlip, ...] = Field(description="The widest 20.")
    order_flip_count: int
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]

    @property
    def status_flips(self) -> tuple[Change, ...]:
        """The cases whose status is another."""
        return tuple(change for change in self.changes if change.status_flips)

    @property
    def cut_flips(self) -> tuple[Change, ...]:
        """The cases that lie on the other side of the cut."""
        return tuple(change for change in self.changes if change.crosses_cut)

    @property
    def closer_farther_same(self) -> tuple[int, int, int]:
        """How many labelled cases B rates closer to the label than A, farther from it, and as near."""
        gains = [change.closer for change in self.changes if change.closer is not None]
        closer, farther = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
        return closer, farther, len(gains) - closer - farther


def compare_all(
    runs: Sequence[Run], *, cut: float, labels: Labels | None = None, resamples: int = RESAMPLES
) -> list[Comparison]:
    """Compare each further run with the first; the intervals are corrected for how many there are."""
    first, *others = runs
    tries = len(others)
    return [
        compare(first, other, cut=cut, labels=labels, tries=tries, resamples=resamples) for other in others
    ]


def compare(
    a: Run,
    b: Run,
    *,
    cut: float,
    labels: Labels | None = None,
    tries: int = 1,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare B with A against `labels`, or else those of their cases, B's where they differ.

    `tries`: comparisons with A that are made on the same cases; each interval then covers 1 − 5 % ÷ tries, so
    that all of them hold together in 95 of 100 (Bonferroni).
    """
    labels = labels_of_both(a, b) if labels is None else labels
    level = 1 - (1 - LEVEL) / tries
    changed = changes(a, b, labels.by_case, cut)
    pairs = _pairs(changed)
    finding = Finding(
        a=a.contestant.label,
        b=b.contestant.label,
        labels=labels.kind,
        gains=[change.closer for change in changed if change.closer is not None],
        shifts=[change.difference for change in changed if change.difference is not None],
        left_out=sum(change.difference is None for change in changed),
        level=level,
        tries=tries,
    )
    flip_count, widest = order_flips(changed)
    return Comparison(
        a=finding.a,
        b=finding.b,
        cut=cut,
        labels=labels.kind,
        tries=tries,
        outcome=finding.outcome,
        verdict=sentence(finding),
        notes=tuple(notes(finding, a, b)),
        of_a=figures(a, labels),
        of_b=figures(b, labels),
        rated=len(pairs.rated_a),
        labelled=len(pairs.labels),
        mae=_paired_t(
            absolute_errors(pairs.of_a, pairs.labels), absolute_errors(pairs.of_b, pairs.labels), level
        ),
        detectable=finding.detectable,
        rating=_paired_t(pairs.rated_a, pairs.rated_b, level),
        **_agreement(pairs, level, resamples),
        changes=changed,
        order_flips=widest,
        order_flip_count=flip_count,
        only_in_a=only_in(a, b),
        only_in_b=only_in(b, a),
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Ratings under both of all cases that have them, and again of those with a label, beside the label."""

    rated_a: list[float]
    rated_b: list[float]
    labels: list[float]
    of_a: list[float]
    of_b: list[float]


def _pairs(changed: Sequence[Change]) -> _Pairs:
    both = [(each.label, each.a, each.b) for each in changed if each.a is not None and each.b is not None]
    labelled = [(label, a, b) for label, a, b in both if label is not None]
    return _Pairs(
        rated_a=[a for _, a, _ in both],
        rated_b=[b for _, _, b in both],
        labels=[label for label, _, _ in labelled],
        of_a=[a for _, a, _ in labelled],
        of_b=[b for _, _, b in labelled],
    )


def _paired_t(of_a: Sequence[float], of_b: Sequence[float], level: float) -> Difference:
    differences = [b - a for a, b in zip(of_a, of_b, strict=True)]
    return Difference(
        a=fmean(of_a) if of_a else None,
        b=fmean(of_b) if of_b else None,
        interval=mean_interval(differences, level),
        method="paired t",
        n=len(differences),
    )


def _agreement(pairs: _Pairs, level: float, resamples: int) -> dict[str, Difference]:
    intervals = agreement_intervals(pairs.labels, pairs.of_a, pairs.of_b, level=level, resamples=resamples)
    measures = {"spearman": spearman, "kendall": kendall, "kappa": weighted_kappa}
    return {
        name: Difference(
            a=measure(pairs.of_a, pairs.labels),
            b=measure(pairs.of_b, pairs.labels),
            interval=interval,
            method="bootstrap",
            n=len(pairs.labels),
        )
        for (name, measure), interval in zip(measures.items(), intervals, strict=True)
    }
