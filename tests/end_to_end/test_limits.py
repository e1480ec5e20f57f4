"""Limits on model calls over all processes, seen from outside: real processes, and a real database."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import wait_until
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.measuring import samples_of
from tests.fakes.postgres import Postgres
from tests.fakes.service import Process, Service

WAITING = "evaluator_model_calls_waiting"
DELIVERED = "evaluator_callback_attempts_total"


@pytest.fixture
def model() -> Iterator[GatedModel]:
    """The model that all processes ask."""
    with GatedModel() as model:
        yield model


@pytest.fixture
def callback() -> Iterator[FakeCallback]:
    """Where results go."""
    with FakeCallback() as callback:
        yield callback


def bodies(mode: str, count: int, name: str) -> list[dict[str, Any]]:
    """Return requests that differ."""
    config = {"integration_config": {"mode": mode}}
    return [example_request() | config | {"call_secret": f"{name}-{number}"} for number in range(count)]


def figure(processes: Sequence[Process], name: str, **labels: str) -> float:
    """Return what the processes say of themselves, in sum."""
    found = [samples_of(httpx.get(f"{each.url}/metrics").text) for each in processes]
    return sum(each[name, tuple(sorted(labels.items()))] for each in found)


def hold_two_at_a_time(service: Service, model: GatedModel, callback: FakeCallback, count: int) -> None:
    """Give work of both kinds to `count` processes, see two calls in flight and no third, and let all end."""
    model.close()
    with ExitStack() as stack, ThreadPoolExecutor(count) as threads:
        processes = [stack.enter_context(service.serving(global_concurrency=2)) for _ in range(count)]
        queued = [each.post_all(bodies("async", 2, f"queued-{n}")) for n, each in enumerate(processes)]
        direct = [
            threads.submit(each.post_all, bodies("sync", 3, f"direct-{n}"))
            for n, each in enumerate(processes)
        ]
        wait_until(lambda: model.calls >= 2 and figure(processes, WAITING) >= 3 * count)
        in_flight = model.calls
        model.open()
        answers = [answer for each in direct for answer in each.result()]
        wait_until(lambda: len(callback.received) == 2 * count)
        wait_until(lambda: figure(processes, DELIVERED, outcome="delivered") == 2 * count)
        calls = figure(processes, "evaluator_model_calls_total", outcome="ok")

    assert in_flight == 2
    assert {answer.status_code for each in queued for answer in each} == {202}  # type: ignore[union-attr] # an error has none
    assert [answer.status_code for answer in answers] == [200] * 3 * count  # type: ignore[union-attr] # an error has none
    assert model.calls == calls == 5 * count


def test_two_processes_share_the_places_for_model_calls(
    tmp_path: Path, postgres: Postgres, model: GatedModel, callback: FakeCallback
) -> None:
    """What is queued and what runs directly, here and there, takes two places in all."""
    with postgres.database() as url:
        hold_two_at_a_time(Service(tmp_path, model.url, callback.url, url), model, callback, 2)


def test_one_process_counts_direct_and_queued_work_together(
    tmp_path: Path, model: GatedModel, callback: FakeCallback
) -> None:
    """The same holds with SQLite."""
    hold_two_at_a_time(Service(tmp_path, model.url, callback.url), model, callback, 1)


def test_request_beyond_the_rate_is_told_when_to_come_back(
    tmp_path: Path, postgres: Postgres, model: GatedModel, callback: FakeCallback
) -> None:
    """A second call in the minute does not fit: 429 for who waits, a later try for who does not."""
    with postgres.database() as url:
        service = Service(tmp_path, model.url, callback.url, url, {"model_requests_per_minute": 1})
        with service.serving(model_retry_s=10) as one, service.serving(model_retry_s=10) as other:
            first = one.post(bodies("sync", 1, "first")[0])
            second = other.post(bodies("sync", 1, "second")[0])
            third = other.post(bodies("auto", 1, "third")[0])

    assert (first.status_code, second.status_code, third.status_code) == (200, 429, 202)
    assert "rating" not in second.json()
    assert 30 <= int(second.headers["retry-after"]) <= 60
    assert model.calls == 1


def test_killed_process_gives_its_places_back(
    tmp_path: Path, postgres: Postgres, model: GatedModel, callback: FakeCallback
) -> None:
    """The only place was held by a process that died; another does its own work and the dead one's."""
    model.close()
    with postgres.database() as url:
        service = Service(tmp_path, model.url, callback.url, url, {"global_concurrency": 1})
        with service.serving() as dead, service.serving() as alive:
            dead.post_all(bodies("async", 1, "dead"))
            model.wait_for(1)
            dead.kill()
            alive.post_all(bodies("async", 1, "alive"))
            model.open()
            wait_until(lambda: len(callback.received) == 2)

    assert {each.json["call_secret"] for each in callback.received} == {"dead-0", "alive-0"}
