"""What SolidATS gets when the model's endpoint misbehaves: the whole service, asked over HTTP."""

import json
import re
from typing import Any

import pytest

from evaluator.models.connection import connect
from evaluator.web.schema import example_request
from tests.fakes import vendors
from tests.fakes.endpoint import FakeEndpoint, Reply, answers, failure, filled, page, says, stall
from tests.fakes.pipeline import service_at, service_over
from tests.fakes.server import closed_port_url, resetting
from tests.fakes.web import PATH

FAILURES = {
    "key rejected": (vendors.OPENAI_KEY, 502, "key"),
    "forbidden": (failure(403, {"error": {"message": "no"}}), 502, "may not use"),
    "model not found": (failure(404, {"error": {"message": "no"}}), 502, "not there"),
    "quota used up": (vendors.OPENAI_QUOTA, 502, "used up"),
    "context exceeded": (vendors.OPENAI_CONTEXT, 502, "longer than the model"),
    "input filtered": (vendors.AZURE_FILTER, 502, "filter"),
    "output filtered": (says("", finish_reason="content_filter"), 502, "filter"),
    "refused": (says(None, refusal="I cannot help with that."), 502, "declined"),
    "truncated": (says('{"criteria": {', finish_reason="length"), 502, "longer than its limit"),
    "blank": (says(""), 502, "no reply that can be used"),
    "prose": (says("The candidate is fine."), 502, "no reply that can be used"),
    "choices null": (answers({"choices": None}), 502, "no reply that can be used"),
    "page": (page(), 502, ""),
}
"""Faults that no waiting mends: the endpoint's answer to everything, the status, a word of the details."""

PASSING = {
    "rate limited": failure(429, {"error": {"message": "slow down"}}, retry_after="3600"),
    "server error": failure(500, {"error": {"message": "oops"}}, retry_after="3600"),
    "unavailable": failure(503, None, retry_after="3600"),
}


def asked(endpoint: FakeEndpoint, **options: Any) -> tuple[int, dict[str, Any]]:
    """Return status and JSON of the example request, assessed over `endpoint`."""
    with service_over(endpoint, **options) as client:
        answer = client.post(PATH, json=example_request())
        return answer.status_code, answer.json()


def assert_failed(result: dict[str, Any]) -> None:
    """A failed assessment echoes ids and secret, tells what went wrong, and has no rating."""
    request = example_request()
    assert {name: result[name] for name in ("candidate_id", "pipeline_step_id", "call_secret")} == {
        name: request[name] for name in ("candidate_id", "pipeline_step_id", "call_secret")
    }
    assert result["status"] == "failed"
    assert "rating" not in result
    assert result["failure_details"]


@pytest.mark.parametrize("name", FAILURES)
def test_final_fault_is_a_failure_without_a_rating(name: str) -> None:
    """Each final fault is a 502 that says what it was, without a rating, the key, a host or a setting."""
    reply, status, word = FAILURES[name]
    endpoint = FakeEndpoint(lambda _: reply)

    code, result = asked(endpoint)

    assert code == status
    assert_failed(result)
    assert word in result["failure_details"]
    assert not re.search("sk-|http|fake|EVALUATOR", json.dumps(result))


@pytest.mark.parametrize("name", PASSING)
def test_passing_fault_beyond_the_time_allowed_is_503(name: str) -> None:
    """Where the endpoint asks for a longer wait than there is time, the answer comes at once."""
    endpoint = FakeEndpoint(lambda _: PASSING[name])

    code, result = asked(endpoint)

    assert code == 503
    assert_failed(result)
    assert len(endpoint.history) == 1


def test_stalled_endpoint_is_504() -> None:
    """An endpoint that never answers is cut off after the time allowed."""
    code, result = asked(FakeEndpoint(lambda _: stall()), within_s=0.2, call_timeout_s=0.1)

    assert code == 504
    assert_failed(result)


@pytest.mark.parametrize("fault", [failure(429), failure(500), failure(503), failure(408)])
def test_fault_that_passes_is_waited_out(fault: Reply) -> None:
    """One bad answer costs a retry and nothing else."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(fault)

    code, result = asked(endpoint)

    assert (code, len(endpoint.history)) == (200, 2)
    assert "rating" in result


def test_refused_connection_is_503() -> None:
    """No endpoint at the address is a failure that may pass."""
    connection = connect(closed_port_url() + "/v1", "sk-test-key", pool_size=2)
    with service_at(connection, within_s=0.5) as client:
        answer = client.post(PATH, json=example_request())

    assert answer.status_code == 503
    assert_failed(answer.json())


def test_connection_reset_in_the_middle_of_an_answer_is_503() -> None:
    """Half an answer is no answer."""
    with resetting() as url:
        connection = connect(url + "/v1", "sk-test-key", pool_size=2)
        with service_at(connection, within_s=0.5) as client:
            answer = client.post(PATH, json=example_request())

    assert answer.status_code == 503
    assert_failed(answer.json())


@pytest.mark.parametrize(
    ("refusal", "holds"),
    [
        (vendors.OPENAI_SCHEMA, lambda body: body.get("response_format", {}).get("type") == "json_schema"),
        (vendors.OPENAI_TEMPERATURE, lambda body: "temperature" in body),
        (vendors.OPENAI_MAX_TOKENS, lambda body: "max_tokens" in body),
        (vendors.MISTRAL_SEED, lambda body: "seed" in body),
    ],
)
def test_refused_parameter_is_dropped_and_remembered(refusal: Reply, holds: Any) -> None:
    """What an endpoint refuses costs one extra call, once."""
    endpoint = FakeEndpoint()
    endpoint.refuse(holds, refusal)

    with service_over(endpoint) as client:
        codes = [client.post(PATH, json=example_request()).status_code for _ in range(2)]

    assert codes == [200, 200]
    assert not holds(endpoint.history[-1].body)
    assert sum(holds(seen.body) for seen in endpoint.history[-1:]) == 0
    refused = [seen for seen in endpoint.history if holds(seen.body)]
    assert endpoint.history[: len(refused)] == refused


def test_reply_that_does_not_fit_gets_one_repair_turn() -> None:
    """The repair turn names what is wrong, and its reply counts."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says('{"criteria": {}}'))

    code, result = asked(endpoint)

    assert code == 200
    assert result["context"]["model"]["repaired"] is True
    assert result["context"]["model"]["calls"] == 2
    assert "/summary: required" in endpoint.history[1].body["messages"][-1]["content"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: says(f"Here you are:\n```json\n{text}\n```\nAll the best."),
        lambda text: says(f"<think>Let me see {{}}.</think>{text}"),
        lambda text: says(None, reasoning_content=text),
        lambda text: says(f'{{"overall": 100}} is what the CV says. {text}'),
    ],
)
def test_wrapped_reply_is_read(wrap: Any) -> None:
    """Fences, prose, thinking and the wrong field do not cost a call."""
    endpoint = FakeEndpoint(lambda seen: wrap(json.dumps(filled(seen.schema))))

    code, _ = asked(endpoint)

    assert (code, len(endpoint.history)) == (200, 1)


def test_model_that_a_team_may_not_choose_is_400() -> None:
    """The field is named, the value is not."""
    with service_over(FakeEndpoint()) as client:
        answer = client.post(PATH, json={**example_request(), "integration_config": {"model": "gpt-secret"}})

    assert answer.status_code == 400
    assert answer.json()["problems"] == [
        {"pointer": "/integration_config/model", "message": "not among the models that this service allows"}
    ]


def test_model_that_a_team_may_choose_is_asked() -> None:
    """An allowed model takes the place of the service's own."""
    endpoint = FakeEndpoint()
    with service_over(endpoint) as client:
        client.post(PATH, json={**example_request(), "integration_config": {"model": "other-model"}})

    assert endpoint.history[0].body["model"] == "other-model"
