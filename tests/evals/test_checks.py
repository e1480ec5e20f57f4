"""Where rows and runs fall short of what is expected."""

from typing import Any

import pytest

from evaluator.contract.result import AssessmentResult
from evaluator.evals.checks import mentions, misses, misses_across
from evaluator.evals.expectation import Expectation
from evaluator.evals.runs import Contestant, Row, Run


def context(**changes: Any) -> dict[str, Any]:
    """Return what explains a rating: one criterion, judged expert, and one question."""
    criterion = {
        "id": "skill_kafka",
        "title": "Kafka",
        "kind": "skill",
        "must_have": False,
        "weight": 1,
        "required_level": "strong",
        "level": "expert",
        "finding": "evidenced",
        "contribution": 34,
        "reason": "said so",
        "quotes": [],
    }
    tokens = {"prompt_tokens": 1, "completion_tokens": 1, "cached_tokens": 0, "cost_usd": None}
    model = {"name": "m", "kind": "model", "form": "f", "calls": 1, "repaired": False, "latency_ms": 1}
    usual = {
        "evaluator": {"version": "1"},
        "pack": {"name": "default", "hash": "h", "rubric_hash": "h"},
        "model": model | tokens,
        "rating_range": {"low": 1, "high": 2},
        "computed_rating": 34,
        "coverage": 1,
        "confidence": None,
        "overall_cross_check": 34,
        "scoring": "criteria",
        "rules": {"claim_weight": 0, "coverage_floor": 0},
        "criteria": [criterion],
        "summary": "",
        "strengths": [],
        "concerns": [],
        "questions": ["How large was the Kubernetes cluster?"],
        "prompt": {"encoding": "e", "tokens": 1, "budget": 2, "sections": []},
        "samples": {"count": 1, "ratings": [34], "spread": 0},
    }
    return usual | changes


def row(case: str = "one", rating: float | None = 34, *, repeat: int = 0, **changes: Any) -> Row:
    """Return a row with that rating, its comment “Led a Kafka team.”."""
    usual: dict[str, Any] = {
        "candidate_id": "c",
        "pipeline_step_id": "p",
        "call_secret": "s",
        "rating": rating,
        "status": "failed" if rating is None else "completed",
        "comment": "Led a Kafka team as its manager.",
        "context": context(),
        "created_at": "2026-01-01T00:00:00Z",
    }
    result = AssessmentResult.model_validate(usual | changes)
    return Row(case=case, repeat=repeat, source="recording", seconds=0.1, result=result)


def run_of(expectations: dict[str, Expectation | None], *rows: Row) -> Run:
    """Return a run of these rows."""
    judge = Contestant(label="a", model="m", offline=False)
    at = "2026-01-01T00:00:00Z"
    return Run(version="1", at=at, contestant=judge, seconds=1, expectations=expectations, rows=rows)


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"rating": (40, 60)}, ["rating 34, expected 40 to 60"]),
        ({"rating": (34, 60)}, []),
        ({"rating": (0, 34)}, []),
        ({"status": ("needs_review", "failed")}, ["status completed, expected needs_review or failed"]),
        ({"status": ("completed",)}, []),
        (
            {"levels": {"skill_kafka": ("none", "basic")}},
            ["skill_kafka judged expert, expected none or basic"],
        ),
        ({"levels": {"skill_kafka": ("strong", "expert")}}, []),
        (
            {"levels": {"skill_kafak": ("none",)}},
            ["no criterion skill_kafak; did you mean skill_kafka?"],
        ),
        ({"must_mention": ("KAFKA  team", "Rust")}, ["comment does not mention “Rust”"]),
        ({"must_not_mention": ("age", "manag*")}, ["comment mentions “manag*”"]),
        ({"questions": ("kubernetes", "salary")}, ["no question holds “salary”"]),
        ({"reference_rating": 90, "reference_why": "x"}, []),
    ],
)
def test_misses_of_each_key(expected: dict[str, Any], told: list[str]) -> None:
    """Each key holds or is told in a sentence; a reference rating is a label and no bound."""
    assert misses(row(), Expectation(**expected)) == told


def test_misses_come_all_at_once() -> None:
    """One that falls short in several ways is told in full."""
    assert len(misses(row(), Expectation(rating=(40, 60), status=("failed",), questions=("x",)))) == 3


def test_a_missing_rating_is_a_miss_whatever_is_expected() -> None:
    """A case that crashed has its error for a reason, one that failed its details."""
    crashed = Row(case="one", source="endpoint", seconds=0.1, error="the model is gone")
    failed = row(rating=None, failure_details="the model refused", context=None)

    assert misses(crashed, None) == ["no rating: the model is gone"]
    assert misses(failed, Expectation(status=("completed",))) == ["no rating: the model refused"]


def test_a_failure_that_is_expected_is_no_miss() -> None:
    """A case may say that it cannot be rated."""
    assert misses(row(rating=None, context=None), Expectation(status=("failed",))) == []


def test_without_an_expectation_a_rating_will_do() -> None:
    """Nothing else can be missed."""
    assert misses(row(), None) == []


def test_a_result_without_comment_and_context_mentions_nothing() -> None:
    """What is expected of them is missed, and nothing breaks."""
    bare = row(comment=None, context=None)
    wanted = Expectation(must_mention=("a",), questions=("b",), levels={"c": ("none",)})

    assert misses(bare, wanted) == ["no criterion c", "comment does not mention “a”", "no question holds “b”"]


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("a manager of age", "age", True),
        ("a manager", "age", False),
        ("C++ and C#", "c++", True),
        ("C++ and C#", "C", True),
        ("grosse Straße", "STRASSE", True),
        ("Teamleiterin", "Teamleiter*", True),
        ("Teamleiterin", "Teamleiter", False),
        ("line\n  break", "line break", True),
        ("長年の経験がある", "経験", True),
        ("5 * 3", "*", True),
        ("", "a", False),
    ],
)
def test_mentions_takes_whole_words(text: str, phrase: str, held: bool) -> None:
    """Case and white space do not matter; in scripts without spaces there is no word to be whole."""
    assert mentions(text, phrase) is held


def test_order_is_told_where_the_means_do_not_hold_it() -> None:
    """Repeats are averaged first, and a tie is not above."""
    order = {"high": Expectation(above=("low", "even")), "low": None, "even": None}
    rows = [row("high", 40), row("high", 60, repeat=1), row("low", 49), row("even", 50)]

    assert misses_across(run_of(order, *rows)) == {"high": ["rating 50, expected above even with 50"]}


def test_twins_are_told_where_they_are_too_far_apart() -> None:
    """The difference may be as large as the case says, in either direction."""
    twin = {"of": "a", "differs_in": "a gap", "most_difference": 5}
    pair = {"a": None, "b": Expectation(twin=twin), "c": Expectation(twin=twin)}
    told = misses_across(run_of(pair, row("a", 50), row("b", 55), row("c", 44)))

    assert told == {"c": ["rating 44, 6 from its twin a (a gap), expected 5 at most"]}


def test_what_was_not_run_is_not_compared() -> None:
    """Part of a set, or a case without a rating, gives no miss across cases."""
    wanted = {"a": Expectation(above=("b", "c")), "b": Expectation(above=("a",))}

    assert misses_across(run_of(wanted, row("a", 1), row("b", None, context=None))) == {}
