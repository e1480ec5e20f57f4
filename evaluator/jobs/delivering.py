"""Delivering a result to the callback: at once by who assessed it, else from the queue.

Who delivers holds the job in the store as its owner, from before the result goes out until what came of it
is written down. So of several processes one alone sends it, and what a dead one had in hand is known. May
import `delivery`, `storage`, `jobs` siblings and below.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Connection

from evaluator.delivery.attempt import Attempt as Sent
from evaluator.delivery.backoff import Backoff, Uniform
from evaluator.delivery.breaker import Breaker
from evaluator.jobs.engine import Kind
from evaluator.jobs.turns import Patience, Turns
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Attempt, Job
from evaluator.storage.transitions import PENDING

DELIVER_WITHIN_S = 86_400.0

AT_ONCE = 32
"""Deliveries that are begun without the queue, in one process."""

REMOVED = "[removed]"
"""Stands in what a callback answered for the secret that it was sent."""

EARLY_S = 1.0
"""By how much a unit may come before its time: clocks of several machines do not quite agree.

One that comes earlier has come twice, for another is queued for the time.
"""

SPREAD = 0.5
"""Share of the breaker's wait over which deliveries are spread behind it, not to come all at once."""

_log = structlog.get_logger(__name__)


class Sends(Protocol):
    """The callback, seen from here."""

    async def send(self, result: bytes) -> Sent:
        """Post a result and return what came of it; never raises for a failure."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Enqueues(Protocol):
    """The engine's queues, seen from here."""

    def enqueue(self, connection: Connection, kind: Kind, job_id: str, *, delay_s: float = 0.0) -> None:
        """Have work done on a job, within the connection's transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Callback:
    """Where results go, and how patiently."""

    client: Sends
    breaker: Breaker
    backoff: Backoff


class _Due(NamedTuple):
    """A delivery that is let through; some callbacks echo the secret, which is to be known again."""

    body: bytes
    secret: str
    callback: Callback
    era: int


class Deliveries:
    """Makes deliveries, and queues those that are to be made later."""

    def __init__(
        self,
        *,
        store: JobStore,
        queue: Enqueues,
        callback: Callback | None,
        turns: Turns,
        executor_id: str,
        within_s: float = DELIVER_WITHIN_S,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.time,
        uniform: Uniform = random.uniform,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`callback` is None where results cannot be called back.

        `within_s`: how long a delivery is tried, by whichever process has a callback. `at_once`: how many
        are begun without the queue. The rest is for tests.
        """
        self._store = store
        self._queue = queue
        self._callback = callback
        self._turns = turns
        self._executor_id = executor_id
        self._within_s = within_s
        self._at_once = at_once
        self._clock = clock
        self._uniform = uniform
        self._patiently = Patience(sleep)
        self._begun: dict[str, asyncio.Task[None]] = {}

    @property
    def until(self) -> float:
        """When a delivery that is owed from now on is given up, epoch seconds."""
        return self._clock() + self._within_s

    @property
    def holder(self) -> str | None:
        """Who delivers what ends now: this process where it has room and the callback works, else None."""
        callback = self._callback
        if callback is None or len(self._begun) >= self._at_once or callback.breaker.state != "closed":
            return None
        return self._executor_id

    @property
    def begun(self) -> Mapping[str, asyncio.Task[None]]:
        """The deliveries under way that came from no queue, by job."""
        return self._begun

    def begin(self, job: Job) -> None:
        """Deliver the result of a job that has ended, beside what else runs, where this process holds it."""
        if job.delivery in PENDING and job.owner == self._executor_id:
            task = asyncio.create_task(self._turns.take(job.id, lambda: self._deliver(job)))
            self._begun[job.id] = task
            task.add_done_callback(lambda done: self._ended(job.id, done))

    async def deliver(self, job_id: str) -> None:
        """Deliver the result of a job from the queue, if that is still owed and its time has come."""
        await self._turns.take(job_id, lambda: self._claim_and_deliver(job_id))

    def queue_if_owed(self, connection: Connection, job: Job) -> None:
        """Queue the delivery of a job that has ended, where one is owed and nobody makes it.

        Joins the store's transaction.
        """
        if job.owner is None and job.delivery in PENDING and job.state in ("succeeded", "failed"):
            self._queue.enqueue(connection, "deliver", job.id)

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        del self._begun[job_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a delivery broke", exc_info=error, job=job_id)

    async def _claim_and_deliver(self, job_id: str) -> None:
        # Each step is patient by itself: what was taken must not be sent again because that could not be
        # written down.
        job = await self._patiently(
            lambda: self._store.claim_delivery(job_id, self._executor_id, early_s=EARLY_S)
        )
        if job is not None:
            await self._deliver(job)

    async def _deliver(self, job: Job) -> None:
        due = await self._patiently(lambda: self._due(job))
        if due is None:
            return
        tried = await due.callback.client.send(due.body)
        due.callback.breaker.record(due.era, endpoint_works=tried.endpoint_works)
        told = tried.detail.replace(due.secret, REMOVED) if due.secret else tried.detail
        await self._patiently(lambda: self._after(job, replace(tried, detail=told)))

    async def _due(self, job: Job) -> _Due | None:
        """Return what to post of a job that this process holds; None where nothing is to go out now."""
        found = await self._body(job.id)
        if self._callback is None or found is None:
            why = "there is no callback" if self._callback is None else "nothing is left to deliver"
            await self._store.give_up(job.id, None, note=why)
            return None
        admission = self._callback.breaker.admit()
        if admission.wait_s > 0:
            wait_s = self._uniform(admission.wait_s, admission.wait_s * (1 + SPREAD))
            await self._put_off(job, None, self._clock() + wait_s, "the callback as a whole is down")
            return None
        return _Due(*found, self._callback, admission.era)

    async def _body(self, job_id: str) -> tuple[bytes, str] | None:
        """Return what to call back with, and the secret in it; None where either is no longer held."""
        payloads = await self._store.payloads(job_id)
        if payloads is None or payloads.result is None or payloads.secret is None:
            return None
        secret = json.loads(payloads.secret)
        result = json.loads(payloads.result) | {"call_secret": secret}
        return json.dumps(result, ensure_ascii=False).encode(), str(secret)

    async def _after(self, job: Job, tried: Sent) -> None:
        attempt = Attempt(
            "callback", tried.at, tried.outcome, tried.duration_ms, tried.status_code, tried.detail or None
        )
        if tried.outcome == "delivered":
            await self._store.delivered(job.id, attempt)
        elif tried.outcome == "dead":
            _log.error("delivery is dead", job=job.id, reason=tried.reason)
            await self._store.give_up(job.id, attempt, note=tried.reason)
        else:
            if tried.outcome == "hold":
                _log.error("callback refuses us", job=job.id, reason=tried.reason)
            await self._put_off(job, attempt, self._next_at(job, tried), tried.reason, tried.outcome)

    def _next_at(self, job: Job, tried: Sent) -> float | None:
        if self._callback is None:
            return None
        return self._callback.backoff.next_try_at(
            job.attempts + 1,
            now=self._clock(),
            deadline_at=job.deadline_at or (job.finished_at or self._clock()) + self._within_s,
            uniform=self._uniform,
            asked_s=tried.retry_after_s,
        )

    async def _put_off(
        self, job: Job, attempt: Attempt | None, at: float | None, note: str, outcome: str = ""
    ) -> None:
        """Try again at `at`, or give the delivery up where its horizon is reached."""
        now = self._clock()
        if at is None or (job.deadline_at is not None and now >= job.deadline_at):
            _log.error("delivery is dead", job=job.id, reason=note)
            await self._store.give_up(job.id, attempt, note=f"given up at the horizon; {note}")
            return
        await self._store.put_off(
            job.id,
            attempt,
            delivery="held" if outcome == "hold" or (attempt is None and job.delivery == "held") else "owed",
            next_try_at=at,
            note=note,
            held_by=self._executor_id,
            also=lambda connection, put: self._queue.enqueue(connection, "deliver", put.id, delay_s=at - now),
        )
