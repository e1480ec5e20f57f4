"""The answer to SolidATS."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, failed


def request(**changes: Any) -> AssessmentRequest:
    """Return a request with ids of unusual kinds."""
    value = {
        "v": 2,
        "job": {"description": "A job."},
        "candidate_id": 17,
        "candidate_parsed_cv": {},
        "pipeline_step_id": "шаг-1",
        "call_secret": " s ",
    }
    return read_model(AssessmentRequest, {**value, **changes})


def result(**changes: Any) -> AssessmentResult:
    """Return a result with a rating."""
    given: dict[str, Any] = {
        "candidate_id": "c", "pipeline_step_id": "s", "call_secret": "x", "rating": 70, "status": "completed",
        "created_at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    return AssessmentResult(**{**given, **changes})


def test_failure_has_no_rating_and_echoes_what_came() -> None:
    """A failure carries the ids exactly as they came, what went wrong, and no rating at all."""
    found = failed(request(), details="no answer in time", at="2026-01-01T00:00:00+00:00", app_id="app-1")

    assert found.as_json() == {
        "candidate_id": 17,
        "pipeline_step_id": "шаг-1",
        "call_secret": " s ",
        "v": 2,
        "app_id": "app-1",
        "status": "failed",
        "failure_details": "no answer in time",
        "created_at": "2026-01-01T00:00:00+00:00",
    }


def test_fields_that_are_not_set_are_left_out() -> None:
    """What is not known is not sent; what is null inside the context stays."""
    sent = result(context={"confidence": None, "note": "x"}).as_json()

    assert sent["context"] == {"confidence": None, "note": "x"}
    assert {"v", "app_id", "comment", "failure_details"} & sent.keys() == set()


@pytest.mark.parametrize("rating", [-0.1, 100.1, float("nan"), float("inf"), "good"])
def test_rating_beyond_the_scale_cannot_be_made(rating: Any) -> None:
    """A rating is a number from 0 to 100, whoever makes the result."""
    with pytest.raises(ValidationError):
        result(rating=rating)


@pytest.mark.parametrize("status", ["completed", "needs_review", "insufficient_data"])
def test_result_without_a_rating_is_a_failure(status: str) -> None:
    """Every other status comes with a rating."""
    with pytest.raises(ValidationError, match="rating"):
        result(rating=None, status=status)


def test_opted_out_has_no_rating_either() -> None:
    """Whoever opted out is not rated, and the result says so."""
    found = failed(request(), details="opted out", at="2026", app_id=None, status="opted_out")

    assert (found.status, found.rating) == ("opted_out", None)


def test_as_json_can_be_written() -> None:
    """What is sent is JSON."""
    assert json.loads(json.dumps(result(rating=70.5).as_json()))["rating"] == 70.5
