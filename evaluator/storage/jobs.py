"""The store of jobs: the one interface through which they are kept, changed and looked at.

How they change stands in `assessments` and `deliveries`, how they are looked at in `looking`; here is how
they are taken away.

Every change is one operation of `writer`, so those asked for at the same moment share a commit, and each
is durable when its call returns. A change that the job's state does not allow changes nothing and
returns None: the job was finished, cancelled or erased meanwhile, and `get` tells which.

Most take `also`: further statements for the same transaction, run with the job in its new form, and only
where it was changed. All raise StorageUnavailable. May import `contract` and `storage` siblings.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from evaluator.contract.request import Identifier
from evaluator.storage import erasing
from evaluator.storage.assessments import CANCELLED_NOTE, Assessments
from evaluator.storage.changing import Also
from evaluator.storage.database import Database
from evaluator.storage.deliveries import Deliveries
from evaluator.storage.looking import Looking
from evaluator.storage.pack_versions import PackVersions
from evaluator.storage.records import Records
from evaluator.storage.rows import Erasure, canonical
from evaluator.storage.sealing import Sealer
from evaluator.storage.studio_cases import StudioCases
from evaluator.storage.studio_runs import StudioRuns
from evaluator.storage.studio_sessions import StudioSessions

__all__ = ["CANCELLED_NOTE", "Also", "JobStore"]


class JobStore(Assessments, Deliveries, Looking):
    """Jobs in a database whose schema is up to date. Used from one loop, and ended by `aclose`."""

    def __init__(self, database: Database, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        """`sealer` must fit the database; `clock` returns epoch seconds."""
        super().__init__(database, sealer, clock=clock)
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
