"""Looking at jobs: the part of the store that changes nothing.

All raise StorageUnavailable. May import `storage` siblings.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from evaluator.storage import listing
from evaluator.storage.changing import Store
from evaluator.storage.rows import Attempt, Counts, Filter, Job, Page, Payloads


class Looking(Store):
    """The jobs of a database, as they are."""

    async def ping(self) -> None:
        """Raise StorageUnavailable where the database does not answer."""
        await self._reader.run(lambda connection: connection.execute(text("SELECT 1")).scalar())

    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None where there is none of that id."""
        return await self._reader.run(lambda connection: listing.one(connection, job_id))

    async def payloads(self, job_id: str) -> Payloads | None:
        """Return what a job holds, in the clear. Raises StorageKeyWrong where no key opens it."""
        return await self._reader.run(
            lambda connection: listing.payloads_of(connection, job_id, self._sealer)
        )

    async def results(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the results of jobs, by id, as far as they are held: for the few that a page shows."""
        return await self._reader.run(lambda connection: listing.results_of(connection, ids, self._sealer))

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

    async def finished_by_pack(self) -> Mapping[str | None, int]:
        """Return how many jobs with a rating are held for each pack, None where none was named."""
        return await self._reader.run(listing.finished_by_pack)

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
