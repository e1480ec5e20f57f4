"""The webhook through HTTP: what it takes, what it gives back, and what it turns away."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from evaluator.errors import (
    EvaluatorError,
    InvalidRequest,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    Overloaded,
    Problem,
    StorageUnavailable,
)
from evaluator.web.schema import example_request
from tests.fakes.jobs import FakeJobs
from tests.fakes.web import JSON, MAX_BODY_BYTES, PATH, client_of, request_with

SECRET = "s3cret-of-the-call"
SKILL = {"slug": "python", "exp_level": 3}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    """Return a client of an open service that rates everyone."""
    with client_of() as opened:
        yield opened


def test_request_gives_the_result_as_json() -> None:
    """A lawful request gets 200 and the whole result."""
    with client_of() as client:
        response = client.post(PATH, json=example_request())

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["rating"] == 72


@pytest.mark.parametrize(
    "changes",
    [
        {"job": {"description": "A job.", "skills": [SKILL]}},
        {"job": {"description": "A job.", "skills": SKILL}},
        {"job": {"description": "A job.", "skills": None}},
        {"job": {"description": "A job."}},
        dict.fromkeys(["v", "current_rating", "step_prompt", "integration_config", "comments", "context"]),
        dict.fromkeys(
            ["v", "current_rating", "step_prompt", "integration_config", "comments", "context"], ...
        ),
        {"candidate_parsed_cv": {}, "application_form": None},
        {"candidate_parsed_cv": {"raw": "C" * 400_000}},
        {"step_prompt": "履歴書 السيرة резюме ✨👩🏽‍🔬"},
        {"later_field": {"deep": [1, None]}},
    ],
)
def test_lawful_variant_gives_200(changes: dict[str, Any]) -> None:
    """Every way in which the contract lets a request be written is taken."""
    with client_of() as client:
        assert client.post(PATH, json=request_with(**changes)).status_code == 200


@pytest.mark.parametrize("value", ["c-1", "кандидат 👩‍🔧 \u202e", "", 7, -3, 1.5, 10**400, 0, "\x00"])
def test_ids_come_back_as_they_were_sent(value: Any) -> None:
    """Ids are echoed with their value and their type."""
    ids = dict.fromkeys(["candidate_id", "pipeline_step_id", "call_secret", "v"], value)
    with client_of() as client:
        answer = client.post(PATH, json=request_with(**ids)).json()

    assert {name: (answer[name], type(answer[name])) for name in ids} == dict.fromkeys(
        ids, (value, type(value))
    )


@given(value=st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.floats(-1e300, 1e300))
def test_any_id_comes_back(client: TestClient[Litestar], value: Any) -> None:
    """Whatever text or number an id is, its sender recognises it."""
    answer = client.post(PATH, content=json.dumps(request_with(call_secret=value)), headers=JSON)

    assert answer.json()["call_secret"] == value


def test_unknown_fields_and_template_code_reach_the_work_as_text() -> None:
    """Fields that the contract does not name are kept, and code in data is text like any other."""
    jobs = FakeJobs()
    code = "{{ 7 * 7 }} {% raw %} ${env} <script>"
    with client_of(jobs) as client:
        client.post(PATH, json=request_with(step_prompt=code, team={"name": code}))

    assert jobs.requests[0].step_prompt == code
    assert jobs.requests[0].model_extra == {"team": {"name": code}}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"null", ""),
        (b"[]", ""),
        (b"[" * 100_000, ""),
        (b'{"a": NaN}', ""),
        (b'{"a": 1, "a": 2}', ""),
        (b'{"a": "\xff"}', ""),
        (b'{"a": "\\ud800"}', "/a"),
        (json.dumps(request_with()).encode("utf-16"), ""),
        (b"{}", "/job"),
    ],
)
def test_unreadable_body_gives_400(body: bytes, pointer: str) -> None:
    """What is no JSON, or not what it should be, is a mistake of the sender's and no fault of ours."""
    with client_of() as client:
        response = client.post(PATH, content=body, headers=JSON)

    assert response.status_code == 400
    assert response.json()["problems"][0]["pointer"] == pointer


def test_every_wrong_field_is_listed_without_its_value() -> None:
    """The answer to a bad request has a pointer and a message for each problem, and no value."""
    bad = request_with(
        job=..., candidate_id=[SECRET], current_rating=SECRET, comments=[{"content": {SECRET: 1}}]
    )
    with client_of() as client:
        response = client.post(PATH, json=bad)

    assert response.status_code == 400
    assert response.json()["detail"] == "4 things are wrong in the request"
    assert response.json()["problems"] == [
        {"pointer": "/job", "message": "required, and not there"},
        {"pointer": "/candidate_id", "message": "must be text or a number"},
        {"pointer": "/current_rating", "message": "must be a number"},
        {"pointer": "/comments/0/content", "message": "must be text"},
    ]
    assert SECRET not in response.text


def test_list_of_problems_ends() -> None:
    """A thousand mistakes of one kind do not make an answer of a thousand lines."""
    with client_of() as client:
        response = client.post(PATH, json=request_with(context=[1] * 1_000))

    assert response.json()["detail"] == "1000 things are wrong in the request"
    assert len(response.json()["problems"]) == 50


def test_value_that_cannot_be_served_gives_400() -> None:
    """What only the work behind the webhook can know to be wrong is told in the same form."""
    jobs = FakeJobs(raises=InvalidRequest([Problem("/integration_config/prompt", "no such pack")]))
    with client_of(jobs) as client:
        response = client.post(PATH, json=example_request())

    assert response.status_code == 400
    assert response.json()["problems"] == [
        {"pointer": "/integration_config/prompt", "message": "no such pack"}
    ]


@pytest.mark.parametrize("over", [1, MAX_BODY_BYTES])
def test_oversize_body_gives_413(over: int) -> None:
    """A body beyond the limit is not read."""
    jobs = FakeJobs()
    with client_of(jobs) as client:
        response = client.post(PATH, content=b" " * (MAX_BODY_BYTES + over), headers=JSON)

    assert response.status_code == 413
    assert jobs.requests == []


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON"]
)
def test_json_in_utf_8_is_taken(kind: str) -> None:
    """The content type may be spelt in each of its ways."""
    with client_of() as client:
        response = client.post(PATH, content=json.dumps(request_with()), headers={"content-type": kind})

    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json; charset=latin-1"},
        {**JSON, "content-encoding": "gzip"},
        {**JSON, "content-encoding": "identity, br"},
    ],
)
def test_other_content_gives_415(headers: dict[str, str]) -> None:
    """What is not JSON in UTF-8, uncompressed, is not guessed at."""
    with client_of() as client:
        assert client.post(PATH, content=json.dumps(request_with()), headers=headers).status_code == 415


def test_access_comes_before_type_and_type_before_body() -> None:
    """A stranger learns nothing about the body, and a wrong type is told before a wrong body."""
    bad = {"content": b"{", "headers": {"content-type": "text/plain"}}
    with client_of(token=SECRET) as client:
        assert client.post(PATH, **bad).status_code == 401
        assert client.post(f"{PATH}/{SECRET}", **bad).status_code == 415
        assert client.post(f"{PATH}/{SECRET}", content=b"{", headers=JSON).status_code == 400


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (ModelTimeout("no answer in 60 s"), 504, None),
        (ModelUnavailable("cannot be reached"), 503, "30"),
        (ModelRateLimited("too many", retry_after_s=2.1), 503, "3"),
        (ModelRateLimited("too many", retry_after_s=float("inf")), 503, "3600"),
        (ModelRefused("declined"), 502, None),
        (StorageUnavailable("the database is locked"), 503, "5"),
        (EvaluatorError("internal error"), 500, None),
    ],
)
def test_failed_assessment_has_no_rating(error: EvaluatorError, status: int, retry_after: str | None) -> None:
    """A failure is answered with 5xx, what went wrong, and the echoed ids: never with a score."""
    with client_of(FakeJobs(error=error)) as client:
        response = client.post(PATH, json=request_with(candidate_id=7))

    answer = response.json()
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry_after)
    assert (answer["status"], answer["failure_details"]) == ("failed", str(error))
    assert (answer["candidate_id"], "rating" in answer) == (7, False)


def test_full_queue_gives_429_with_retry_after() -> None:
    """A sender that comes at a bad time is told when to come again."""
    with client_of(FakeJobs(raises=Overloaded("all places are taken", retry_after_s=5))) as client:
        response = client.post(PATH, json=example_request())

    assert (response.status_code, response.headers["retry-after"]) == (429, "5")
    assert response.json()["detail"] == "all places are taken"


def test_answer_goes_through_the_link_too() -> None:
    """A sender that sets no header uses the URL that ends with the token."""
    with client_of(token=SECRET) as client:
        assert client.post(f"{PATH}/{SECRET}", json=example_request()).json()["rating"] == 72
