"""Runs made of ratings.

run_of({"a": 60, "b": None}, labels={"a": 70})      # a run of two cases, of which one has no rating
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.contract.result import Status
from evaluator.evals.expectation import Expectation
from evaluator.evals.runs import Row, Run
from tests.fakes.evaluating import contestant, row

Ratings = Mapping[str, float | Sequence[float] | None]


def run_of(
    ratings: Ratings,
    *,
    labels: Mapping[str, float] | None = None,
    expected: Mapping[str, Mapping[str, Any]] | None = None,
    statuses: Mapping[str, Status] | None = None,
    cost_usd: float | None = 0.01,
    interrupted: bool = False,
) -> Run:
    """Return a run with these ratings by case, several where a case was repeated.

    `labels` are reference ratings, `expected` further keys of an expectation, both by case; each row has
    1,200 tokens and costs `cost_usd`.
    """
    rows: list[Row] = []
    for case, given in ratings.items():
        repeats = given if isinstance(given, Sequence) else [given]
        made = [row(case, at, rating=each, cost_usd=cost_usd) for at, each in enumerate(repeats)]
        rows += [_with_status(each, (statuses or {}).get(case)) for each in made]
    return Run(
        version="0",
        at="2026-11-24T12:00:00Z",
        contestant=contestant(),
        seconds=1.0,
        interrupted=interrupted,
        expectations={case: _expected(case, labels or {}, expected or {}) for case in ratings},
        rows=tuple(rows),
    )


def _with_status(made: Row, status: Status | None) -> Row:
    if status is None or made.result is None:
        return made
    return made.model_copy(update={"result": made.result.model_copy(update={"status": status})})


def _expected(
    case: str, labels: Mapping[str, float], expected: Mapping[str, Mapping[str, Any]]
) -> Expectation | None:
    told: dict[str, Any] = dict(expected.get(case, {}))
    if case in labels:
        told |= {"reference_rating": labels[case], "reference_why": "so"}
    return Expectation.model_validate(told) if told else None
