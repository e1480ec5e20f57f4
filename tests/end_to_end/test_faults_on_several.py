"""Faults over two processes on PostgreSQL: one dies, connections are cut under both, and nothing is lost.

The faults of model and callback are those of `test_random_faults`, drawn from the same seed.
"""

import random
import threading
from pathlib import Path

import psycopg

from tests.end_to_end.test_crashes import accept, wait_until
from tests.end_to_end.test_random_faults import SEED, Faults, request
from tests.fakes.callback import FakeCallback
from tests.fakes.gated_model import GatedModel
from tests.fakes.postgres import Postgres
from tests.fakes.service import Service

JOBS = 200
CUTS = 12
PAUSE_S = 0.7
"""Seconds between two cuts; the lock that tells a process to be alive is among what is cut."""

OPEN_AT_A_KILL = 64
"""Deliveries that may be open in one process, half of them begun at once and half from the queue."""

_SOME = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND mod(pid + %s, 2) = 0
"""


class Cuts:
    """Breaks about half of all connections to a database, now and then, and counts how many."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = threading.Thread(target=self._cut_often)
        self._over = threading.Event()
        self.broken = 0

    def __enter__(self) -> "Cuts":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _cut_often(self) -> None:
        source = random.Random(SEED)  # noqa: S311 - drawn to be repeated
        for _ in range(CUTS):
            with psycopg.connect(self._url, autocommit=True) as connection:
                self.broken += connection.execute(_SOME, (source.randrange(2),)).rowcount
            if self._over.wait(PAUSE_S):
                return


def test_faults_over_two_processes(tmp_path: Path, postgres: Postgres) -> None:
    """Every request is delivered with its rating; twice comes what was open in the killed process alone."""
    faults = Faults()
    with GatedModel() as model, FakeCallback() as callback, postgres.database() as url:
        settings = {"callback_first_retry_s": 0.05, "model_retry_s": 1, "max_concurrency": 32}
        service = Service(tmp_path, model.url, callback.url, database_url=url, settings=settings)
        with service.serving() as first, service.serving() as other:
            expected = other.post(request(2 * JOBS, "sync")).json()["rating"]
            model.script, callback.default = faults.model, faults.callback
            accept(first, [request(number) for number in range(JOBS)])
            accept(other, [request(JOBS + number) for number in range(JOBS)])
            with Cuts(url) as cuts:
                wait_until(lambda: len(+faults.taken) >= JOBS // 2)
                first.kill()
                wait_until(lambda: len(+faults.taken) == 2 * JOBS)

    assert cuts.broken > 0
    assert faults.ratings == {expected}
    assert max(faults.taken.values()) <= 2
    assert faults.taken.total() - 2 * JOBS <= OPEN_AT_A_KILL
