"""The database is gone, locked or full for a while: callers are told to come again, and nothing is lost."""

import contextlib
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from evaluator.storage.keys import DATABASE_FILE
from tests.end_to_end.test_crashes import all_delivered, deliveries, requests, wait_until
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.service import Process, Service

FEW = 20


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
def embedded(tmp_path: Path, model: GatedModel, callback: FakeCallback) -> Service:
    """The service on SQLite."""
    return Service(tmp_path, model.url, callback.url)


@pytest.fixture
def shared(
    tmp_path: Path, model: GatedModel, callback: FakeCallback, postgres: Postgres
) -> Iterator[Service]:
    """The service on PostgreSQL."""
    with postgres.database() as url:
        yield Service(tmp_path, model.url, callback.url, database_url=url)


def accepted(serving: Process, count: int = FEW) -> None:
    """Have some requests accepted."""
    answers = serving.post_all(requests("async", count))
    assert {getattr(answer, "status_code", answer) for answer in answers} == {202}


def refused(answer: httpx.Response) -> bool:
    """Tell whether a request was put off, with a time to come again."""
    return answer.status_code == 503 and int(answer.headers["retry-after"]) > 0


def test_database_that_is_gone_for_a_while(
    shared: Service, postgres: Postgres, model: GatedModel, callback: FakeCallback
) -> None:
    """What was accepted before is finished after; in between the answer is 503 and readiness says why."""
    model.close()
    with shared.serving() as serving:
        accepted(serving)
        model.wait_for(1)
        postgres.stop()
        try:
            during = serving.post(requests("sync", 1)[0] | {"call_secret": "during"})
            ready = httpx.get(f"{serving.url}/health/ready", timeout=60)
            model.open()
            time.sleep(1)
        finally:
            postgres.start()
        wait_until(all_delivered(callback, FEW))

        assert refused(during)
        assert ready.status_code == 503
        wait_until(lambda: serving.post(requests("sync", 1)[0]).status_code == 200)
    assert set(deliveries(callback).values()) == {1}


def test_database_that_is_locked_for_a_while(
    embedded: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """Somebody else's lock puts requests off; what was accepted before is finished after."""
    model.close()
    with embedded.serving() as serving:
        accepted(serving)
        model.wait_for(1)
        with _locked(embedded.folder / "data" / DATABASE_FILE):
            model.open()
            during = serving.post(requests("async", 1)[0] | {"call_secret": "during"})
        wait_until(all_delivered(callback, FEW))

        assert refused(during)
        assert serving.post(requests("sync", 1)[0] | {"call_secret": "after"}).status_code == 200


def test_disk_that_is_full_for_a_while(embedded: Service, model: GatedModel, callback: FakeCallback) -> None:
    """Files that cannot grow put requests off; once they can, the service goes on by itself."""
    model.close()
    with embedded.serving() as serving:
        accepted(serving)
        model.wait_for(1)
        with _no_room(serving, embedded.folder / "data"):
            during = serving.post_all([each | {"v": "2"} for each in requests("async", FEW)])
            model.open()
        wait_until(lambda: set(map(str, range(FEW))) <= {each[1:] for each in deliveries(callback)})

        assert any(isinstance(each, httpx.Response) and refused(each) for each in during)
        assert serving.post(requests("sync", 1)[0] | {"call_secret": "after"}).status_code == 200


def test_work_of_a_dead_process_is_taken_over(
    shared: Service, model: GatedModel, callback: FakeCallback
) -> None:
    """One of two processes is killed with work in hand; the other does it within thirty seconds."""
    model.close()
    with shared.serving() as first, shared.serving() as other:
        accepted(first, 100)
        model.wait_for(100)
        first.kill()
        killed_at = time.monotonic()
        model.open()
        wait_until(all_delivered(callback, 100))
        took_s = time.monotonic() - killed_at

        assert took_s < 30
        assert set(deliveries(callback).values()) == {1}
        assert other.process.poll() is None


@contextlib.contextmanager
def _locked(database: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def _no_room(serving: Process, folder: Path) -> Iterator[None]:
    """Let no file of a process grow beyond the largest that is there."""
    pid, before = serving.process.pid, resource.prlimit(serving.process.pid, resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in folder.iterdir())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
