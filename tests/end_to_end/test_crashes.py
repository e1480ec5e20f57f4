"""Nothing accepted is lost: the process is killed at every stage of its work, and a new one finishes it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluator.web.schema import example_request
from tests.fakes.callback import FakeCallback, Received, answers, stalls
from tests.fakes.gated_model import GatedModel
from tests.fakes.service import Process, Service

JOBS = 100
PATIENCE_S = 90


@pytest.fixture
def model() -> Iterator[GatedModel]:
    """The model that the processes ask."""
    with GatedModel() as model:
        yield model


@pytest.fixture
def callback() -> Iterator[FakeCallback]:
    """Where results go."""
    with FakeCallback() as callback:
        yield callback


@pytest.fixture
def service(tmp_path: Path, model: GatedModel, callback: FakeCallback) -> Service:
    """The service on SQLite."""
    return Service(tmp_path, model.url, callback.url, settings={"max_concurrency": 200})


def requests(mode: str, count: int = JOBS) -> list[dict[str, Any]]:
    """Return requests that differ in their candidate and secret."""
    config = {"mode": mode}
    return [
        example_request() | {"candidate_id": f"c{n}", "call_secret": f"s{n}", "integration_config": config}
        for n in range(count)
    ]


def accept(serving: Process, bodies: Sequence[dict[str, Any]]) -> None:
    """Post requests and see each of them accepted."""
    statuses = [getattr(answer, "status_code", answer) for answer in serving.post_all(bodies)]
    assert statuses == [202] * len(bodies)


def deliveries(callback: FakeCallback) -> Counter[str]:
    """Return how often the result of each request came, by its secret; every one has a rating."""
    taken = list(callback.received)
    assert all(isinstance(each.json["rating"], int) for each in taken)
    return Counter(each.json["call_secret"] for each in taken)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail where it does not come to be."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come to be"
        time.sleep(0.05)


def all_delivered(callback: FakeCallback, count: int = JOBS) -> Callable[[], bool]:
    """Return whether every request's result has come."""
    return lambda: len(deliveries(callback)) == count


def test_killed_before_the_model_was_asked(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """Requests that still waited are assessed by the next process, each of them once."""
    model.close()
    with service.serving(max_concurrency=2) as first:
        accept(first, requests("async"))
        model.wait_for(2)
        first.kill()
    asked = model.calls
    model.open()

    with service.serving():
        wait_until(all_delivered(callback))

    assert set(deliveries(callback).values()) == {1}
    assert model.calls - asked == JOBS


def test_killed_while_the_model_was_asked(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """Calls that were under way are repeated; every result is delivered once."""
    model.close()
    with service.serving() as first:
        accept(first, requests("async"))
        model.wait_for(JOBS)
        first.kill()
    model.open()

    with service.serving():
        wait_until(all_delivered(callback))

    assert set(deliveries(callback).values()) == {1}
    assert model.calls == 2 * JOBS


def test_killed_while_callers_waited(service: Service, model: GatedModel, callback: FakeCallback) -> None:
    """A caller that got no answer gets a callback instead."""
    model.close()
    with service.serving() as first:
        waiting = threading.Thread(target=first.post_all, args=(requests("sync"),))
        waiting.start()
        model.wait_for(JOBS)
        first.kill()
        waiting.join(PATIENCE_S)
    model.open()

    with service.serving():
        wait_until(all_delivered(callback))

    assert set(deliveries(callback).values()) == {1}


def test_killed_between_result_and_delivery(
    service: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """Results not delivered yet are delivered by the next process; the model is not asked again."""
    callback.down()
    with service.serving() as first:
        accept(first, requests("async"))
        wait_until(lambda: _succeeded(service) == JOBS)
        first.kill()
    callback.up()

    with service.serving():
        wait_until(all_delivered(callback))

    assert set(deliveries(callback).values()) == {1}
    assert model.calls == JOBS


def test_killed_during_delivery(service: Service, model: GatedModel, callback: FakeCallback) -> None:
    """Deliveries without an answer are made again: twice at most, and never with another result."""
    callback.default = lambda received: stalls()
    with service.serving() as first:
        accept(first, requests("async"))
        callback.wait_for(32)
        wait_until(lambda: _succeeded(service) == JOBS)
        first.kill()
    begun = list(callback.received)
    callback.default = lambda received: answers()

    with service.serving():
        wait_until(all_delivered(callback))

    assert max(deliveries(callback).values()) <= 2
    assert sum(deliveries(callback).values()) <= JOBS + len(begun)
    assert model.calls == JOBS
    assert _agree(callback.received)


def _succeeded(service: Service) -> int:
    told = service.command("jobs", "list", "--status", "succeeded", "--limit", "500", "--json")
    assert told.returncode == 0, told.stderr
    return told.stdout.count('"state"')


def _agree(received: Sequence[Received]) -> bool:
    ratings: dict[str, Any] = {}
    return all(ratings.setdefault(each.json["call_secret"], each.json) == each.json for each in received)
