"""What an operator does with jobs: look, retry, cancel, replay, correct, erase.

The one interface for it, whoever asks. It needs the store and the queue alone, so it works beside running
processes: it takes no lock, runs no engine, and changes a job only from a state that allows it. A call's
secret is never shown; what a job holds of its candidate only where it is asked for.
May import `jobs` siblings, `audit`, `storage` and below.
"""

import asyncio
import dataclasses
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection

from evaluator.audit.record import correction
from evaluator.errors import JobUnknown, JobUnsuited
from evaluator.jobs.delivering import Enqueues
from evaluator.jobs.echoes import REMOVED, without_secret
from evaluator.storage.jobs import CANCELLED_NOTE, JobStore
from evaluator.storage.rows import Attempt, Filter, Job, Page, Payloads, readings
from evaluator.storage.studio_cases import Said
from evaluator.storage.transitions import PENDING

CORRECTED = "Corrected ratings"
"""The cohort of the candidates whose rating a person has corrected."""

_BATCH = 500
_SECRET_IN_TEXT = re.compile(
    r"""(call_secret\\*["']?\s*[:=]\s*\\*["']?)(?:(?<=["'])[^"'\\]+|[^\s,;&}"'\\]+)"""
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A job with its attempts; `request` and `result` are there where they were asked for and are held."""

    job: Job
    attempts: tuple[Attempt, ...]
    request: dict[str, Any] | None = field(default=None, repr=False)
    result: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A job that was cancelled, and what a process had in hand of it then.

    What is `under_way` is not stopped: an assessment comes to nothing, a delivery may still arrive.
    """

    job: Job
    under_way: Literal["assessment", "delivery"] | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The jobs whose delivery is owed again, and the ids of those that were left, by reason.

    `without_result` had nothing to deliver, `cancelled` were given up by an operator.
    """

    jobs: tuple[Job, ...]
    without_result: tuple[str, ...]
    cancelled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, and the marks that stand for the candidate in the record.

    `overwritten` is False where old copies are left in SQLite's files, since somebody reads them. `records`
    counts the audit records that named or quoted them, `cases` the cases that were kept of them in cohorts,
    `run_rows` the results of drafts that were tried on them.
    """

    job_ids: tuple[str, ...]
    marks: tuple[str, ...]
    at: float
    overwritten: bool
    records: int = 0
    cases: int = 0
    run_rows: int = 0


@dataclass(frozen=True, slots=True)
class Corrected:
    """The number of the record that was added; `kept`: the request is now a case that bears the rating."""

    record: int
    kept: bool


class Operations:
    """Looks at jobs and changes them; a change raises JobUnknown, or JobUnsuited, which says what helps."""

    def __init__(
        self,
        *,
        store: JobStore,
        queue: Enqueues,
        assess_within_s: float,
        deliver_within_s: float,
        callback: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`assess_within_s`, `deliver_within_s`: how long what is set going here is tried.

        `callback`: whether results can be called back.
        """
        self._store = store
        self._queue = queue
        self._assess_within_s = assess_within_s
        self._deliver_within_s = deliver_within_s
        self._callback = callback
        self._clock = clock

    async def find(self, wanted: Filter, *, limit: int = 50, cursor: str | None = None) -> Page:
        """Return up to `limit` jobs, newest first. Raises InvalidRequest where `cursor` is none of ours."""
        return await self._store.list(wanted, limit=limit, cursor=cursor)

    async def show(self, job_id: str, *, request: bool = False, result: bool = False) -> Shown:
        """Return a job and its attempts, with what it holds of the candidate where that is asked for."""
        job = await self._job(job_id)
        held = await self._store.payloads(job_id) or Payloads(None, None, None)
        attempts = [_without_secret(each, held.secret) for each in await self._store.attempts(job_id)]
        return Shown(
            job,
            tuple(attempts),
            request=_decoded(held.request) if request else None,
            result=_decoded(held.result) if result else None,
        )

    async def retry(self, job_id: str) -> Job:
        """Set a failed or cancelled job going anew; its result is called back where that can be."""
        job = await self._job(job_id)
        if job.state in ("failed", "cancelled"):
            await self._check_request_is_held(job)
            # A mode that calls back was taken once, so the service can, whatever is set where this runs.
            anew = await self._store.retry(
                job_id,
                callback=self._callback or job.mode != "sync",
                deadline_at=self._clock() + self._assess_within_s,
                also=self._queue_assessment,
            )
            if anew is not None:
                return anew
            job = await self._job(job_id)
        raise JobUnsuited(f"{job_id} cannot be retried: {_why_no_retry(job)}")

    async def cancel(self, job_id: str) -> Cancelled:
        """End a job that waits or runs, or give up a delivery that is owed or held."""
        before = await self._job(job_id)
        ended = await self._store.cancel(job_id)
        if ended is not None:
            return Cancelled(ended, _under_way(before))
        job = await self._job(job_id)
        raise JobUnsuited(f"{job_id} cannot be cancelled: {_why_no_cancel(job)}")

    async def replay(self, job_id: str) -> Job:
        """Owe a dead delivery again, and have it made."""
        replayed = await self._replayed(job_id)
        if replayed is not None:
            return replayed
        job = await self._job(job_id)
        raise JobUnsuited(f"{job_id} cannot be replayed: {_why_no_replay(job)}")

    async def replay_all(self, wanted: Filter) -> Replayed:
        """Owe every dead delivery again that is wanted.

        Those that an operator cancelled, and those without a result, stay as they are.
        """
        dead = dataclasses.replace(wanted, deliveries=("dead",))
        replayed: list[Job] = []
        left: list[str] = []
        cancelled: list[str] = []
        cursor: str | None = None
        while True:
            page = await self._store.list(dead, limit=_BATCH, cursor=cursor)
            cancelled += [job.id for job in page.jobs if job.delivery_note == CANCELLED_NOTE]
            meant = [job for job in page.jobs if job.delivery_note != CANCELLED_NOTE]
            outcomes = await asyncio.gather(*(self._replayed(job.id) for job in meant))
            replayed += [job for job in outcomes if job is not None]
            left += [job.id for job, now in zip(meant, outcomes, strict=True) if now is None]
            cursor = page.cursor
            if cursor is None:
                return Replayed(tuple(replayed), tuple(left), tuple(cancelled))

    async def erase(self, candidate: str) -> Erased:
        """Erase all that is held of a candidate, results too; a record without the id stays.

        An id that spells a number is taken as text and as a number, for the sender may use either.
        """
        erased = [await self._store.erase_candidate(each) for each in readings(candidate)]
        ids = tuple(job_id for each in erased for job_id in each.job_ids)
        last = erased[-1]
        return Erased(
            ids,
            tuple(each.mark for each in erased),
            last.at,
            last.overwritten,
            records=sum(each.records for each in erased),
            cases=sum(each.cases for each in erased),
            run_rows=sum(each.run_rows for each in erased),
        )

    async def correct(self, job_id: str, *, by: str, note: str, rating: float | None) -> Corrected:
        """Record how a person corrected what was found of a job; nothing of it is changed.

        With a `rating`, 0 to 100, the request is kept in the cohort CORRECTED, as long as it is held. Raises
        JobUnknown where nothing is recorded of the job.
        """
        records = self._store.records
        evaluations = [each for each in await records.of_job(job_id) if each.kind == "evaluation"]
        latest = evaluations[-1] if evaluations else None
        if latest is None or latest.identity is None:
            raise JobUnknown(f"nothing is recorded of {job_id!r}: not evaluated yet, erased, or expired")
        named = json.loads(latest.identity)
        entry = correction(records, named, of=latest.seq, by=by, note=note, rating=rating, at=self._clock())
        if rating is None:
            return Corrected(await records.add(entry), kept=False)
        said = Said(rating, note)
        number, kept = await self._store.studio_cases.correct(
            job_id,
            CORRECTED,
            by=by,
            said=said,
            also=lambda connection: records.append(connection, entry),
        )
        return Corrected(number, kept)

    async def _job(self, job_id: str) -> Job:
        job = await self._store.get(job_id)
        if job is None:
            raise JobUnknown(f"there is no job {job_id!r}: erased, expired, or in another database")
        return job

    async def _replayed(self, job_id: str) -> Job | None:
        until = self._clock() + self._deliver_within_s
        return await self._store.replay(job_id, deliver_until=until, also=self._queue_delivery)

    async def _check_request_is_held(self, job: Job) -> None:
        held = await self._store.payloads(job.id)
        if held is None or held.request is None or held.secret is None:
            raise JobUnsuited(
                f"{job.id} cannot be retried: its secret is erased; have the request sent again"
            )

    def _queue_assessment(self, connection: Connection, job: Job) -> None:
        self._queue.enqueue(connection, "assess", job.id)

    def _queue_delivery(self, connection: Connection, job: Job) -> None:
        self._queue.enqueue(connection, "deliver", job.id)


def _under_way(job: Job) -> Literal["assessment", "delivery"] | None:
    if job.state == "running":
        return "assessment"
    return "delivery" if job.delivery in PENDING and job.owner is not None else None


def _why_no_retry(job: Job) -> str:
    if job.state == "succeeded":
        again = "; its delivery is dead: replay it" if job.delivery == "dead" else ""
        return f"it has succeeded{again}"
    return "it waits for its turn by itself" if job.state == "waiting" else "it is being worked on"


def _why_no_cancel(job: Job) -> str:
    return "it is cancelled already" if job.state == "cancelled" else "it has ended, and no delivery is owed"


def _why_no_replay(job: Job) -> str:
    if job.delivery == "dead":
        return "it has no result to deliver: retry it"
    return {
        "none": "no delivery was ever asked for",
        "owed": "its delivery is still being tried",
        "held": "its delivery is held, and still being tried",
        "answered": "its result was answered directly",
        "delivered": "its result was delivered",
    }[job.delivery]


def _decoded(payload: bytes | None) -> dict[str, Any] | None:
    """Return what is held; the secret is kept apart and is not in it."""
    found: dict[str, Any] | None = None if payload is None else json.loads(payload)
    return found


def _without_secret(attempt: Attempt, secret: bytes | None) -> Attempt:
    """Return an attempt whose detail, what an endpoint answered, does not repeat the call's secret."""
    if attempt.detail is None:
        return attempt
    detail = _SECRET_IN_TEXT.sub(rf"\1{REMOVED}", attempt.detail)
    return dataclasses.replace(attempt, detail=without_secret(detail, secret))
