"""One try of one job: to assess it, or to deliver its result. What becomes of it is in the store.

Both the queue and a direct request run `Work`; it decides what is tried again and when. May import
`assessment`, `storage`, `delivery` and below.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import Connection

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, failed
from evaluator.delivery.attempt import Attempt as Delivery
from evaluator.delivery.backoff import Backoff, Uniform
from evaluator.delivery.breaker import Breaker
from evaluator.errors import EvaluatorError, ModelError, StorageUnavailable
from evaluator.jobs.engine import Kind
from evaluator.jobs.keys import unpacked
from evaluator.jobs.seam import Finished
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Attempt, Job

_log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
"""Pauses between two tries to use a database that is gone or full."""

DELIVER_WITHIN_S = 86_400.0

MOST_TRIES = 200
"""Tries and put-backs of one assessment, after which it fails: one that ends its process ends many."""

REMOVED = "[removed]"
"""Stands in what a callback answered for the secret that it was sent."""

EARLY_S = 1.0
"""By how much a unit may come before its time: clocks of several machines do not quite agree.

One that comes earlier has come twice, for another is queued for the time.
"""

_T = TypeVar("_T")


class Assesses(Protocol):
    """The assessment pipeline, seen from here."""

    def check(self, request: AssessmentRequest) -> None:
        """Raise InvalidRequest where the request's values cannot be served."""
        ...

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """Return a result with a rating, or raise an EvaluatorError."""
        ...


class Sends(Protocol):
    """The callback, seen from here."""

    async def send(self, result: bytes) -> Delivery:
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
    """A delivery whose time has come; some callbacks echo the secret, which is to be known again."""

    job: Job
    body: bytes
    secret: str
    callback: Callback


class Work:
    """Tries jobs. Safe to run twice for one job: the store lets one of two through."""

    def __init__(
        self,
        *,
        store: JobStore,
        assessor: Assesses,
        queue: Enqueues,
        callback: Callback | None,
        model_backoff: Backoff,
        executor_id: str,
        app_id: str | None,
        deliver_within_s: float = DELIVER_WITHIN_S,
        clock: Callable[[], float] = time.time,
        uniform: Uniform = random.uniform,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`callback` is None where results cannot be called back; `model_backoff` is for assessments.

        `deliver_within_s`: how long a delivery is tried, by whichever process has a callback.

        The rest is for tests.
        """
        self._store = store
        self._assessor = assessor
        self._queue = queue
        self._callback = callback
        self._model_backoff = model_backoff
        self._executor_id = executor_id
        self._app_id = app_id
        self._deliver_within_s = deliver_within_s
        self._clock = clock
        self._uniform = uniform
        self._sleep = sleep
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._in_hand: Counter[str] = Counter()

    @property
    def in_hand(self) -> frozenset[str]:
        """The jobs that are worked on at this moment."""
        return frozenset(self._in_hand)

    async def assess(self, job_id: str) -> None:
        """Assess a job from the queue, if it still waits."""
        await self._in_turn(job_id, lambda: self._assess(job_id))

    async def deliver(self, job_id: str) -> None:
        """Deliver the result of a job from the queue, if that is still owed and its time has come."""
        await self._in_turn(job_id, lambda: self._deliver(job_id))

    async def direct(self, job: Job, request: AssessmentRequest) -> Finished | None:
        """Assess a job that was accepted into this process's hand; None where it is put back."""
        return await self._in_turn(job.id, lambda: self._try_once(job, request))

    async def _in_turn(self, job_id: str, action: Callable[[], Awaitable[_T]]) -> _T:
        """Do something about a job when nothing else here does; its next unit may come early."""
        turn = self._turns.setdefault(job_id, asyncio.Lock())
        self._in_hand[job_id] += 1
        try:
            async with turn:
                return await action()
        finally:
            self._in_hand[job_id] -= 1
            if not self._in_hand[job_id]:
                del self._in_hand[job_id]

    async def _assess(self, job_id: str) -> None:
        # Each step is patient by itself: a job that was claimed could not be claimed again.
        job = await self.patiently(lambda: self._store.claim(job_id, self._executor_id, early_s=EARLY_S))
        if job is None:
            return
        payloads = await self.patiently(lambda: self._store.payloads(job_id))
        try:
            request, failure = unpacked(payloads) if payloads else None, "the request is no longer held"
        except ValueError:
            request, failure = None, "the stored request cannot be read by this version"
        if job.attempts >= MOST_TRIES:
            request, failure = None, f"given up after {job.attempts} tries"
        if request is None:
            await self.patiently(lambda: self._store.fail(job_id, failure))
            return
        await self._try_once(job, request)

    async def _try_once(self, job: Job, request: AssessmentRequest) -> Finished | None:
        """Assess a job that is in this process's hand; None where it is put back, to be tried later."""
        began = self._clock()
        try:
            result = await self._assessor.assess(request)
        except EvaluatorError as error:
            return await self._failed(job, request, error, began)
        except Exception as error:  # noqa: BLE001 - the job boundary: a defect of ours is a failure, never a score
            _log.error("assessment broke", exc_info=error)
            hidden = EvaluatorError("internal error; the log tells more")
            return await self._failed(job, request, hidden, began)
        tried = self._attempt(began, "succeeded")
        await self.patiently(
            lambda: self._store.finish(
                job.id,
                _without_secret(result),
                status=result.status,
                deliver_until=self._deliver_until(),
                attempt=tried,
                also=self.deliver_if_owed,
            )
        )
        return Finished(result, job_id=job.id)

    async def _deliver(self, job_id: str) -> None:
        due = await self.patiently(lambda: self._due(job_id))
        if due is None:
            return
        tried = await due.callback.client.send(due.body)
        due.callback.breaker.record(endpoint_works=tried.endpoint_works)
        told = tried.detail.replace(due.secret, REMOVED) if due.secret else tried.detail
        # Patient by itself: what was taken must not be sent again because that could not be written down.
        await self.patiently(lambda: self._after(due.job, replace(tried, detail=told)))

    async def _due(self, job_id: str) -> _Due | None:
        """Return a job whose result is to go out now, and what to post; None where nothing is."""
        job = await self._store.get(job_id)
        if job is None or job.delivery not in ("owed", "held") or job.state not in ("succeeded", "failed"):
            return None
        if job.next_try_at is not None and self._clock() < job.next_try_at - EARLY_S:
            return None
        found = await self._body(job_id)
        if self._callback is None or found is None:
            why = "there is no callback" if self._callback is None else "nothing is left to deliver"
            await self._store.give_up(job_id, None, note=why)
            return None
        wait_s = self._callback.breaker.admit()
        if wait_s > 0:
            await self._put_off(job, None, self._clock() + wait_s, "the callback as a whole is down")
            return None
        return _Due(job, *found, self._callback)

    async def patiently(self, action: Callable[[], Awaitable[_T]]) -> _T:
        """Do what needs the database, again and again while it cannot be used: nothing accepted is lost."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await action()
            except StorageUnavailable as error:
                _log.error("the database cannot be used for now", details=str(error), again_in_s=pause_s)
            await self._sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def deliver_if_owed(self, connection: Connection, job: Job) -> None:
        """Queue the delivery of a job that has ended, where one is owed; joins the store's transaction."""
        if job.delivery in ("owed", "held") and job.state in ("succeeded", "failed"):
            self._queue.enqueue(connection, "deliver", job.id)

    async def _failed(
        self, job: Job, request: AssessmentRequest, error: EvaluatorError, began: float
    ) -> Finished | None:
        """Put a failed try back, or end the job where trying again cannot help or the time is over."""
        told = {"error": type(error).__name__, "details": str(error), **_spent(error)}
        _log.warning("assessment failed", job=job.id, **told)
        now = await self.patiently(lambda: self._store.get(job.id))
        job = now or job  # its caller may have left meanwhile
        tried = self._attempt(began, type(error).__name__, str(error))
        again = self._try_again_at(job, error)
        if again is not None:
            put_back = await self.patiently(lambda: self._postpone(job, error.public, again, tried))
            return None if put_back else self._result_of_failure(request, error, job)
        finished = self._result_of_failure(request, error, job)
        await self.patiently(
            lambda: self._store.fail(
                job.id,
                error.public,
                result=self._failure_callback(request, error.public),
                held_by=self._executor_id,
                deliver_until=self._deliver_until(),
                attempt=tried,
                also=self.deliver_if_owed,
            )
        )
        return finished

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

    def _result_of_failure(self, request: AssessmentRequest, error: EvaluatorError, job: Job) -> Finished:
        return Finished(self._failure(request, error.public), error, job_id=job.id)

    def _failure_callback(self, request: AssessmentRequest, details: str) -> bytes | None:
        """Return what to call back with: the rating that the candidate had, unchanged, or nothing at all."""
        if request.current_rating is None:
            return None
        result = self._failure(request, details)
        return _without_secret(result.model_copy(update={"rating": request.current_rating}))

    def _failure(self, request: AssessmentRequest, details: str) -> AssessmentResult:
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        return failed(request, details=details, at=at, app_id=self._app_id)

    async def _body(self, job_id: str) -> tuple[bytes, str] | None:
        """Return what to call back with, and the secret in it; None where either is no longer held."""
        payloads = await self._store.payloads(job_id)
        if payloads is None or payloads.result is None or payloads.secret is None:
            return None
        secret = json.loads(payloads.secret)
        result = json.loads(payloads.result) | {"call_secret": secret}
        return json.dumps(result, ensure_ascii=False).encode(), str(secret)

    async def _after(self, job: Job, tried: Delivery) -> None:
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
            await self._put_off(job, attempt, self._next_delivery_at(job, tried), tried.reason, tried.outcome)

    def _next_delivery_at(self, job: Job, tried: Delivery) -> float | None:
        if self._callback is None:
            return None
        return self._callback.backoff.next_try_at(
            job.attempts + 1,
            now=self._clock(),
            deadline_at=job.deadline_at or (job.finished_at or self._clock()) + self._deliver_within_s,
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
            also=lambda connection, put: self._queue.enqueue(connection, "deliver", put.id, delay_s=at - now),
        )

    def _deliver_until(self) -> float:
        return self._clock() + self._deliver_within_s

    def _attempt(self, began: float, outcome: str, detail: str | None = None) -> Attempt:
        return Attempt("model", began, outcome, round((self._clock() - began) * 1000), detail=detail)


def _spent(error: EvaluatorError) -> dict[str, float | None]:
    """Return what the failed calls took, for the log; nothing where none was made."""
    return asdict(error.spent) if isinstance(error, ModelError) and error.spent.calls else {}


def _without_secret(result: AssessmentResult) -> bytes:
    return result.model_dump_json(exclude_none=True, exclude={"call_secret"}).encode()
