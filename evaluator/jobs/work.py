"""One try of one job: to assess it. What becomes of it is in the store.

Both the queue and a request run `Work`; it decides what is tried again and when. A result, or the final
failure, is stored together with its audit record. May import `audit`, `assessment`, `storage`, `delivery`,
`jobs` siblings and below.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from evaluator.audit.hearing import Exchange
from evaluator.audit.record import Recorder, Subject
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, Unrated, failed
from evaluator.delivery.backoff import Backoff, Uniform
from evaluator.errors import EvaluatorError, ModelError, OptedOut
from evaluator.jobs.delivering import EARLY_S, Deliveries, Enqueues
from evaluator.jobs.keys import unpacked
from evaluator.jobs.seam import Finished, Receipt
from evaluator.jobs.turns import Patience, Standing, Turns
from evaluator.storage.chain import Entry
from evaluator.storage.jobs import Also, JobStore
from evaluator.storage.rows import Attempt, Job

_log = structlog.get_logger(__name__)

MOST_PUT_BACKS = 200
"""How often an assessment is put back by the end of its process, until it fails: it may be what ends it."""

_T = TypeVar("_T")


class Assesses(Protocol):
    """The assessment pipeline, seen from here."""

    def check(self, request: AssessmentRequest) -> None:
        """Raise InvalidRequest where the request's values cannot be served."""
        ...

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """Return a result with a rating, or raise an EvaluatorError."""
        ...


class Work:
    """Tries jobs. Safe to run twice for one job: the store lets one of two through."""

    def __init__(
        self,
        *,
        store: JobStore,
        assessor: Assesses,
        recorder: Recorder,
        queue: Enqueues,
        deliveries: Deliveries,
        turns: Turns,
        standing: Standing,
        model_backoff: Backoff,
        executor_id: str,
        app_id: str | None,
        clock: Callable[[], float] = time.time,
        uniform: Uniform = random.uniform,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`turns` are shared with `deliveries`; `model_backoff` is for assessments. The rest is for tests."""
        self._store = store
        self._assessor = assessor
        self._recorder = recorder
        self._queue = queue
        self._deliveries = deliveries
        self._turns = turns
        self._standing = standing
        self._model_backoff = model_backoff
        self._executor_id = executor_id
        self._app_id = app_id
        self._clock = clock
        self._uniform = uniform
        self._patiently = Patience(sleep)

    async def assess(self, job_id: str) -> None:
        """Assess a job from the queue, if it still waits."""
        await self._turns.take(job_id, lambda: self._assess(job_id))

    async def direct(self, job: Job, request: AssessmentRequest) -> Finished | None:
        """Assess a job that was accepted into this process's hand; None where it is put back."""
        return await self._turns.take(job.id, lambda: self._try_once(job, request))

    async def _assess(self, job_id: str) -> None:
        await self._standing.held()
        # Each step is patient by itself: a job that was claimed could not be claimed again.
        job = await self._patiently(lambda: self._store.claim(job_id, self._executor_id, early_s=EARLY_S))
        if job is None:
            return
        payloads = await self._patiently(lambda: self._store.payloads(job_id))
        try:
            request, failure = unpacked(payloads) if payloads else None, "the request is no longer held"
        except ValueError:
            request, failure = None, "the stored request cannot be read by this version"
        if request is None:
            entry = self._entry(job, None, self._unread(job, failure))
            unqueued = self._recorded(entry)
            await self._patiently(lambda: self._store.fail(job_id, failure, also=unqueued))
        elif await self._ends_processes(job):
            failure = f"given up: it was put back {MOST_PUT_BACKS} times by the end of its process"
            entry = self._entry(job, request, self._failure(request, failure, "failed"))
            await self._patiently(lambda: self._end(job, request, failure, entry, tried=None))
        else:
            await self._try_once(job, request)

    async def _ends_processes(self, job: Job) -> bool:
        """Tell whether a job was put back too often without a try that ended: it may be what ends them."""
        if job.attempts < MOST_PUT_BACKS:
            return False
        attempts = await self._patiently(lambda: self._store.attempts(job.id))
        tried = sum(each.kind == "model" and each.at >= job.created_at for each in attempts)
        return job.attempts - tried >= MOST_PUT_BACKS

    async def _try_once(self, job: Job, request: AssessmentRequest) -> Finished | None:
        """Assess a job that is in this process's hand; None where it is put back, to be tried later."""
        began = self._clock()
        with self._recorder.listening() as heard:
            result = await self._assessed(request)
        if isinstance(result, EvaluatorError):
            return await self._failed(job, request, result, began, heard)
        tried = self._attempt(began, "succeeded")
        entry = self._entry(job, request, result, heard)
        with self._deliveries.place(job.id) as deliverer:
            ended = await self._patiently(
                lambda: self._store.finish(
                    job.id,
                    _without_secret(result),
                    status=result.status,
                    deliver_until=self._deliveries.until,
                    deliverer=deliverer,
                    attempt=tried,
                    also=self._recorded(entry, self._deliveries.queue_if_owed),
                )
            )
            if ended is not None:
                self._deliveries.begin(ended)
        if ended is None:
            return await self._as_it_is(job, request, Finished(result), entry)
        return Finished(result, receipt=Receipt(job.id, job.run))

    async def _assessed(self, request: AssessmentRequest) -> AssessmentResult | EvaluatorError:
        try:
            return await self._assessor.assess(request)
        except EvaluatorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the job boundary: a defect of ours is a failure, never a score
            _log.error("assessment broke", exc_info=error)
            return EvaluatorError("internal error; the log tells more")

    def _entry(
        self,
        job: Job,
        request: AssessmentRequest | None,
        result: AssessmentResult,
        heard: Sequence[Exchange] = (),
        error: EvaluatorError | None = None,
    ) -> Entry:
        """Return the audit record of an evaluation that ends now."""
        subject = Subject(job.id, job.run, job.candidate_id, job.step_id, request)
        name = None if error is None else type(error).__name__
        return self._recorder.evaluated(subject, result, heard, at=self._clock(), error=name)

    def _recorded(self, entry: Entry, then: Also | None = None) -> Also:
        """Return what adds `entry` to the audit record in the transaction that ends its job."""

        def also(connection: Connection, job: Job) -> None:
            self._store.records.append(connection, entry)
            if then is not None:
                then(connection, job)

        return also

    async def fetched(self, job: Job, request: AssessmentRequest) -> Finished | None:
        """Return the kept result of a job, with the secret that came now; None where it is not held."""
        payloads = await self._store.payloads(job.id)
        if payloads is None or payloads.result is None:
            return None
        stored = json.loads(payloads.result)
        result = AssessmentResult.model_validate({**stored, "call_secret": request.call_secret})
        unreceived = job.delivery not in ("answered", "delivered")
        return Finished(result, receipt=Receipt(job.id, job.run) if unreceived else None)

    async def patiently(self, action: Callable[[], Awaitable[_T]]) -> _T:
        """Do what needs the database, again and again while it cannot be used."""
        return await self._patiently(action)

    async def _as_it_is(
        self, job: Job, request: AssessmentRequest, own: Finished, entry: Entry | None = None
    ) -> Finished | None:
        """Return what a caller is told of a job that another process ended or took before this try could.

        That is the result that counts; where there will be none, what came of this try; None where the job is
        being worked on. What comes of a cancelled job is told, and so it is recorded with `entry`.
        """
        now = await self._patiently(lambda: self._store.get(job.id))
        if now is not None and now.state == "succeeded":
            return await self._patiently(lambda: self.fetched(now, request)) or own
        if now is not None and now.state == "failed":
            return replace(own, receipt=Receipt(now.id, now.run)) if own.error else own
        if now is not None and now.state == "cancelled" and entry is not None:
            await self._patiently(lambda: self._store.records.add(entry))
        return own if now is None or now.state == "cancelled" else None

    async def _failed(
        self,
        job: Job,
        request: AssessmentRequest,
        error: EvaluatorError,
        began: float,
        heard: Sequence[Exchange],
    ) -> Finished | None:
        """Put a failed try back, or end the job where trying again cannot help or the time is over."""
        _log_failure(job, error)
        now = await self._patiently(lambda: self._store.get(job.id))
        job = now or job  # its caller may have left meanwhile
        tried = self._attempt(began, type(error).__name__, str(error))
        status = error.result_status
        finished = Finished(self._failure(request, error.public, status), error)
        again = self._try_again_at(job, error)
        if again is not None:
            put_back = await self._patiently(lambda: self._postpone(job, error.public, again, tried))
            return None if put_back else await self._as_it_is(job, request, finished)
        entry = self._entry(job, request, finished.result, heard, error)
        ended = await self._patiently(lambda: self._end(job, request, error.public, entry, tried, status))
        if ended is None:
            return await self._as_it_is(job, request, finished, entry)
        return replace(finished, receipt=Receipt(job.id, job.run))

    async def _end(
        self,
        job: Job,
        request: AssessmentRequest,
        failure: str,
        entry: Entry,
        tried: Attempt | None,
        status: Unrated = "failed",
    ) -> Job | None:
        """End a job of this process's without a rating; None where it is not that any more."""
        return await self._store.fail(
            job.id,
            failure,
            status=status,
            result=self._failure_callback(request, failure, status),
            held_by=self._executor_id,
            deliver_until=self._deliveries.until,
            attempt=tried,
            also=self._recorded(entry, self._deliveries.queue_if_owed),
        )

    async def _postpone(self, job: Job, failure: str, at: float, tried: Attempt) -> Job | None:
        def queue_again(connection: Connection, put: Job) -> None:
            self._queue.enqueue(connection, "assess", put.id, delay_s=max(0.0, at - self._clock()))

        return await self._store.postpone(
            job.id,
            failure,
            next_try_at=at,
            held_by=self._executor_id,
            attempt=tried,
            also=queue_again,
        )

    def _try_again_at(self, job: Job, error: EvaluatorError) -> float | None:
        """Return when to try again; never where the caller waits for the answer (no deadline of its own)."""
        if error.permanent or job.deadline_at is None:
            return None
        return self._model_backoff.next_try_at(
            job.attempts + 1,
            now=self._clock(),
            deadline_at=job.deadline_at,
            uniform=self._uniform,
            asked_s=getattr(error, "retry_after_s", None),
        )

    def _failure_callback(self, request: AssessmentRequest, details: str, status: Unrated) -> bytes | None:
        """Return what to call back with: the rating that the candidate had, unchanged, or nothing at all."""
        if request.current_rating is None:
            return None
        result = self._failure(request, details, status)
        return _without_secret(result.model_copy(update={"rating": request.current_rating}))

    def _failure(self, request: AssessmentRequest, details: str, status: Unrated) -> AssessmentResult:
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        return failed(request, details=details, at=at, app_id=self._app_id, status=status)

    def _unread(self, job: Job, details: str) -> AssessmentResult:
        """Return what is recorded of a job whose request is not there any more."""
        return AssessmentResult(
            candidate_id=job.candidate_id,
            pipeline_step_id=job.step_id,
            call_secret="",
            status="failed",
            failure_details=details,
            created_at=datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds"),
        )

    def _attempt(self, began: float, outcome: str, detail: str | None = None) -> Attempt:
        return Attempt("model", began, outcome, round((self._clock() - began) * 1000), detail=detail)


def _log_failure(job: Job, error: EvaluatorError) -> None:
    if isinstance(error, OptedOut):
        _log.info("candidate opted out", job=job.id)
        return
    told = {"error": type(error).__name__, "details": str(error), **_spent(error)}
    _log.warning("assessment failed", job=job.id, **told)


def _spent(error: EvaluatorError) -> dict[str, float | None]:
    """Return what the failed calls took, for the log; nothing where none was made."""
    return asdict(error.spent) if isinstance(error, ModelError) and error.spent.calls else {}


def _without_secret(result: AssessmentResult) -> bytes:
    return result.model_dump_json(exclude_none=True, exclude={"call_secret"}).encode()
