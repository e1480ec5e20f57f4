"""Runs made up from ratings, and a model whose bias and noise are known.

run({"a": 60, "b": None}, label="B", references={"a": 55})     # `b` failed
NoisyModel(bias=3, noise=8, seed=1).run(truths, repeats=2)     # rates truth + bias + noise
NoisyModel(bias=3, noise=8, seed=1).expected_mae(repeats=2)    # what its MAE is in the long run
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

from evaluator.evals.expectation import Expectation, HumanRating
from evaluator.evals.runs import Row, Run
from tests.fakes.evaluating import contestant, row

Ratings = float | None | Sequence[float | None]
"""Of one case: a rating, None where it failed, or one of these for each repeat."""


def run(
    ratings: Mapping[str, Ratings],
    *,
    label: str = "A",
    references: Mapping[str, float] | None = None,
    statuses: Mapping[str, Sequence[str]] | None = None,
    expectations: Mapping[str, Expectation | None] | None = None,
    **others: Any,
) -> Run:
    """Return a run; `statuses` of the repeats of a case where they are not all `completed`."""
    wanted = {case: reference(points) for case, points in (references or {}).items()}
    rows = [
        with_status(row(case, repeat, rating=rating), (statuses or {}).get(case, ()))
        for case, told in ratings.items()
        for repeat, rating in enumerate(told if isinstance(told, Sequence) else [told])
    ]
    return Run(
        version="0",
        at="2026-11-24T12:00:00Z",
        contestant=contestant(label),
        expectations=expectations or {case: wanted.get(case) for case in ratings},
        rows=tuple(rows),
        **{"seconds": 1.0, **others},
    )


def with_status(made: Row, statuses: Sequence[str]) -> Row:
    """Return a row with the status that its repeat has, where one is told."""
    if made.result is None or made.repeat >= len(statuses):
        return made
    changed = made.result.model_copy(update={"status": statuses[made.repeat]})
    return made.model_copy(update={"result": changed})


def reference(points: float, **others: Any) -> Expectation:
    """Return what is expected of a case with a reference rating."""
    return Expectation(reference_rating=points, reference_why="so", **others)


def human(*ratings: float, **others: Any) -> Expectation:
    """Return what is expected of a case that as many people rated."""
    rated = [
        HumanRating(rater=f"rater {number}", on=date(2026, 11, 2), rating=each)
        for number, each in enumerate(ratings)
    ]
    return Expectation(human_ratings=tuple(rated), **others)


@dataclass(frozen=True)
class NoisyModel:
    """Rates a case of known truth: truth + bias + normal noise, whose deviation is `noise` points."""

    bias: float
    noise: float
    seed: int
    label: str = "A"

    def run(self, truths: Mapping[str, float], repeats: int = 1) -> Run:
        """Return a run over cases whose reference rating is the truth; keep truths well inside 0 to 100."""
        source = random.Random(self.seed)  # noqa: S311 - noise that repeats
        ratings = {
            case: [truth + self.bias + source.gauss(0, self.noise) for _ in range(repeats)]
            for case, truth in truths.items()
        }
        return run(ratings, label=self.label, references=truths)

    def expected_mae(self, repeats: int = 1) -> float:
        """Return the mean of |bias + noise|, in points: that of a folded normal distribution."""
        noise = self.noise / math.sqrt(repeats)
        spread = noise * math.sqrt(2 / math.pi) * math.exp(-((self.bias / noise) ** 2) / 2)
        return spread + self.bias * (1 - 2 * NormalDist().cdf(-self.bias / noise))


def truths(count: int, seed: int) -> dict[str, float]:
    """Return cases and what they deserve, from 40 to 60 points."""
    source = random.Random(seed)  # noqa: S311 - made-up candidates
    return {f"case-{number}": float(source.randint(40, 60)) for number in range(count)}
