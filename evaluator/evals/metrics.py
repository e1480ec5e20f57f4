"""Figures over many cases. Pure functions; may import `evals.runner`."""

from collections.abc import Sequence
from statistics import StatisticsError, correlation, fmean

from evaluator.evals.runner import Outcome


def compared(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of which something is expected; no other counts in a figure."""
    return [outcome for outcome in outcomes if outcome.case.expectation is not None]


def share_in_range(outcomes: Sequence[Outcome]) -> float | None:
    """Return the share of cases, 0–1, that came out as expected; None where nothing is expected of any."""
    held = [outcome.holds for outcome in compared(outcomes)]
    return fmean(held) if held else None


def rank_correlation(outcomes: Sequence[Outcome]) -> float | None:
    """Return Spearman's rho between ratings and reference ratings, over the cases that have both.

    Ties get their mean rank. None where it is not defined: fewer than two cases, or a constant side.
    """
    pairs = [
        (float(outcome.rating), outcome.case.expectation.reference_rating)
        for outcome in outcomes
        if outcome.rating is not None and outcome.case.expectation is not None
    ]
    try:
        return correlation(_ranks([rating for rating, _ in pairs]), _ranks([wanted for _, wanted in pairs]))
    except StatisticsError:
        return None


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]
