"""From verified levels to the rating: pure functions, the whole arithmetic of the service.

`docs/method.md` explains it with a worked example. May import `judgement`, `rubric` and below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from statistics import median_low
from typing import Literal, Protocol

from evaluator.judgement import Finding
from evaluator.rubric import Claims, Criterion, Level, Rubric

Confidence = Literal["high", "medium", "low"]

HIGH_SPREAD = 5
"""Points between the highest and the lowest sample up to which confidence is high."""

MEDIUM_SPREAD = 15
"""Points up to which it is medium; beyond, the samples disagree and a person should look."""


class Judged(Protocol):
    """What scoring needs to know of a checked judgement."""

    @property
    def finding(self) -> Finding:
        """What the evidence says."""
        ...

    @property
    def level(self) -> Level:
        """The level that verified quotes bear."""
        ...


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion gives: `points` of `possible`, both on the rating's scale of 0–100."""

    criterion: Criterion
    finding: Finding
    level: Level
    attained: float
    points: float
    possible: float


@dataclass(frozen=True, slots=True)
class Score:
    """A rating, 0–100, with what it is made of.

    `low` and `high`: the rating with every unknown unmet, and with every unknown met. `coverage`: share
    of weight, 0–1, for which there is verified evidence either way.
    """

    rating: int
    low: int
    high: int
    coverage: float
    contributions: tuple[Contribution, ...]


def score(rubric: Rubric, judged: Mapping[str, Judged], claims: Claims) -> Score:
    """Return the rating: 100 × Σ share × attained, where attained = min(1, level ÷ required level).

    What is not evidenced counts `claim_weight` × min(1, claimed ÷ required); evidence never counts
    less than the claim alone would, so a higher level never lowers the rating. A contradicted
    criterion counts its level and no claim.
    """
    parts = tuple(_contribution(criterion, rubric, judged, claims) for criterion in rubric.criteria)
    unknown = [part for part in parts if part.finding is Finding.NOT_EVIDENCED]
    known = [part for part in parts if part.finding is not Finding.NOT_EVIDENCED]
    total = fsum(part.points for part in parts)
    return Score(
        rating=to_rating(total),
        low=to_rating(total - fsum(part.points for part in unknown)),
        high=to_rating(total + fsum(part.possible - part.points for part in unknown)),
        coverage=min(1.0, fsum(part.possible for part in known) / 100),
        contributions=parts,
    )


def _contribution(
    criterion: Criterion, rubric: Rubric, judged: Mapping[str, Judged], claims: Claims
) -> Contribution:
    verdict = judged[criterion.id]
    attained = _part(verdict.level, criterion.required)
    if verdict.finding is not Finding.CONTRADICTED:
        claim = _part(claims.get(criterion.id, Level.NONE), criterion.required)
        attained = max(attained, rubric.claim_weight * claim)
    possible = 100 * rubric.share(criterion)
    return Contribution(criterion, verdict.finding, verdict.level, attained, possible * attained, possible)


def _part(level: Level, required: Level) -> float:
    return min(1.0, level / required) if required else 1.0


def to_rating(points: float) -> int:
    """Return `points` as a whole rating within 0–100; halves are rounded up, as people do."""
    return max(0, min(100, int(points + 0.5 + 1e-9)))


@dataclass(frozen=True, slots=True)
class MedianJudgement:
    """What several samples say together of one criterion.

    `sample` is the index of the one that stands for it, None where no sample has this finding.
    """

    finding: Finding
    level: Level
    sample: int | None


def combine(samples: Sequence[Mapping[str, Judged]], rubric: Rubric) -> dict[str, MedianJudgement]:
    """Return the median level per criterion (the lower of two middle ones) and the finding of the majority.

    A criterion is contradicted where more than half of all samples say so, else evidenced where the
    median is above none. So a level that rises in one sample never lowers the rating. `sample`, for
    quotes and reason, is the first with that finding whose level is the median or else nearest to it.
    """
    return {key: _median([sample[key] for sample in samples]) for key in rubric.ids}


def _median(verdicts: Sequence[Judged]) -> MedianJudgement:
    level = median_low([verdict.level for verdict in verdicts])
    denials = sum(verdict.finding is Finding.CONTRADICTED for verdict in verdicts)
    finding = Finding.EVIDENCED if level else Finding.NOT_EVIDENCED
    if 2 * denials > len(verdicts):
        finding = Finding.CONTRADICTED
    alike = [index for index, verdict in enumerate(verdicts) if verdict.finding is finding]
    return MedianJudgement(
        finding, level, min(alike, key=lambda at: _distance(verdicts[at], level), default=None)
    )


def _distance(verdict: Judged, level: Level) -> tuple[bool, int]:
    """Put samples with less than `level` last: their quotes do not bear it."""
    return verdict.level < level, abs(verdict.level - level)


def confidence(ratings: Sequence[int]) -> Confidence | None:
    """Return the confidence that the spread of the samples' ratings bears; None for a single sample."""
    if len(ratings) < 2:
        return None
    spread = max(ratings) - min(ratings)
    return "high" if spread <= HIGH_SPREAD else "medium" if spread <= MEDIUM_SPREAD else "low"
