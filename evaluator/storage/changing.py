"""One change of one job, with all that goes with it, in one transaction.

May import `storage` siblings.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from evaluator.storage import listing, statements
from evaluator.storage.database import Database
from evaluator.storage.rows import Attempt, Job
from evaluator.storage.sealing import Sealer
from evaluator.storage.writer import Reader, Writer

Also = Callable[[Connection, Job], None]
"""Statements for the same transaction; they may be run again after it was undone."""


class Changing:
    """What the parts of the store of jobs share: the threads of a database, its keys, and a clock."""

    def __init__(self, database: Database, sealer: Sealer, *, clock: Callable[[], float] = time.time) -> None:
        """`sealer` must fit the database; `clock` returns epoch seconds."""
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._writer = Writer(database)
        self._reader = Reader(database)

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
