"""Figures over many cases. Pure functions; may import `evals.runner`."""

from collections.abc import Sequence
from statistics import StatisticsError, correlation, fmean

from evaluator.evals.runner import Outcome


def share_in_range(outcomes: Sequence[Outcome]) -> float:
    """Return the share of cases, 0–1, that came out as expected."""
    return fmean(outcome.holds for outcome in outcomes)


def rank_correlation(outcomes: Sequence[Outcome]) -> float | None:
    """Return Spearman's rho between ratings and reference ratings, over the cases that have a rating.

    Ties get their mean rank. None where it is not defined: fewer than two cases, or a constant side.
    """
    rated = [outcome for outcome in outcomes if outcome.rating is not None]
    try:
        return correlation(
            _ranks([float(outcome.rating or 0) for outcome in rated]),
            _ranks([outcome.case.expectation.reference_rating for outcome in rated]),
        )
    except StatisticsError:
        return None


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]
