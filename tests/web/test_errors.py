"""Errors as HTTP: every one is mapped, and none says more than it should."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from evaluator.errors import (
    EvaluatorError,
    JobUnknown,
    ModelBusy,
    ModelTimeout,
    Overloaded,
    PackError,
    SettingsError,
    StorageUnavailable,
)
from evaluator.web.errors import RETRY_AFTER_S, STATUS, status_of
from evaluator.web.schema import example_request
from tests.fakes.jobs import FakeJobs
from tests.fakes.web import JSON, PATH, app_over, client_of


def tree(root: type[EvaluatorError]) -> Iterator[type[EvaluatorError]]:
    """Yield a class and everything below it but what only groups others."""
    if not root.__name__.startswith("_"):
        yield root
    for each in root.__subclasses__():
        yield from tree(each)


def test_every_error_is_mapped() -> None:
    """Each error of the tree has its own line in the table, and the table has no other."""
    ours = {kind for kind in tree(EvaluatorError) if kind.__module__ == EvaluatorError.__module__}

    assert set(STATUS) == ours


def test_passing_failures_invite_a_retry() -> None:
    """What may be gone at the next try has a status that says so, and nothing else has."""
    passing = {kind for kind in STATUS if not kind.permanent}

    assert {kind for kind, status in STATUS.items() if status in (429, 503, 504)} == passing


@pytest.mark.parametrize(
    "error", [ModelBusy("full"), StorageUnavailable("locked"), Overloaded("full", retry_after_s=5)]
)
def test_place_that_is_taken_for_now_says_when_to_come_back(error: EvaluatorError) -> None:
    """A 429 or 503 names the seconds after which it is worth another try."""
    with client_of(FakeJobs(error=error)) as client:
        response = client.post(PATH, json=example_request())

    assert response.status_code in (429, 503)
    assert int(response.headers["retry-after"]) == (getattr(error, "retry_after_s", None) or RETRY_AFTER_S)


def test_new_error_counts_as_its_parent() -> None:
    """A class that the table does not know yet has its parent's status."""

    class LateAnswer(ModelTimeout):
        pass

    assert status_of(LateAnswer("late")) == 504


def test_unforeseen_error_is_logged_once_and_told_without_a_word_of_it() -> None:
    """A defect gives 500 with the request's id, one line in the log, and nothing from the exception."""
    with capture_logs() as logged, client_of(FakeJobs(raises=RuntimeError("CV of Ann"))) as client:
        response = client.post(PATH, json=example_request(), headers={"x-request-id": "r-1"})

    broken = [line for line in logged if line["event"] == "request broke"]
    assert (response.status_code, response.json()["request_id"], len(broken)) == (500, "r-1", 1)
    assert "Ann" not in response.text
    assert "Traceback" not in response.text


def test_debug_pages_are_off() -> None:
    """No variable of the environment turns the framework's debug pages on."""
    app = app_over()

    assert (app.debug, app.pdb_on_exception) == (False, False)


TOLD = [Overloaded("places are taken", retry_after_s=5), JobUnknown("no such job")]


@pytest.mark.parametrize("error", TOLD)
def test_error_for_a_caller_is_told_in_its_own_words(error: EvaluatorError) -> None:
    """Errors that are written to be shown are shown."""
    with client_of(FakeJobs(raises=error)) as client:
        response = client.post(PATH, json=example_request())

    assert response.json()["detail"] == str(error)


@pytest.mark.parametrize(
    "error", [SettingsError("EVALUATOR_X: wrong"), PackError("broken", path=Path("/packs/x.jinja"), line=3)]
)
def test_error_for_the_operator_is_told_in_plain_words(error: EvaluatorError) -> None:
    """A variable's name, or the place of a pack, does not leave the house."""
    with client_of(FakeJobs(raises=error)) as client:
        response = client.post(PATH, json=example_request())

    assert (response.status_code, response.json()["detail"]) == (500, error.public)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhook/assesment/the-token", 404),
        ("GET", "/webhook/assessment/the-token", 405),
        ("DELETE", "/health/live", 405),
        ("GET", "/schema/the-token.json", 404),
    ],
)
def test_refused_path_is_not_repeated(method: str, path: str, status: int) -> None:
    """Neither answer nor log holds the path, which may hold a token."""
    with capture_logs() as logged, client_of() as client:
        response = client.request(method, path)

    assert response.status_code == status
    assert "the-token" not in response.text + str(logged)


def test_header_that_cannot_be_read_is_not_repeated() -> None:
    """What the framework says about a request is not passed on: it quotes the request."""
    with client_of() as client:
        response = client.post(PATH, content=b"{}", headers={**JSON, "content-length": "the-secret"})

    assert (response.status_code, response.json()["detail"]) == (400, "the request cannot be read")


def test_method_that_is_not_taken_is_answered_with_those_that_are() -> None:
    """405 comes with Allow."""
    with client_of() as client:
        assert "POST" in client.get(PATH).headers["allow"]


def test_pack_error_names_no_request() -> None:
    """A pack that breaks while it is used is a 500 of ours."""
    assert STATUS[PackError] == 500
