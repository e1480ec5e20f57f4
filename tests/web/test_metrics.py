"""`/metrics`: what is served, to whom, and that the page in docs lists it."""

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ModelTimeout
from evaluator.models.ask import Usage
from evaluator.web.metrics import KEPT_S
from evaluator.web.schema import example_request
from tests.fakes.jobs import FakeJobs
from tests.fakes.measuring import TOKEN, FakeFigures, Labels, described, samples_of
from tests.fakes.web import PATH, app_over, client_of, serving

BEARER = {"authorization": f"Bearer {TOKEN}"}


def scraped(figures: FakeFigures, *requests: Any, jobs: Any = None) -> dict[tuple[str, Labels], float]:
    """Return what is served after these bodies were posted."""
    with client_of(jobs, measured=figures.measured()) as client:
        for body in requests:
            client.post(PATH, json=body)
        return samples_of(client.get("/metrics", headers=BEARER).text)


def scraped_here(figures: FakeFigures, **headers: str) -> int:
    """Return the status that a client of this machine gets, over a real socket and without a token."""
    with serving(app_over(measured=figures.measured(token=None))) as (host, port):
        request = urllib.request.Request(f"http://{host}:{port}/metrics", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - a URL of this test
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code


def test_requests_are_counted_by_route_status_and_outcome() -> None:
    """The outcome is known, since a request is counted when it is over."""
    labels = (("outcome", "completed"), ("route", PATH), ("status", "200"))
    found = scraped(FakeFigures(), example_request(), example_request())

    assert found["evaluator_http_requests_total", labels] == 2
    assert found["evaluator_http_request_duration_seconds_count", (("route", PATH),)] == 2
    assert found["evaluator_http_request_duration_seconds_bucket", (("le", "+Inf"), ("route", PATH))] == 2


def test_failed_request_is_counted_by_its_error() -> None:
    """What cannot be read, and what failed, are told apart."""
    found = scraped(FakeFigures(), {}, example_request(), jobs=FakeJobs(error=ModelTimeout("late")))
    outcomes = {
        dict(labels)["outcome"]: value
        for (name, labels), value in found.items()
        if name.endswith("requests_total")
    }

    assert outcomes == {"refused": 1, "ModelTimeout": 1}


def test_paths_that_are_none_are_one_route() -> None:
    """Whoever tries paths makes no new series."""
    figures = FakeFigures()
    with client_of(measured=figures.measured()) as client:
        for number in range(20):
            client.get(f"/nothing/{number}")
        found = samples_of(client.get("/metrics", headers=BEARER).text)

    labels = (("outcome", "refused"), ("route", "none"), ("status", "404"))
    assert [key for key in found if key[0] == "evaluator_http_requests_total"] == [
        ("evaluator_http_requests_total", labels)
    ]


def test_jobs_and_deliveries_are_served_with_their_age() -> None:
    """States that no job is in are 0 and have no age."""
    found = scraped(FakeFigures())

    assert found["evaluator_jobs", (("state", "waiting"),)] == 3
    assert found["evaluator_jobs", (("state", "running"),)] == 0
    assert found["evaluator_jobs_oldest_age_seconds", (("state", "waiting"),)] == 60
    assert ("evaluator_jobs_oldest_age_seconds", (("state", "running"),)) not in found
    assert found["evaluator_deliveries", (("delivery", "held"),)] == 2
    assert found["evaluator_deliveries_oldest_age_seconds", (("delivery", "held"),)] == 600
    assert (found["evaluator_queue_length", ()], found["evaluator_jobs_in_hand", ()]) == (3, 4)
    assert found["evaluator_model_calls_waiting", ()] == 5


def test_model_and_callback_are_counted() -> None:
    """The watch that the layers below are given is what is served."""
    figures = FakeFigures(breaker="open")
    figures.metrics.called("ok")
    figures.metrics.retried()
    figures.metrics.used(Usage(prompt_tokens=100, completion_tokens=20, cached_tokens=60))
    figures.metrics.attempted("hold")
    found = scraped(figures)

    assert found["evaluator_model_calls_total", (("outcome", "ok"),)] == 1
    assert found["evaluator_model_retries_total", ()] == 1
    assert [
        found["evaluator_model_tokens_total", (("kind", kind),)]
        for kind in ("prompt", "completion", "cached")
    ] == [100, 20, 60]
    assert found["evaluator_callback_attempts_total", (("outcome", "hold"),)] == 1
    assert found["evaluator_callback_breaker_state", (("state", "open"),)] == 1
    assert found["evaluator_callback_breaker_state", (("state", "closed"),)] == 0


def test_database_is_asked_every_few_seconds_at_most() -> None:
    """However many scrape, and also while it is gone."""
    figures = FakeFigures()
    with client_of(measured=figures.measured()) as client:
        for _ in range(5):
            client.get("/metrics", headers=BEARER)
        assert figures.asked == 1
        figures.clock.advance(KEPT_S)
        client.get("/metrics", headers=BEARER)

    assert figures.asked == 2


def test_database_that_is_gone_leaves_the_rest() -> None:
    """What was counted is served, and that the database is down."""
    found = scraped(FakeFigures(gone=True), example_request())

    assert found["evaluator_database_up", ()] == 0
    assert "evaluator_jobs" not in {name for name, _ in found}
    assert "evaluator_http_requests_total" in {name for name, _ in found}


@pytest.mark.parametrize(
    "sent", [{}, {"authorization": "Bearer other"}, {"authorization": "Basic metrics-token"}]
)
def test_token_is_needed_where_one_is_set(sent: dict[str, str]) -> None:
    """Without it there are no figures."""
    with client_of(measured=FakeFigures().measured()) as client:
        response = client.get("/metrics", headers=sent)

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert "evaluator_" not in response.text


def test_token_of_the_webhook_does_not_open_the_figures() -> None:
    """Each secret opens its own door."""
    with client_of(token="hook", measured=FakeFigures().measured()) as client:
        assert client.get("/metrics", headers={"authorization": "Bearer hook"}).status_code == 401


def test_without_a_token_this_machine_alone_may_read() -> None:
    """Whoever comes through a proxy does not come from here."""
    assert scraped_here(FakeFigures()) == 200
    assert scraped_here(FakeFigures(), **{"X-Forwarded-For": "203.0.113.9"}) == 404
    assert scraped_here(FakeFigures(), Forwarded="for=203.0.113.9") == 404


def test_without_a_token_there_is_nothing_elsewhere() -> None:
    """A client whose address is not of this machine sees no more than on any other path."""
    with client_of(measured=FakeFigures().measured(token=None)) as client:
        found, nothing = client.get("/metrics"), client.get("/nothing")

    assert (found.status_code, found.json()["detail"]) == (404, nothing.json()["detail"])


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/plain; version="),
        ("application/openmetrics-text", "application/openmetrics-text"),
    ],
)
def test_form_is_the_one_that_is_asked_for(accept: str, media_type: str) -> None:
    """Prometheus' own text, or OpenMetrics with its end mark."""
    with client_of(measured=FakeFigures().measured()) as client:
        response = client.get("/metrics", headers={**BEARER, "accept": accept})

    assert response.headers["content-type"].startswith(media_type)
    assert response.text.endswith("# EOF\n") == ("openmetrics" in accept)


def test_two_applications_count_apart() -> None:
    """There is no registry of the whole interpreter."""
    first, second = FakeFigures(), FakeFigures()
    scraped(first, example_request())

    assert not [key for key in scraped(second) if key[0] == "evaluator_http_requests_total"]


def test_page_lists_what_is_served() -> None:
    """Name, type and labels of every figure, and none that is not there."""
    figures = FakeFigures()
    with client_of(measured=figures.measured()) as client:
        client.post(PATH, json=example_request())
        served = described(client.get("/metrics", headers=BEARER).text)
    rows = re.findall(
        r"^\| `(evaluator_\w+)` \| (\w+) \| (.*?) \|",
        Path("docs/metrics.md").read_text(encoding="utf-8"),
        re.M,
    )
    listed = {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}

    assert listed == served


def test_names_follow_the_conventions() -> None:
    """Counters end in `_total`, times in `_seconds`, and all begin with our own word."""
    with client_of(measured=FakeFigures().measured()) as client:
        client.get("/health/live")
        served = described(client.get("/metrics", headers=BEARER).text)

    assert all(re.fullmatch(r"evaluator_[a-z]+(_[a-z]+)*", name) for name in served)
    assert all(name.endswith("_total") == (kind == "counter") for name, (kind, _) in served.items())
    assert all(name.endswith("_seconds") for name in served if "age" in name or "duration" in name)
