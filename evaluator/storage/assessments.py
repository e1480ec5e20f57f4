"""The store's part on assessments: accepted, taken in hand, put back, and ended.

May import `storage` siblings.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from evaluator.storage import statements
from evaluator.storage.accepting import accept, acceptance_of, new_mark
from evaluator.storage.changing import Also, Changing
from evaluator.storage.rows import Accepted, Attempt, Job, NewJob, storable

CANCELLED_NOTE = "cancelled by an operator"
"""Why a delivery is dead that a person gave up."""


class Assessments(Changing):
    """Changes of a job on its way to a result."""

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
