"""The store of jobs: the one interface through which they are kept, changed and looked at.

Every change is one operation of `writer`, so those asked for at the same moment share a commit, and each
is durable when its call returns. A change that the job's state does not allow changes nothing and
returns None: the job was finished, cancelled or erased meanwhile, and `get` tells which.

Most take `also`: further statements for the same transaction, run with the job in its new form, and only
where it was changed. All raise StorageUnavailable. May import `contract` and `storage` siblings.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from evaluator.contract.request import Identifier
from evaluator.storage import erasing, listing, statements
from evaluator.storage.accepting import accept, acceptance_of, new_mark
from evaluator.storage.database import Database
from evaluator.storage.looking import Looking
from evaluator.storage.pack_versions import PackVersions
from evaluator.storage.records import Records
from evaluator.storage.rows import (
    Accepted,
    Attempt,
    Erasure,
    Job,
    NewJob,
    canonical,
    storable,
)
from evaluator.storage.sealing import Sealer
from evaluator.storage.studio_cases import StudioCases
from evaluator.storage.studio_runs import StudioRuns
from evaluator.storage.studio_sessions import StudioSessions
from evaluator.storage.writer import Reader, Writer

Also = Callable[[Connection, Job], None]
"""Statements for the same transaction; they may be run again after it was undone."""

CANCELLED_NOTE = "cancelled by an operator"
"""Why a delivery is dead that a person gave up."""


class JobStore(Looking):
    """Jobs in a database whose schema is up to date. Used from one loop, and ended by `aclose`."""

    def __init__(self, database: Database, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        """`sealer` must fit the database; `clock` returns epoch seconds."""
        super().__init__(Reader(database), sealer, clock)
        self._database = database
        self._writer = Writer(database)
        self.pack_versions = PackVersions(self._writer, self._reader, clock)
        self.records = Records(self._writer, self._reader, sealer)
        self.studio_cases = StudioCases(self._writer, self._reader, sealer, clock)
        self.studio_runs = StudioRuns(self._writer, self._reader, sealer, clock)
        self.studio_sessions = StudioSessions(self._writer, self._reader, sealer)
        self._copies_left = True  # an earlier process may have left some

    async def aclose(self) -> None:
        """Finish what was asked for and close the connections."""
        await self._writer.aclose()
        await self._reader.aclose()
        self._database.close()

    def fingerprint(self, *parts: bytes | str) -> str:
        """Return the mark by which `parts` are known again in this database, 64 hexadecimal digits."""
        return self._sealer.fingerprint(*parts)

    # The assessment

    async def accept(self, new: NewJob, *, also: Also | None = None) -> Accepted:
        """Keep a request; where it is there already, return the job that it became.

        A failed or cancelled one is set going anew, with the mode, secret and owner that came now, and
        its earlier result is dropped. Of many calls with one id, one alone gets `new` or `again`.
        """
        acceptance = acceptance_of(new, self._sealer, at=self._clock())

        def operation(connection: Connection) -> Accepted:
            accepted = accept(connection, acceptance)
            if also is not None and accepted.how != "existing":
                also(connection, accepted.job)
            return accepted

        return await self._writer.run(operation)

    async def claim(
        self,
        job_id: str,
        owner: str,
        *,
        early_s: float = 0.0,
        held_by: str | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Take a job that waits into the hand of the process `owner`; of several, one alone gets it.

        Not before its time has come, less `early_s`. With `held_by` out of that process's hand instead, so
        that one alone takes over from a dead one.
        """
        given = {"owner": owner, "held_by": held_by, "due_by": self._clock() + early_s}
        return await self._change(statements.CLAIM, job_id, also, given=given)

    async def release(self, job_id: str, *, seen: Job | None = None, also: Also | None = None) -> Job | None:
        """Let go of a job, whatever its state; one that runs waits again.

        With `seen`, the job as it was looked at, only where nothing has happened to it since.
        """
        given: Mapping[str, Any] = {
            "was_seen": int(seen is not None),
            "seen_at": seen and seen.updated_at,
            "seen_owner": seen and seen.owner,
        }
        return await self._change(statements.RELEASE, job_id, also, given=given)

    async def postpone(
        self,
        job_id: str,
        failure: str,
        *,
        next_try_at: float,
        held_by: str | None = None,
        attempt: Attempt | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Put an assessment back after a `failure` that may pass, to be tried at `next_try_at`.

        With `held_by` only where that process has the job in hand.
        """
        given = {"failure": storable(failure), "next_try_at": next_try_at, "held_by": held_by}
        return await self._change(statements.POSTPONE, job_id, also, attempt=attempt, given=given)

    async def finish(
        self,
        job_id: str,
        result: bytes,
        *,
        status: str,
        deliver_until: float | None = None,
        deliverer: str | None = None,
        pack: str | None = None,
        attempt: Attempt | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Keep the result of an assessment; the first one counts.

        `deliver_until`: when a delivery that is owed will be given up; `deliverer` then keeps the job in
        hand, to deliver it. Where none is owed, the owner does until it is answered.
        """
        given = {"status": status, "pack": pack, "deadline_at": deliver_until, "deliverer": deliverer}
        return await self._change(
            statements.FINISH, job_id, also, attempt=attempt, result=result, given=given
        )

    async def fail(
        self,
        job_id: str,
        failure: str,
        *,
        status: str = "failed",
        result: bytes | None = None,
        held_by: str | None = None,
        deliver_until: float | None = None,
        attempt: Attempt | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """End an assessment without a rating; `failure` says why, without a word about the candidate.

        `result` is what to call back with; a delivery that is owed is dead without it. With `held_by`
        only where that process has the job in hand.
        """
        given = {"failure": storable(failure), "held_by": held_by, "deadline_at": deliver_until}
        told = status if result or status != "failed" else None
        given |= {"status": told, "has_result": int(result is not None)}
        return await self._change(statements.FAIL, job_id, also, attempt=attempt, result=result, given=given)

    async def cancel(self, job_id: str, *, also: Also | None = None) -> Job | None:
        """End a job that waits or runs, or give up a delivery that is owed or held."""
        ended = await self._change(statements.CANCEL, job_id, also)
        dead = {"note": CANCELLED_NOTE, "run": None}
        return ended or await self._change(statements.DEAD, job_id, also, given=dead)

    async def retry(
        self,
        job_id: str,
        *,
        callback: bool,
        owner: str | None = None,
        deadline_at: float | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Set a failed or cancelled job going anew.

        With `callback` its result is called back where its secret is still held; else it waits to be
        asked for again.
        """
        mark = new_mark()

        def drop_result(connection: Connection, job: Job) -> None:
            connection.execute(statements.DROP_RESULT, {"job": job.id})
            if also is not None:
                also(connection, job)

        given = {"owner": owner, "deadline_at": deadline_at, "callback": int(callback), "acceptance": mark}
        return await self._change(statements.RETRY, job_id, drop_result, given=given)

    # The delivery

    async def mark_answered(self, job_id: str, *, run: int | None = None) -> bool:
        """Note that a result was answered directly, and is not to be called back; False where it was not so.

        `run` is the one that was answered: not another. The secret of a result is erased with it; a failed
        job keeps its own for a further run.
        """
        row = {"job": job_id, "now": self._clock(), "new_run": run}
        return await self._writer.run(
            lambda connection: bool(connection.execute(statements.ANSWERED, row).rowcount)
        )

    async def want_callback(
        self,
        job_id: str,
        *,
        assess_until: float | None = None,
        deliver_until: float | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Note that a job, finished or not, will be called back, since its caller no longer waits.

        `assess_until` is how long one that had no time set is tried from now on, `deliver_until` how long the
        delivery of one that has ended is.
        """
        given = {"assess_until": assess_until, "deadline_at": deliver_until}
        return await self._change(statements.WANT_CALLBACK, job_id, also, given=given)

    async def claim_delivery(self, job_id: str, owner: str, *, early_s: float = 0.0) -> Job | None:
        """Take a delivery that is owed or held into the hand of the process `owner`, which alone makes it.

        Not before its time has come, less `early_s`.
        """
        given = {"owner": owner, "due_by": self._clock() + early_s}
        return await self._change(statements.CLAIM_DELIVERY, job_id, None, given=given)

    async def delivered(
        self, job_id: str, attempt: Attempt | None, *, run: int | None = None, also: Also | None = None
    ) -> Job | None:
        """Note that the callback took the result, of `run` where one is given; its secret is erased."""
        return await self._change(statements.DELIVERED, job_id, also, attempt=attempt, given={"run": run})

    async def put_off(
        self,
        job_id: str,
        attempt: Attempt | None,
        *,
        delivery: Literal["owed", "held"],
        next_try_at: float,
        note: str,
        run: int | None = None,
        held_by: str | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Note that a delivery failed for now, or is held, and when it is tried again; `note` says why.

        Without `attempt` nothing was tried, and it does not count as a try. With `run` only where it is of
        that one, with `held_by` only where that process has the delivery in hand.
        """
        given: dict[str, Any] = {"delivery": delivery, "next_try_at": next_try_at, "note": storable(note)}
        given |= {"tries": int(attempt is not None), "held_by": held_by, "run": run}
        return await self._change(statements.PUT_OFF, job_id, also, attempt=attempt, given=given)

    async def give_up(
        self,
        job_id: str,
        attempt: Attempt | None,
        *,
        note: str,
        run: int | None = None,
        also: Also | None = None,
    ) -> Job | None:
        """Note that a delivery is dead, of `run` where one is given, and why."""
        given = {"note": storable(note), "run": run}
        return await self._change(statements.DEAD, job_id, also, attempt=attempt, given=given)

    async def expire(self, *, by_s: float) -> tuple[str, ...]:
        """Give up deliveries that nobody makes and whose time was over `by_s` seconds ago; return the ids."""
        now = self._clock()
        return await self._writer.run(
            lambda connection: tuple(
                connection.execute(statements.EXPIRE, {"now": now, "before": now - by_s}).scalars()
            )
        )

    async def replay(
        self, job_id: str, *, deliver_until: float | None = None, also: Also | None = None
    ) -> Job | None:
        """Owe a dead delivery again, where there is a result to deliver."""
        return await self._change(statements.REPLAY, job_id, also, given={"deadline_at": deliver_until})

    # Taking away

    async def erase_candidate(self, candidate_id: Identifier) -> Erasure:
        """Delete all that is held of a candidate, whatever its state, and keep a record without their id."""
        candidate, now = canonical(candidate_id), self._clock()
        mark = self.fingerprint("candidate", candidate)
        erased = await self._writer.run(
            lambda connection: erasing.erase(connection, candidate, self.records, mark=mark, at=now)
        )
        return replace(erased, overwritten=await erasing.overwritten(self._reader))

    async def sweep(self, *, limit: int = 500) -> tuple[str, ...]:
        """Delete up to `limit` jobs that have outlived their retention, and return their ids.

        Old copies in SQLite's files go too; those that somebody reads, with a later sweep.
        """
        now = self._clock()
        ids = await self._writer.run(lambda connection: erasing.sweep(connection, now, limit))
        self._copies_left = self._copies_left or bool(ids)
        if self._copies_left:
            self._copies_left = not await erasing.overwritten(self._reader)
        return ids

    async def _change(
        self,
        statement: ReturningUpdate[Any],
        job_id: str,
        also: Also | None,
        *,
        attempt: Attempt | None = None,
        result: bytes | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Job | None:
        """Run a statement on one job, and where it took effect what goes with it.

        The attempt is kept as long as the job is there.
        """
        parameters = {"job": job_id, "now": self._clock()} | {
            f"new_{name}": value for name, value in (given or {}).items()
        }
        tried = None if attempt is None else listing.attempt_row(job_id, attempt, self._sealer)
        sealed = None if result is None else self._sealer.seal(result)
        kept = {"job_id": job_id, "kind": "result", "sealed": sealed}

        def operation(connection: Connection) -> Job | None:
            row = connection.execute(statement, parameters).one_or_none()
            if tried is not None:
                connection.execute(statements.INSERT_ATTEMPT, tried)
            if row is None:
                return None
            if sealed is not None:
                connection.execute(statements.INSERT_PAYLOAD, kept)
            job = listing.job_of(row)
            if also is not None:
                also(connection, job)
            return job

        return await self._writer.run(operation)
