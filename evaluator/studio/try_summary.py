"""Whether a draft is better than what is published, in a sentence for whoever recruits.

What is found is what the eval command finds: its comparison, its outcome, its cases closer and farther. Only
the words are others. May import `evals`.
"""

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.evals.comparison import Comparison, compare
from evaluator.evals.figures import Figures, figures
from evaluator.evals.labels import LabelKind
from evaluator.evals.reports.material import CUT
from evaluator.evals.reports.words import counted, plain
from evaluator.evals.runs import Run
from evaluator.evals.verdict import FEWEST_LABELS

MOST_NEEDED = 1_000
"""Candidates above which it is not said how many would be needed: the two are as good as equal."""

_DRAWS = 2
"""Draws for the intervals of rank correlation, which the sentence does not tell."""

_WHOSE: Mapping[LabelKind, str] = {
    "human ratings": "your ratings",
    "authors' reference ratings": "the ratings that the samples come with",
    "none": "",
}


class EvaluationSummary(BaseModel):
    """The result of a complete run, as it is kept with a version. It names and quotes nobody.

    `candidates` were judged, and `failed` of them got no rating from one of the sides. `closer`, `farther`,
    `same`: the draft's ratings beside the published version's, measured against `labels`. `moved` got another
    rating, and `crossed` lie on the other side of `cut`. `whole`: it was no selection. `cohort` is None for
    samples. `at` is ISO 8601, `run` where the rows are, as long as they are kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    at: str
    by: str
    hash: str
    sentence: str
    outcome: Literal["better", "worse", "cannot tell", "not compared"]
    candidates: int
    failed: int
    closer: int = 0
    farther: int = 0
    same: int = 0
    moved: int = 0
    crossed: int = 0
    cut: float = CUT
    labels: LabelKind = "none"
    whole: bool = True
    cohort: str | None = None
    model: str = ""
    offline: bool = False


def compared(published: Run, draft: Run, cut: float = CUT) -> Comparison:
    """Return the draft's run beside the published version's, as the eval command compares two."""
    return compare(published, draft, cut=cut, resamples=_DRAWS)


def sentence_of(found: Comparison) -> str:
    """Return whether the draft is better, in a sentence."""
    left_out = len(found.changes) - found.rated
    ending = f"; {counted(left_out, 'candidate')} without a rating left out" if left_out else ""
    return f"{_said(found)}{ending}."


def sentence_alone(run: Run) -> str:
    """Return how a run came out that nothing is compared with."""
    own = figures(run)
    parts = [f"{own.rated} of {counted(own.cases, 'candidate')} rated"]
    if own.expected:
        parts.append(f"{own.in_range} of {own.expected} in the range that the sample is made for")
    return f"{'; '.join([*parts, *_distance(own)])}."


def needed(found: Comparison) -> int | None:
    """Return how many rated candidates would show a difference like the one seen, four times in five.

    The smallest difference that shows shrinks with the root of their number. None where it would take more
    than MOST_NEEDED, or nothing can be said.
    """
    gain, seen = found.mae.difference, found.detectable
    if not gain or seen is None:
        return None
    number = max(FEWEST_LABELS, math.ceil(found.labelled * (seen / abs(gain)) ** 2))
    return None if number > MOST_NEEDED else _rounded(number)


def _said(found: Comparison) -> str:
    if not found.rated:
        return "No candidate was rated by both, so there is nothing to compare"
    if not any(change.difference for change in found.changes):
        return f"The draft rates {_all(found.rated)} exactly as the published version does"
    if not found.labelled:
        return _unlabelled(found)
    closer, farther, same = found.closer_farther_same
    counts = f"closer to {_WHOSE[found.labels]} on {closer}, farther on {farther}, the same on {same}"
    if found.outcome != "cannot tell":
        return f"The draft is {found.outcome}: {counts}"
    number, enough = counted(found.labelled, "candidate"), needed(found)
    if enough is None:
        few = ", and more are needed" if found.labelled < FEWEST_LABELS else ""
        return f"Cannot tell the two apart with {number}{few}: {counts}"
    return f"Cannot tell with {number}, about {enough} are needed: {counts}"


def _unlabelled(found: Comparison) -> str:
    moves = [change.difference for change in found.changes if change.difference is not None]
    up, down = sum(move > 0 for move in moves), sum(move < 0 for move in moves)
    mean = sum(moves) / len(moves)
    way = f"{plain(abs(mean))} points {'higher' if mean > 0 else 'lower'}" if mean else "even"
    return (
        "Whether the draft is better cannot be told, as too few of the candidates have a rating of yours: it "
        f"rates {up} higher, {down} lower and {len(moves) - up - down} the same, {way} on average"
    )


def _distance(own: Figures) -> list[str]:
    if own.mae is None:
        return []
    return [f"{plain(own.mae)} points from {_WHOSE[own.labels]} on average"]


def _all(number: int) -> str:
    return f"all {number} candidates" if number > 1 else "the candidate"


def _rounded(number: int) -> int:
    """Round up to what is said with "about": tens, from a hundred on to fifties."""
    step = 10 if number <= 100 else 50
    return math.ceil(number / step) * step
