"""A candidate who opted out reaches no model and is not rated, seen through the whole service."""

from typing import Any

import pytest

from evaluator.errors import OptedOut
from evaluator.web.schema import example_request
from tests.fakes.endpoint import FakeEndpoint
from tests.fakes.pipeline import service_over
from tests.fakes.web import PATH


def asked(answer: Any, field: str | None = "opt_out", **changes: Any) -> tuple[int, dict[str, Any], int]:
    """Return status and result of the example with `answer` in its form, and the calls of the model."""
    endpoint = FakeEndpoint()
    body = example_request() | changes
    body["application_form"] = {**body["application_form"], "opt_out": answer}
    body["integration_config"] = {"opt_out_field": field}
    with service_over(endpoint) as client:
        told = client.post(PATH, json=body)
    return told.status_code, told.json(), len(endpoint.history)


@pytest.mark.parametrize("answer", [True, "yes", "Ja", "Sí, por favor", "I opt out", "op\u200bt out"])
def test_candidate_who_opted_out_is_not_rated_and_reaches_no_model(answer: Any) -> None:
    """The answer is that of a failed assessment, and says in plain words why."""
    status, result, calls = asked(answer, current_rating=55)

    assert (status, result["status"], result["failure_details"]) == (501, "opted_out", OptedOut.public)
    assert "rating" not in result
    assert "context" not in result
    assert result["candidate_id"] == example_request()["candidate_id"]
    assert calls == 0


@pytest.mark.parametrize(("answer", "field"), [("no", "opt_out"), ("", "opt_out"), ("yes", None)])
def test_candidate_who_did_not_opt_out_is_rated(answer: Any, field: str | None) -> None:
    """A no, a blank field, and a field that the team did not name."""
    status, result, calls = asked(answer, field)

    assert (status, result["status"] == "opted_out", calls) == (200, False, 1)
