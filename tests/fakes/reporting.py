"""Invented runs for the reports: cases, what judged them, and what it wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.evals.comparison import compare_all
from evaluator.evals.dataset import Case
from evaluator.evals.expectation import Expectation
from evaluator.evals.reports.material import Report
from evaluator.evals.runs import Contestant, Exchange, Row, Run, Said

SECRET = "call-secret-of-the-request"

HOSTILE = """<script>alert("x")</script> & 'quotes' </script><!-- <img src=x onerror=alert(1)>"""
"""A text that a page which does not escape would run."""

QUOTE = "ran Kafka for the orders of a shop"


def case(name: str, label: float | None = 50, **changed: Any) -> Case:
    """Return a case whose reference rating is `label`, and around it the range expected."""
    request = {
        "job": {"description": "Engineer"},
        "candidate_id": name,
        "pipeline_step_id": "s1",
        "call_secret": SECRET,
        "candidate_parsed_cv": {"summary": f"I am {name}.", "experience": [f"Brook, 2018. I {QUOTE}."]},
        "application_form": {"notice": "one month"},
        "comments": [{"content": "Seemed keen.", "created_at": "2026-01-02"}],
    }
    expectation = None
    if label is not None:
        wide = (max(0.0, label - 15), min(100.0, label + 15))
        expectation = Expectation(rating=wide, reference_rating=label, reference_why="so it reads")
    return Case(name, read_model(AssessmentRequest, request | changed), expectation)


def context(rating: float, *, quote: str = QUOTE, reason: str = "Was used.") -> dict[str, Any]:
    """Return a result's context with one criterion that gives the whole rating."""
    judged = {
        "id": "skill_kafka",
        "title": "Kafka",
        "kind": "skill",
        "must_have": True,
        "weight": 1.0,
        "required_level": "strong",
        "level": "working",
        "finding": "evidenced",
        "contribution": rating,
        "reason": reason,
        "quotes": [{"source": "cv", "text": quote}],
    }
    return {
        "evaluator": {"version": "0.1.0"},
        "pack": {"name": "default", "hash": "p", "rubric_hash": "r"},
        "model": {
            "name": "fake-model", "kind": "model", "form": "json_schema", "calls": 1, "repaired": False,
            "prompt_tokens": 1_000, "completion_tokens": 200, "cached_tokens": 0, "cost_usd": 0.002,
            "latency_ms": 90,
        },
        "rating_range": {"low": 0, "high": 100},
        "computed_rating": round(rating),
        "coverage": 1.0,
        "confidence": None,
        "overall_cross_check": 50,
        "scoring": "criteria",
        "rules": {"claim_weight": 0.5, "coverage_floor": 0.2},
        "criteria": [judged],
        "summary": "", "strengths": [], "concerns": [], "questions": [],
        "flags": ["The cross-check is far off."],
        "prompt": {"encoding": "o200k_base", "tokens": 1_000, "budget": 9_000, "sections": []},
        "samples": {"count": 1, "ratings": [round(rating)], "spread": 0},
    }  # fmt: skip


def row(name: str, rating: float | None, *, repeat: int = 0, **changed: Any) -> Row:
    """Return a row with a rating, or with an error where it has none."""
    given: dict[str, Any] = {"case": name, "repeat": repeat, "source": "endpoint", "seconds": 0.5}
    if rating is None:
        return Row(**given | {"error": "the model timed out"} | changed)
    result = AssessmentResult(
        candidate_id=name,
        pipeline_step_id="s1",
        call_secret=SECRET,
        rating=rating,
        status="completed",
        comment=f"Rating: {rating}",
        context=context(rating),
        created_at="2026-11-24T10:00:00Z",
    )
    asked = (Said(role="system", content="Judge."), Said(role="user", content=f"The CV:\nI {QUOTE}."))
    exchange = Exchange(messages=asked, reply='{"overall": 50}')
    return Row(**given | {"result": result, "exchanges": (exchange,)} | changed)


def run(label: str, rows: Sequence[Row], cases: Sequence[Case], *, offline: bool = False) -> Run:
    """Return a run of rows."""
    return Run(
        version="0.1.0",
        at="2026-11-24T10:00:00Z",
        contestant=Contestant(label=label, pack=label, model="fake-model", offline=offline),
        seconds=2.0,
        expectations={each.name: each.expectation for each in cases},
        rows=tuple(rows),
    )


def rated(label: str, ratings: Mapping[str, float | None], cases: Sequence[Case], **changed: Any) -> Run:
    """Return a run with one row for each case."""
    return run(label, [row(name, rating) for name, rating in ratings.items()], cases, **changed)


def report(runs: Sequence[Run], cases: Sequence[Case], **changed: Any) -> Report:
    """Return a report on runs, compared with the first."""
    comparisons = compare_all(runs, cut=50, resamples=50) if len(runs) > 1 else []
    return Report(runs, {each.name: each for each in cases}, comparisons, **changed)


def two_contestants(**changed: Any) -> Report:
    """Return a comparison of five cases: one label is missing, and B has no rating of one case."""
    labels: Mapping[str, float | None] = {"anna": 80, "ben": 60, "cleo": 40, "dora": 20, "emil": None}
    cases = [case(name, label) for name, label in labels.items()]
    one = rated("default", {"anna": 70, "ben": 52, "cleo": 45, "dora": 30, "emil": 10}, cases)
    other = rated("draft", {"anna": 78, "ben": 48, "cleo": 45, "dora": None, "emil": 12}, cases)
    misses = {
        ("draft", "dora"): ["no rating: the model timed out"],
        ("default", "ben"): ["comment lacks “x”"],
    }
    return report([one, other], cases, misses=misses, **changed)


def hostile() -> Report:
    """Return a report in which every text tries to be more than text."""
    name = f"anna {HOSTILE}"
    cases = [case(name, 50, candidate_parsed_cv={"summary": HOSTILE, "raw": HOSTILE})]
    made = row(name, 40)
    assert made.result is not None
    told = context(40, quote=HOSTILE, reason=HOSTILE)
    result = made.result.model_copy(update={"context": told, "comment": HOSTILE})
    exchange = made.exchanges[0].model_copy(update={"reply": HOSTILE})
    rows = [made.model_copy(update={"result": result, "exchanges": (exchange,)})]
    runs = [run(f"{label} {HOSTILE}", rows, cases) for label in ("one", "other")]
    return report(runs, cases, failed_gates=[HOSTILE], worse=[HOSTILE], notes=[HOSTILE])
