"""What every request gets: an id, a line in the log, and safe headers."""

import re
from collections.abc import Awaitable

import pytest
import structlog
from structlog.testing import capture_logs

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import ModelTimeout
from evaluator.jobs.seam import Outcome
from evaluator.web.schema import example_request
from evaluator.web.trace import SAFE_HEADERS
from tests.fakes.jobs import FakeJobs
from tests.fakes.web import PATH, client_of, request_with


class BoundJobs(FakeJobs):
    """Keeps what is bound to the log while it works."""

    bound: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Outcome:
        """See FakeJobs."""
        self.bound = structlog.contextvars.get_contextvars()
        return await super().submit(request, hung_up=hung_up)


@pytest.mark.parametrize("sent", ["r-1", "A.b_c-9", "x" * 64])
def test_sane_id_is_kept(sent: str) -> None:
    """An id that the sender gave follows the request, into the log and back."""
    jobs = BoundJobs()
    with client_of(jobs) as client:
        response = client.post(PATH, json=example_request(), headers={"x-request-id": sent})

    assert response.headers["x-request-id"] == sent
    assert jobs.bound == {"request_id": sent}


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "<script>", "ключ", 'a"b'])
def test_other_id_is_replaced(sent: str) -> None:
    """What could forge a line in the log is replaced by an id of ours."""
    with client_of() as client:
        response = client.get("/health/live", headers={"x-request-id": sent.encode()})

    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])


def test_each_request_has_its_own_id() -> None:
    """Ids of ours do not repeat."""
    with client_of() as client:
        assert len({client.get("/health/live").headers["x-request-id"] for _ in range(5)}) == 5


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/schema", "/schema/openapi.json"])
def test_safe_headers_are_on_every_answer(path: str) -> None:
    """Nothing is stored, sniffed, framed, or told to where a link leads."""
    with client_of() as client:
        headers = client.get(path).headers

    assert {name.decode() for name, _ in SAFE_HEADERS} <= set(headers)
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "server" not in headers


def test_request_has_one_line_with_its_outcome() -> None:
    """The line says method, route, status, time and outcome; there is nothing else in it."""
    with capture_logs() as logged, client_of() as client:
        client.post(f"{PATH}/the-token", json=request_with(call_secret="the-secret"))

    line = logged[0]
    assert line.pop("duration_ms") >= 0
    assert logged == [
        {
            "event": "request",
            "log_level": "info",
            "method": "POST",
            "route": f"{PATH}/{{token}}",
            "status": 200,
            "outcome": "completed",
        }
    ]


def test_line_of_a_failed_assessment_names_the_error() -> None:
    """The reason of a 5xx can be read off the log."""
    with capture_logs() as logged, client_of(FakeJobs(error=ModelTimeout("late"))) as client:
        client.post(PATH, json=example_request())

    assert [(line["status"], line["outcome"]) for line in logged] == [(504, "ModelTimeout")]


def test_line_of_a_refused_request_names_no_route_that_is_none() -> None:
    """A path that matches no route may hold a token, and is not logged."""
    with capture_logs() as logged, client_of() as client:
        client.get("/the-token")

    assert [(line["route"], line["status"], line["outcome"]) for line in logged] == [("none", 404, "refused")]
