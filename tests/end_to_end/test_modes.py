"""How callers are answered, seen from outside: a real process, a real model endpoint, a real callback."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import FakeCallback, answers
from tests.fakes.gated_model import GatedModel
from tests.fakes.service import Process, Service


@pytest.fixture(scope="module")
def model() -> Iterator[GatedModel]:
    """The model that the process asks."""
    with GatedModel() as model:
        yield model


@pytest.fixture(scope="module")
def callback() -> Iterator[FakeCallback]:
    """Where results go."""
    with FakeCallback() as callback:
        yield callback


@pytest.fixture(scope="module")
def serving(
    tmp_path_factory: pytest.TempPathFactory, model: GatedModel, callback: FakeCallback
) -> Iterator[Process]:
    """One process for all tests here; requests are told apart by their secret."""
    folder = tmp_path_factory.mktemp("modes")
    with Service(folder, model.url, callback.url).serving(sync_deadline_s=0.5, model_retry_s=5) as process:
        yield process


@pytest.fixture(autouse=True)
def as_usual(model: GatedModel) -> Iterator[None]:
    """Let the model answer at the beginning and at the end of each test."""
    model.open()
    yield
    model.open()
    model.script = lambda number, body: None


def body(secret: str, mode: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a request known by its secret."""
    config = {} if mode is None else {"mode": mode}
    return example_request() | {"call_secret": secret, "integration_config": config} | changes


def called_back(callback: FakeCallback, secret: str) -> list[Any]:
    """Return what was called back for a request."""
    return [each.json for each in callback.received if each.json["call_secret"] == secret]


def test_sync_answers_with_the_result_and_calls_nobody_back(serving: Process, callback: FakeCallback) -> None:
    """The answer holds the rating, and a later request's callback finds none of this one before it."""
    answer = serving.post(body("sync-1", "sync"))
    serving.post(body("sync-2", "async"))
    wait_until(lambda: bool(called_back(callback, "sync-2")))

    assert (answer.status_code, answer.json()["call_secret"]) == (200, "sync-1")
    assert called_back(callback, "sync-1") == []


def test_async_answers_with_the_job_and_calls_back(serving: Process, callback: FakeCallback) -> None:
    """202 names the job; the callback has the result with the ids and headers that SolidATS knows."""
    asked = body("async-1", "async")
    answer = serving.post(asked)
    wait_until(lambda: bool(called_back(callback, "async-1")))
    received = next(each for each in callback.received if each.json["call_secret"] == "async-1")

    assert answer.status_code == 202
    assert answer.json()["job_id"].startswith("job_")
    assert received.json["candidate_id"] == asked["candidate_id"]
    assert (received.headers["authorization"], received.headers["x-solidats-app-id"]) == ("Bearer key", "app")


def test_auto_answers_within_its_deadline(serving: Process) -> None:
    """A result that is there in time is the answer."""
    assert serving.post(body("auto-1", "auto")).status_code == 200


def test_auto_answers_202_after_its_deadline(
    serving: Process, model: GatedModel, callback: FakeCallback
) -> None:
    """A result that takes longer comes to the callback."""
    model.close()
    answer = serving.post(body("auto-2", "auto"))
    model.open()
    wait_until(lambda: bool(called_back(callback, "auto-2")))

    assert answer.status_code == 202
    assert len(called_back(callback, "auto-2")) == 1


def test_auto_retries_a_failure_that_may_pass(
    serving: Process, model: GatedModel, callback: FakeCallback
) -> None:
    """A model that is down for a while makes a 202 and, later, a rating."""
    asked_before = model.calls
    model.script = lambda number, body: 503 if number <= asked_before + 3 else None
    answer = serving.post(body("auto-3", "auto"))
    wait_until(lambda: bool(called_back(callback, "auto-3")))

    assert answer.status_code == 202
    assert isinstance(called_back(callback, "auto-3")[0]["rating"], int)


def test_auto_answers_a_final_failure_at_once(serving: Process, model: GatedModel) -> None:
    """What another try cannot mend is an error without a rating."""
    model.script = lambda number, body: 401
    answer = serving.post(body("auto-4", "auto"))

    assert answer.status_code == 502
    assert "rating" not in answer.json()


def test_hanging_up_brings_the_callback(serving: Process, model: GatedModel, callback: FakeCallback) -> None:
    """Whoever leaves before the answer is called back."""
    model.close()
    with pytest.raises(httpx.ReadTimeout):
        serving.post(body("left-1", "sync"), timeout_s=0.3)
    model.open()
    wait_until(lambda: bool(called_back(callback, "left-1")))

    assert len(called_back(callback, "left-1")) == 1


def test_same_request_at_the_same_moment_asks_the_model_once(serving: Process, model: GatedModel) -> None:
    """Ten callers with one request get one answer."""
    asked_before = model.calls
    model.close()
    threading.Thread(target=_open_once_asked, args=(model, asked_before)).start()
    told = serving.post_all([body("once-1", "sync")] * 10)
    results = [answer.json() for answer in told if isinstance(answer, httpx.Response)]

    assert model.calls == asked_before + 1
    assert results == [results[0]] * 10


def test_same_request_later_is_answered_from_the_store(serving: Process, model: GatedModel) -> None:
    """A finished one is answered with 200 and without a further call; `created_at` plays no part."""
    first = serving.post(body("once-2", "sync"))
    asked_before = model.calls
    again = [
        serving.post(body("once-2", "sync", created_at=f"2026-01-0{day}T00:00:00Z")) for day in range(1, 4)
    ]

    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert [answer.json() for answer in again] == [first.json()] * 3
    assert model.calls == asked_before


def test_failed_request_is_run_anew(serving: Process, model: GatedModel) -> None:
    """The same request after a failure is assessed again."""
    model.script = lambda number, body: 401
    failed = serving.post(body("anew-1", "sync"))
    model.script = lambda number, body: None
    answer = serving.post(body("anew-1", "sync"))

    assert (failed.status_code, answer.status_code) == (502, 200)


def test_another_body_is_another_job(serving: Process, model: GatedModel) -> None:
    """The same ids and secret with another comment ask the model again."""
    serving.post(body("other-1", "sync"))
    asked_before = model.calls
    serving.post(body("other-1", "sync", prompt="Look at night shifts."))

    assert model.calls == asked_before + 1


def test_lost_callback_can_be_fetched(serving: Process, callback: FakeCallback) -> None:
    """A result whose delivery rests as dead is answered to the request that comes again."""
    callback.default = lambda received: answers(422)
    serving.post(body("lost-1", "async"))
    wait_until(lambda: bool(called_back(callback, "lost-1")))
    callback.default = lambda received: answers()
    answer = serving.post(body("lost-1", "async"))

    assert (answer.status_code, answer.json()["call_secret"]) == (200, "lost-1")


def test_stop_leaves_what_it_cannot_finish(tmp_path: Path, model: GatedModel, callback: FakeCallback) -> None:
    """SIGTERM ends the process within its time; what was left over is finished by the next."""
    service = Service(tmp_path, model.url, callback.url, settings={"drain_s": 1})
    model.close()
    with service.serving() as first:
        assert first.post(body("drain-1", "async")).status_code == 202
        began = time.monotonic()
        status = first.stop()
        took_s = time.monotonic() - began
    model.open()
    with service.serving():
        wait_until(lambda: bool(called_back(callback, "drain-1")))

    assert (status, took_s < 20) == (0, True)
    assert len(called_back(callback, "drain-1")) == 1


def _open_once_asked(model: GatedModel, asked_before: int) -> None:
    model.wait_for(asked_before + 1)
    time.sleep(0.3)  # so that a second call, were there one, would have come
    model.open()
