"""The store of jobs: the one interface through which they are kept, changed and looked at.

How they change stands in `assessments` and `deliveries`; here is how they are looked at and taken away.

Every change is one operation of `writer`, so those asked for at the same moment share a commit, and each
is durable when its call returns. A change that the job's state does not allow changes nothing and
returns None: the job was finished, cancelled or erased meanwhile, and `get` tells which.

Most take `also`: further statements for the same transaction, run with the job in its new form, and only
where it was changed. All raise StorageUnavailable. May import `contract` and `storage` siblings.
"""

import time
from collections.abc import Callable

from sqlalchemy import text

from evaluator.contract.request import Identifier
from evaluator.storage import erasing, listing
from evaluator.storage.assessments import CANCELLED_NOTE, Assessments
from evaluator.storage.changing import Also
from evaluator.storage.database import Database
from evaluator.storage.deliveries import Deliveries
from evaluator.storage.records import Records
from evaluator.storage.rows import Attempt, Counts, Erasure, Filter, Job, Page, Payloads, canonical
from evaluator.storage.sealing import Sealer

__all__ = ["CANCELLED_NOTE", "Also", "JobStore"]


class JobStore(Assessments, Deliveries):
    """Jobs in a database whose schema is up to date. Used from one loop, and ended by `aclose`."""

    def __init__(self, database: Database, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        """`sealer` must fit the database; `clock` returns epoch seconds."""
        super().__init__(database, sealer, clock=clock)
        self.records = Records(self._writer, self._reader, sealer)
        self._copies_left = True  # an earlier process may have left some

    async def aclose(self) -> None:
        """Finish what was asked for and close the connections."""
        await self._writer.aclose()
        await self._reader.aclose()
        self._database.close()

    def fingerprint(self, *parts: bytes | str) -> str:
        """Return the mark by which `parts` are known again in this database, 64 hexadecimal digits."""
        return self._sealer.fingerprint(*parts)

    async def ping(self) -> None:
        """Raise StorageUnavailable where the database does not answer."""
        await self._reader.run(lambda connection: connection.execute(text("SELECT 1")).scalar())

    # Looking

    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None where there is none of that id."""
        return await self._reader.run(lambda connection: listing.one(connection, job_id))

    async def payloads(self, job_id: str) -> Payloads | None:
        """Return what a job holds, in the clear. Raises StorageKeyWrong where no key opens it."""
        return await self._reader.run(
            lambda connection: listing.payloads_of(connection, job_id, self._sealer)
        )

    async def attempts(self, job_id: str) -> tuple[Attempt, ...]:
        """Return a job's attempts in order. Raises StorageKeyWrong where no key opens them."""
        return await self._reader.run(
            lambda connection: listing.attempts_of(connection, job_id, self._sealer)
        )

    async def list(self, wanted: Filter | None = None, *, limit: int = 50, cursor: str | None = None) -> Page:
        """Return up to `limit` jobs, newest first. Raises InvalidRequest where `cursor` is none of ours."""
        asked = wanted or Filter()
        return await self._reader.run(lambda connection: listing.page(connection, asked, limit, cursor))

    async def counts(self) -> Counts:
        """Return how many jobs there are in each state, and deliveries not yet made."""
        return await self._reader.run(listing.counts)

    async def owners(self) -> tuple[str, ...]:
        """Return the processes that have jobs in hand."""
        return await self._reader.run(listing.owners)

    async def orphans(self, dead_owner: str) -> tuple[Job, ...]:
        """Return what a process had in hand when it died: jobs that run, and results nobody was given."""
        return await self._reader.run(lambda connection: listing.held_by(connection, dead_owner))

    async def overdue(self, *, by_s: float, limit: int = 500) -> tuple[Job, ...]:
        """Return jobs that something should have been done about `by_s` seconds ago, the oldest first."""
        before = self._clock() - by_s
        return await self._reader.run(lambda connection: listing.overdue(connection, before, limit))

    # Taking away

    async def erase_candidate(self, candidate_id: Identifier) -> Erasure:
        """Delete all that is held of a candidate, whatever its state, and keep a record without their id."""
        candidate, now = canonical(candidate_id), self._clock()
        mark = self.fingerprint("candidate", candidate)
        ids, records = await self._writer.run(
            lambda connection: erasing.erase(connection, candidate, self.records, mark=mark, at=now)
        )
        return Erasure(now, mark, ids, overwritten=await erasing.overwritten(self._reader), records=records)

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
