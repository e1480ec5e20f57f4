"""Delivering a result to the callback: at once by who assessed it, else from the queue.

Who delivers holds the job in the store as its owner, from before the result goes out until what came of it
is written down. So of several processes one alone sends it, and what a dead one had in hand is known. May
import `delivery`, `storage`, `jobs` siblings and below.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Connection

from evaluator.delivery.attempt import Attempt as Sent
from evaluator.delivery.backoff import Backoff, Uniform
from evaluator.delivery.breaker import Breaker
from evaluator.errors import StorageKeyWrong
from evaluator.jobs.echoes import without_secret
from evaluator.jobs.engine import Kind
from evaluator.jobs.turns import Patience, Standing, Turns
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Attempt, Job
from evaluator.storage.transitions import PENDING

DELIVER_WITHIN_S = 86_400.0

AT_ONCE = 32
"""Deliveries that are begun without the queue, in one process."""

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
    secret: bytes
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
        standing: Standing,
        executor_id: str,
        within_s: float = DELIVER_WITHIN_S,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.time,
        uniform: Uniform = random.uniform,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`callback` is None where results cannot be called back; nothing is begun without `standing`.

        `within_s`: how long a delivery is tried, by whichever process has a callback. `at_once`: how many
        are begun without the queue. The rest is for tests.
        """
        self._store = store
        self._queue = queue
        self._callback = callback
        self._turns = turns
        self._standing = standing
        self._executor_id = executor_id
        self._within_s = within_s
        self._at_once = at_once
        self._clock = clock
        self._uniform = uniform
        self._patiently = Patience(sleep)
        self._begun: dict[str, asyncio.Task[None]] = {}
        self._reserved = 0

    @property
    def until(self) -> float:
        """When a delivery that is owed from now on is given up, epoch seconds."""
        return self._clock() + self._within_s

    @contextmanager
    def place(self, job_id: str) -> Iterator[str | None]:
        """Yield who delivers the result that the job gets in this block: this process, or None for the queue.

        The place is kept during the block, in which `begin` takes it.
        """
        if not self._has_place_for(job_id):
            yield None
            return
        self._reserved += 1
        try:
            yield self._executor_id
        finally:
            self._reserved -= 1

    def _has_place_for(self, job_id: str) -> bool:
        callback = self._callback
        return (
            callback is not None
            and len(self._begun) + self._reserved < self._at_once
            and callback.breaker.state == "closed"
            and self._standing.holds
            and not self._turns.is_awaited(job_id)  # whoever is answered is not called back as well
        )

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
        await self._standing.held()
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
        self._record(due, works=tried.endpoint_works)
        told = without_secret(tried.detail, due.secret)
        await self._patiently(lambda: self._after(job, replace(tried, detail=told)))

    def _record(self, due: _Due, *, works: bool) -> None:
        """Tell the circuit breaker, and the log where that opens or closes it."""
        breaker = due.callback.breaker
        before = breaker.state
        breaker.record(due.era, endpoint_works=works)
        if breaker.state == "open" and before == "closed":
            _log.error("the callback as a whole is down; deliveries are held back")
        elif breaker.state == "closed" and before != "closed":
            _log.warning("the callback works again")

    async def _due(self, job: Job) -> _Due | None:
        """Return what to post of a job that this process holds; None where nothing is to go out now."""
        try:
            held = await self._store.payloads(job.id)
        except StorageKeyWrong:
            note = "no encryption key that is there opens it"
            _log.error("delivery is dead", job=job.id, reason=note)
            await self._store.give_up(job.id, None, note=note, run=job.run)
            return None
        if held is None or held.owner != self._executor_id or held.run != job.run:
            return None  # answered, taken over or run anew meanwhile
        if self._callback is None or held.result is None or held.secret is None:
            why = "there is no callback" if self._callback is None else "nothing is left to deliver"
            await self._store.give_up(job.id, None, note=why, run=job.run)
            return None
        admission = self._callback.breaker.admit()
        if admission.wait_s > 0:
            wait_s = self._uniform(admission.wait_s, admission.wait_s * (1 + SPREAD))
            await self._put_off(job, None, self._clock() + wait_s, "the callback as a whole is down")
            return None
        result = json.loads(held.result) | {"call_secret": json.loads(held.secret)}
        body = json.dumps(result, ensure_ascii=False).encode()
        return _Due(body, held.secret, self._callback, admission.era)

    async def _after(self, job: Job, tried: Sent) -> None:
        attempt = Attempt(
            "callback", tried.at, tried.outcome, tried.duration_ms, tried.status_code, tried.detail or None
        )
        if tried.outcome == "delivered":
            await self._store.delivered(job.id, attempt, run=job.run)
        elif tried.outcome == "dead":
            _log.error("delivery is dead", job=job.id, reason=tried.reason)
            await self._store.give_up(job.id, attempt, note=tried.reason, run=job.run)
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
            await self._store.give_up(job.id, attempt, note=f"given up at the horizon; {note}", run=job.run)
            return
        await self._store.put_off(
            job.id,
            attempt,
            delivery="held" if outcome == "hold" or (attempt is None and job.delivery == "held") else "owed",
            next_try_at=at,
            note=note,
            run=job.run,
            held_by=self._executor_id,
            also=lambda connection, put: self._queue.enqueue(connection, "deliver", put.id, delay_s=at - now),
        )
