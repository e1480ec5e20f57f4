"""A thousand faults, drawn from a seed, over model, callback and database: nothing is lost or made up.

Which fault the n-th call about a candidate meets is drawn from the seed, the candidate and n alone, so that
a run that fails is repeated with the same faults. Kills and locks come in a fixed number; what they hit
depends on the machine.
"""

import contextlib
import random
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from evaluator.storage.database import BUSY_TIMEOUT_S
from evaluator.storage.keys import DATABASE_FILE
from evaluator.web.schema import example_request
from tests.end_to_end.test_crashes import accept, wait_until
from tests.fakes.callback import Behaviour, FakeCallback, Received, answers, resets
from tests.fakes.gated_model import GatedModel
from tests.fakes.service import Service

SEED = 20_260_301
JOBS = 400
FAULTS = 1_000
KILLS = 3
LOCKS = 3
LOCKED_S = BUSY_TIMEOUT_S + 1
"""Seconds of a lock, longer than the service waits for one."""

DELIVERIES_AT_ONCE = 32
"""Deliveries that can be open at a kill; each was perhaps taken and not yet written down, and comes again."""

PATIENT_TRIES = 6
"""Calls about one candidate after which nothing goes wrong any more, so that back-offs stay short."""

_NUMBER = re.compile(rb"reference number (\d+)")
_T = TypeVar("_T")


class Faults:
    """Draws what goes wrong, counts it, and remembers which results were taken."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.ratings: set[Any] = set()
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def model(self, number: int, body: bytes) -> int | None:
        """Return the status that a call of the model fails with, None where it is answered."""
        found = _NUMBER.search(body)
        assert found, "the prompt does not tell its candidate"
        status = self._draw(f"model {found[1].decode()}", (429, 500, 502, 503, None, None))
        self._count("model", status is not None)
        return status

    def callback(self, received: Received) -> Behaviour:
        """Return what the callback does with a delivery."""
        secret = received.json["call_secret"]
        behaviour = self._draw(f"callback {secret}", (answers(503), answers(429), resets(), *[answers()] * 3))
        self._count("callback", behaviour != answers())
        with self._lock:
            self.ratings.add(received.json["rating"])
            self.taken[secret] += behaviour == answers()
        return behaviour

    def note(self, kind: str) -> None:
        """Count a fault of another kind."""
        self._count(kind, True)

    def _draw(self, about: str, choices: Sequence[_T]) -> _T:
        with self._lock:
            self._calls[about] += 1
            number = self._calls[about]
        if number > PATIENT_TRIES:
            return choices[-1]
        return random.Random(f"{SEED} {about} {number}").choice(choices)  # noqa: S311 - drawn to be repeated

    def _count(self, kind: str, happened: bool) -> None:
        with self._lock:
            self.counted[kind] += happened


def request(number: int, mode: str = "async") -> dict[str, Any]:
    """Return the request of one candidate, who is told in the CV by a number."""
    body = example_request()
    cv = body["candidate_parsed_cv"] | {"hobbies": [f"rowing, reference number {number}"]}
    ids = {"candidate_id": number, "call_secret": f"s{number}"}
    return body | ids | {"candidate_parsed_cv": cv, "integration_config": {"mode": mode}}


def test_thousand_faults(tmp_path: Path) -> None:
    """Every accepted request is delivered with the rating that it would have had without a fault.

    Twice come those alone whose delivery was open at a kill: no lock and no failure makes another.
    """
    faults = Faults()
    with GatedModel() as model, FakeCallback() as callback:
        settings = {"callback_first_retry_s": 0.05, "model_retry_s": 1, "max_concurrency": 64}
        service = Service(tmp_path, model.url, callback.url, settings=settings)
        with service.serving() as process:
            expected = process.post(request(JOBS, "sync")).json()["rating"]
            model.script, callback.default = faults.model, faults.callback
            accept(process, [request(number) for number in range(JOBS)])
            _wait_then_kill(process.kill, faults)
        for _ in range(KILLS - 1):
            with service.serving() as process:
                _wait_then_kill(process.kill, faults)
        with service.serving() as process, _locked_now_and_then(tmp_path / "data" / DATABASE_FILE, faults):
            wait_until(lambda: len(+faults.taken) == JOBS)
        logged = process.log.read_text()

    assert "the database cannot be used for now" in logged
    assert faults.ratings == {expected}
    assert faults.counted.total() >= FAULTS, faults.counted
    assert set(faults.counted) == {"model", "callback", "lock", "kill"}
    assert max(faults.taken.values()) <= 1 + KILLS
    assert faults.taken.total() - JOBS <= KILLS * DELIVERIES_AT_ONCE


def _wait_then_kill(kill: Any, faults: Faults) -> None:
    so_far = faults.counted.total()
    wait_until(lambda: faults.counted.total() >= so_far + FAULTS // 10)
    kill()
    faults.note("kill")


@contextlib.contextmanager
def _locked_now_and_then(database: Path, faults: Faults) -> Any:
    """Hold the database's lock a few times for longer than a writer waits, beside what is done."""
    thread = threading.Thread(target=_lock_often, args=(database, faults))
    thread.start()
    yield
    thread.join()


def _lock_often(database: Path, faults: Faults) -> None:
    for _ in range(LOCKS):
        with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED_S)
            connection.execute("ROLLBACK")
        faults.note("lock")
        time.sleep(0.05)
