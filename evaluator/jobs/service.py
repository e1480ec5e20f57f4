"""Answering callers: stored first, then answered in the way that suits each.

    sync    the answer holds the result
    async   202 at once, the result comes to the callback
    auto    the result if it is there within the deadline, else 202 and the callback

May import `jobs` siblings, `storage` and below.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import Connection

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import failed
from evaluator.errors import (
    FailedElsewhere,
    InvalidRequest,
    OptedOut,
    Overloaded,
    Problem,
    StorageUnavailable,
)
from evaluator.jobs.delivering import Deliveries, Enqueues
from evaluator.jobs.keys import job_id_of, packed, packed_secret
from evaluator.jobs.seam import Finished, Outcome, Pending, Receipt
from evaluator.jobs.turns import Standing, Turns
from evaluator.jobs.work import Assesses, Work
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Accepted, Job, NewJob
from evaluator.storage.transitions import OPEN

Mode = Literal["sync", "async", "auto"]

_POLL_S = 0.25
"""Seconds between two looks at a job that another process works on."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """How requests are answered.

    `mode` is the service's own; `deadline_s` that of `auto`; `wait_s` how long a sync caller waits for a
    job that another process works on. `capacity`: requests whose callers wait at the same time. `at_once`:
    jobs in hand up to which one whose caller does not wait is begun without the queue; 0 for never.
    `assess_within_s`: how long an assessment is tried where the caller does not wait, `deliver_within_s` how
    long a delivery is. `retention_s`: how long a job is kept. `callback`: whether results can be called
    back. `working`: whether this process assesses; where not, the queue has everything.
    """

    mode: Mode
    deadline_s: float
    wait_s: float
    capacity: int
    assess_within_s: float
    deliver_within_s: float
    retention_s: float
    callback: bool
    at_once: int = 0
    working: bool = True
    app_id: str | None = None


class DurableJobs:
    """Takes requests on: see Jobs. `aclose` puts back what is not finished."""

    def __init__(
        self,
        *,
        store: JobStore,
        work: Work,
        deliveries: Deliveries,
        turns: Turns,
        standing: Standing,
        assessor: Assesses,
        queue: Enqueues,
        terms: Terms,
        executor_id: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`turns` are those of `work` and `deliveries`; `executor_id` is this process's own."""
        self._store = store
        self._work = work
        self._deliveries = deliveries
        self._turns = turns
        self._standing = standing
        self._assessor = assessor
        self._queue = queue
        self._terms = terms
        self._executor_id = executor_id
        self._clock = clock
        self._running: dict[str, asyncio.Task[Finished | None]] = {}
        self._held = 0
        self._beginning = 0

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Outcome:
        """See Jobs.submit."""
        self._assessor.check(request)
        mode = self._mode(request)
        if mode != "async" and self._held >= self._terms.capacity:
            raise Overloaded("all places are taken; send it again later", retry_after_s=5)
        self._held += 1
        gone = asyncio.ensure_future(asyncio.Event().wait() if hung_up is None else hung_up)
        try:
            return await self._submit(request, mode, gone)
        finally:
            self._held -= 1
            gone.cancel()

    async def _submit(self, request: AssessmentRequest, mode: Mode, gone: asyncio.Future[Any]) -> Outcome:
        able = self._terms.working and self._standing.holds
        direct = able and (mode != "async" or self._has_room)
        self._beginning += direct
        try:
            accepted = await self._accept(request, mode, direct=direct)
            job = accepted.job
            if accepted.how != "existing" and direct:
                self._start(job, request)
        finally:
            self._beginning -= direct
        if accepted.how == "existing" and job.state == "succeeded":
            kept = await self._fetched(job, request)
            return await self._pending(job.id) if gone.done() else kept
        if mode == "async":
            return Pending(job.id) if accepted.how != "existing" else await self._pending(job.id)
        task = self._running.get(job.id)
        if task is not None:
            return await self._await(task, job, request, mode, gone)
        return await self._watch(job, request, mode, gone)

    @property
    def _has_room(self) -> bool:
        """Whether a job whose caller does not wait is begun here at once; else the queue has it."""
        in_hand = self._turns.in_hand | self._running.keys()
        return len(in_hand) + self._beginning < self._terms.at_once

    async def answered(self, receipt: Receipt) -> None:
        """See Jobs.answered; until it is noted the job is in hand, so that nobody calls it back."""
        job_id, run = receipt
        await self._turns.take(
            job_id, lambda: self._work.patiently(lambda: self._store.mark_answered(job_id, run=run))
        )

    async def aclose(self, drain_s: float) -> None:
        """Wait up to `drain_s` seconds for what runs outside the queue; leave the rest to the next start."""
        loop = asyncio.get_running_loop()
        until = loop.time() + drain_s
        while (under_way := self._under_way()) and loop.time() < until:
            await asyncio.wait(under_way.values(), timeout=until - loop.time())
        stopped = self._under_way()
        for task in stopped.values():
            task.cancel()
        await asyncio.gather(*stopped.values(), return_exceptions=True)
        if not stopped:
            return
        try:
            held = await self._store.orphans(self._executor_id)
            await self.put_all_back([job for job in held if job.id in stopped])
        except StorageUnavailable as error:
            _log.error("work in hand is left to the next start", details=str(error), jobs=len(stopped))

    def _under_way(self) -> dict[str, asyncio.Task[Any]]:
        """Return what runs without the queue; the end of an assessment may begin a delivery."""
        return {**self._deliveries.begun, **self._running}

    @property
    def in_hand(self) -> frozenset[str]:
        """The jobs that this process works on at this moment."""
        return self._turns.in_hand

    async def put_all_back(self, jobs: Sequence[Job]) -> None:
        """Queue jobs whose process no longer works on them, where nothing happened to them since.

        Their callers are gone, so they are called back. Raises StorageUnavailable when all were tried.
        """
        outcomes = await asyncio.gather(*map(self._put_back, jobs), return_exceptions=True)
        for failure in filter(None, outcomes):
            raise failure

    async def _put_back(self, job: Job) -> None:
        wanted = await self._call_back(job.id, asked=job.mode != "sync")
        if wanted is None and job.owner is None and job.delivery == "none" and job.state not in OPEN:
            return  # it waits for its sender, or for a process that can call back
        if wanted is None or wanted.state in OPEN:  # else its delivery is queued with that
            await self._store.release(job.id, seen=wanted or job, also=self._queue_again)

    def _queue_again(self, connection: Connection, job: Job) -> None:
        if job.state == "waiting":
            self._queue.enqueue(connection, "assess", job.id)
        else:
            self._deliveries.queue_if_owed(connection, job)

    def _mode(self, request: AssessmentRequest) -> Mode:
        asked = request.integration_config.mode
        if asked == "async" and not self._terms.callback:
            message = "async needs a callback, and this service has none set up"
            raise InvalidRequest([Problem("/integration_config/mode", message)])
        mode = asked or self._terms.mode
        return "sync" if mode == "auto" and not self._terms.callback else mode

    async def _accept(self, request: AssessmentRequest, mode: Mode, *, direct: bool) -> Accepted:
        config = request.integration_config
        days = config.retention_days
        retention_s = self._terms.retention_s if days is None else min(days * 86_400, self._terms.retention_s)
        new = NewJob(
            id=job_id_of(request, self._store),
            candidate_id=request.candidate_id,
            step_id=request.pipeline_step_id,
            mode=mode,
            request=packed(request),
            secret=packed_secret(request),
            secret_mark=self._store.fingerprint("secret", packed_secret(request)),
            retention_s=retention_s,
            delivery="owed" if mode == "async" else "none",
            owner=self._executor_id if direct else None,
            deadline_at=None if mode == "sync" else self._clock() + self._terms.assess_within_s,
            pack=config.prompt,
        )
        return await self._store.accept(new, also=None if direct else self._queue_again)

    def _start(self, job: Job, request: AssessmentRequest) -> None:
        task = asyncio.create_task(self._work.direct(job, request))
        self._running[job.id] = task
        task.add_done_callback(lambda done: self._ended(job.id, done))

    def _ended(self, job_id: str, task: asyncio.Task[Finished | None]) -> None:
        if self._running.get(job_id) is task:  # else the job runs anew already
            del self._running[job_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a job's state could not be kept", exc_info=error, job=job_id)

    async def _await(
        self,
        task: asyncio.Task[Finished | None],
        job: Job,
        request: AssessmentRequest,
        mode: Mode,
        gone: asyncio.Future[Any],
    ) -> Outcome:
        """Wait for a job of this process as long as its caller does; others may wait for it too."""
        timeout = self._terms.deadline_s if mode == "auto" else None
        with self._turns.awaiting(job.id):
            await asyncio.wait({task, gone}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() or not task.done() or task.cancelled():
            return await self._pending(job.id)
        finished = task.result()
        return await self._pending(job.id) if finished is None else _to(request, finished)

    async def _pending(self, job_id: str) -> Pending:
        """Note that the caller waits no longer, so that the result is called back.

        Raises Overloaded where it cannot be: then it is kept for who sends the request again.
        """
        if not self._terms.callback:
            message = "the same request is still being worked on; send it again later"
            raise Overloaded(message, retry_after_s=5)
        await self._call_back(job_id)
        return Pending(job_id)

    async def _call_back(self, job_id: str, *, asked: bool = False) -> Job | None:
        """Have a result called back, where it can be, and the assessment tried as one that nobody awaits.

        `asked`: it was taken on in a mode that calls back, so that some process can. Returns the job where
        that is new to it; if it has ended, its delivery is queued.
        """
        if not (self._terms.callback or asked):
            return None
        now = self._clock()
        return await self._store.want_callback(
            job_id,
            assess_until=now + self._terms.assess_within_s,
            deliver_until=now + self._terms.deliver_within_s,
            also=self._deliveries.queue_if_owed,
        )

    async def _watch(
        self, job: Job, request: AssessmentRequest, mode: Mode, gone: asyncio.Future[Any]
    ) -> Outcome:
        """Look after a job that the queue or another process has in hand, as long as the caller waits."""
        until = self._clock() + (self._terms.deadline_s if mode == "auto" else self._terms.wait_s)
        while self._clock() < until and not gone.done():
            await asyncio.wait({gone}, timeout=_POLL_S)
            ended = await self._ended_elsewhere(job.id, request)
            if ended is not None and not gone.done():
                return ended
        return await self._pending(job.id)

    async def _ended_elsewhere(self, job_id: str, request: AssessmentRequest) -> Finished | None:
        """Return what became of a job that another has in hand, None where it has not ended."""
        now = await self._store.get(job_id)
        if now is None or now.state == "cancelled":
            raise Overloaded("the job was cancelled meanwhile; send the request again", retry_after_s=1)
        if now.state == "succeeded":
            return await self._fetched(now, request)
        return self._failure(request, now) if now.state == "failed" else None

    async def _fetched(self, job: Job, request: AssessmentRequest) -> Finished:
        """Return a kept result, with the secret that came now."""
        fetched = await self._work.fetched(job, request)
        if fetched is None:
            raise Overloaded("the result was erased meanwhile; send the request again", retry_after_s=1)
        return fetched

    def _failure(self, request: AssessmentRequest, job: Job) -> Finished:
        """Return what became of a job that failed elsewhere."""
        details = job.failure or "the assessment failed"
        at = datetime.fromtimestamp(job.finished_at or self._clock(), UTC).isoformat(timespec="seconds")
        error = OptedOut(details) if job.status == OptedOut.result_status else FailedElsewhere(details)
        result = failed(
            request, details=details, at=at, app_id=self._terms.app_id, status=error.result_status
        )
        return Finished(result, error, Receipt(job.id, job.run))


def _to(request: AssessmentRequest, finished: Finished) -> Finished:
    """Return what finished, with the secret of the caller who gets it."""
    result = finished.result.model_copy(update={"call_secret": request.call_secret})
    return Finished(result, finished.error, finished.receipt)
