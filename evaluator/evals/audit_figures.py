"""The bias-audit figures of New York's Local Law 144 for a tool that gives a score. Pure functions.

6 RCNY 5-300 and 5-301: the median of the full sample, each category's scoring rate, its impact ratio. To
these come the four-fifths rule of 29 CFR 1607.4(D) and Fisher's exact test. May import `evals.audit_data`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma
from statistics import median

from evaluator.evals.audit_data import Assessed, Sample

SMALL = 0.02
"""Share of the sample below which a category may be left out of the ratios (6 RCNY 5-301)."""

FOUR_FIFTHS = 0.8
"""Impact ratio below which a selection rate is evidence of adverse impact (29 CFR 1607.4(D))."""

SEX = "Sex"
RACE = "Race/ethnicity"
BOTH = "Race/ethnicity and sex"

_AS_LIKELY = 1 + 1e-7
"""Factor up to which two tables count as equally likely: as in R's fisher.test."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category's figures.

    `share` is of all ratings of the sample, 0 to 1; `above` how many are above the median, `rate` their
    share. `ratio` is None where it is not defined (no one is above the median) or the category is left out.
    `p` is two-sided, of Fisher's exact test against the category with the highest rate, None for that one.
    """

    name: str
    people: int
    share: float
    above: int
    rate: float
    small: bool
    left_out: bool
    ratio: float | None
    p: float | None

    @property
    def below_four_fifths(self) -> bool:
        """Whether the ratio is under four fifths."""
        return self.ratio is not None and self.ratio < FOUR_FIFTHS


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The categories of one kind, by name, and how many ratings are of unknown category."""

    by: str
    categories: tuple[Category, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one sample: one job's ratings, or all; `job` is None for all."""

    job: str | None
    people: int
    median: float
    above: int
    breakdowns: tuple[Breakdown, ...]


def audit(sample: Sample, *, leave_out_small: bool = False) -> list[Figures]:
    """Return the figures of all ratings and then, where jobs are told, of each job with its own median.

    `leave_out_small`: leave categories under 2 % of the sample out of the ratios. They keep number and rate.
    """
    jobs = sorted({person.job or "" for person in sample.people}) if sample.by_job else []
    parts: list[tuple[str | None, Sequence[Assessed]]] = [(None, sample.people)]
    parts += [(job, [each for each in sample.people if (each.job or "") == job]) for job in jobs]
    return [_figures(job, people, leave_out_small=leave_out_small) for job, people in parts]


def fisher_exact(above: int, below: int, other_above: int, other_below: int) -> float:
    """Return the two-sided p of Fisher's exact test of a table of two rows.

    It is the sum over all tables of the same margins that are no likelier than this one.
    """
    row, column = above + below, above + other_above
    total = row + other_above + other_below
    least, most = max(0, row + column - total), min(row, column)
    logs = [
        _log_choose(row, k) + _log_choose(total - row, column - k) - _log_choose(total, column)
        for k in range(least, most + 1)
    ]
    limit = exp(logs[above - least]) * _AS_LIKELY
    return min(1.0, sum(chance for log in logs if (chance := exp(log)) <= limit))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _figures(job: str | None, people: Sequence[Assessed], *, leave_out_small: bool) -> Figures:
    middle = median(person.rating for person in people)
    kinds = {
        SEX: [each.sex for each in people],
        RACE: [each.race_ethnicity for each in people],
        BOTH: [
            f"{each.race_ethnicity}, {each.sex}" if each.race_ethnicity and each.sex else None
            for each in people
        ],
    }
    higher = [person.rating > middle for person in people]
    return Figures(
        job=job,
        people=len(people),
        median=middle,
        above=sum(higher),
        breakdowns=tuple(
            _breakdown(by, names, higher, leave_out_small=leave_out_small) for by, names in kinds.items()
        ),
    )


@dataclass(frozen=True, slots=True)
class _Count:
    """How many are of a category, and how many of them are above the median."""

    name: str
    people: int
    above: int

    @property
    def rate(self) -> float:
        return self.above / self.people


def _breakdown(
    by: str, names: Sequence[str | None], higher: Sequence[bool], *, leave_out_small: bool
) -> Breakdown:
    people = Counter(names)
    above = Counter(name for name, high in zip(names, higher, strict=True) if high)
    counts = [_Count(name, people[name], above[name]) for name in sorted(filter(None, people))]
    kept = [each for each in counts if not (leave_out_small and each.people / len(names) < SMALL)]
    best = min(kept, key=lambda each: (-each.rate, -each.people), default=None)
    return Breakdown(
        by,
        tuple(_category(each, len(names), best if each in kept else None) for each in counts),
        unknown=people[None],
    )


def _category(count: _Count, of: int, best: _Count | None) -> Category:
    """Return a category's figures; `best` is the one with the highest rate, None where it is left out."""
    ratio = None
    if best is not None and best.above:
        # One division of whole numbers, so that exactly four fifths is not below four fifths.
        ratio = (count.above * best.people) / (count.people * best.above)
    p = None
    if best is not None and best is not count:
        p = fisher_exact(count.above, count.people - count.above, best.above, best.people - best.above)
    return Category(
        name=count.name,
        people=count.people,
        share=count.people / of,
        above=count.above,
        rate=count.rate,
        small=count.people / of < SMALL,
        left_out=best is None,
        ratio=ratio,
        p=p,
    )
