"""Labels: what the cases' ratings are measured against. May import `evals.expectation` and `evals.runs`."""

from collections.abc import Mapping
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.evals.expectation import Expectation
from evaluator.evals.runs import Run

FEWEST_HUMAN = 3
"""Cases with a human rating below which the authors' reference ratings are taken instead."""

LabelKind = Literal["human ratings", "authors' reference ratings", "none"]


class Labels(BaseModel):
    """One label a case, all of one kind; cases without one are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: LabelKind
    by_case: Mapping[str, float]


def labels_of(expectations: Mapping[str, Expectation | None]) -> Labels:
    """Return the mean human rating of each case, or, where fewer than three cases have one, the references.

    The two kinds are never mixed: a case author's guess is no recruiter's judgement.
    """
    told = {case: each for case, each in expectations.items() if each is not None}
    human = {
        case: fmean(rating.rating for rating in each.human_ratings)
        for case, each in told.items()
        if each.human_ratings
    }
    if len(human) >= FEWEST_HUMAN:
        return Labels(kind="human ratings", by_case=human)
    references = {
        case: each.reference_rating for case, each in told.items() if each.reference_rating is not None
    }
    return Labels(kind="authors' reference ratings" if references else "none", by_case=references)


def labels_of_both(a: Run, b: Run) -> Labels:
    """Return the labels of the cases of two runs; where they differ, B's."""
    return labels_of({**a.expectations, **{case: each for case, each in b.expectations.items() if each}})


def human_disagreement(expectations: Mapping[str, Expectation | None]) -> float | None:
    """Return the mean distance of one person's rating from the mean of the others', in points.

    Over cases that several people rated, each case counting once; None where there is none. No rater, human
    or not, can be expected to come closer to people than they come to each other.
    """
    shared = [
        [rating.rating for rating in each.human_ratings]
        for each in expectations.values()
        if each is not None and len(each.human_ratings) > 1
    ]
    return fmean(map(_distance_from_others, shared)) if shared else None


def _distance_from_others(ratings: list[float]) -> float:
    total, others = sum(ratings), len(ratings) - 1
    return fmean(abs(rating - (total - rating) / others) for rating in ratings)
