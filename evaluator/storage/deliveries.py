"""The store's part on deliveries: owed, taken in hand, made, put off, and given up.

May import `storage` siblings.
"""

from typing import Any, Literal

from evaluator.storage import statements
from evaluator.storage.changing import Also, Changing
from evaluator.storage.rows import Attempt, Job, storable


class Deliveries(Changing):
    """Changes of a job on its result's way to who asked for it."""

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
