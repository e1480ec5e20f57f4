"""Taking jobs away: what has outlived its retention, and all that is held of a candidate.

Each function but the last is an operation for `writer`, given a connection first. May import `contract` and
`storage` siblings.
"""

import asyncio

from sqlalchemy import Connection, bindparam, delete, insert, select

from evaluator.storage.chain import drop_content
from evaluator.storage.records import Records
from evaluator.storage.rows import Erasure
from evaluator.storage.schema import erasures, jobs, studio_cases, studio_run_rows
from evaluator.storage.writer import Reader

OVERWRITE_TRIES = 30

OVERWRITE_PAUSE_S = 0.1
"""Seconds between two tries to overwrite what was deleted, while somebody reads or writes."""

# Rows that another process is sweeping are left to it.
_OUTLIVED = (
    select(jobs.c.id)
    .where(jobs.c.retain_until <= bindparam("now"))
    .order_by(jobs.c.retain_until)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SWEEP = delete(jobs).where(jobs.c.id.in_(_OUTLIVED)).returning(jobs.c.id)
_ERASE = delete(jobs).where(jobs.c.candidate_id == bindparam("candidate")).returning(jobs.c.id)
_ERASE_CASES = delete(studio_cases).where(studio_cases.c.candidate == bindparam("candidate"))
_ERASE_RUN_ROWS = delete(studio_run_rows).where(studio_run_rows.c.candidate == bindparam("candidate"))
_RECORD = insert(erasures)


def sweep(connection: Connection, now: float, most: int) -> tuple[str, ...]:
    """Delete up to `most` jobs that are to be kept until `now` or less long; return their ids.

    What the audit record quotes of them goes too.
    """
    ids = tuple(connection.execute(_SWEEP, {"now": now, "most": most}).scalars())
    drop_content(connection, ids)
    return ids


def erase(connection: Connection, candidate: str, records: Records, *, mark: str, at: float) -> Erasure:
    """Delete all that is held of a candidate, given in canonical form, and record it.

    Payloads and attempts go with their job, kept cases leave their cohorts. The record holds `mark`, the time
    and the number of jobs. The audit records stay without what names or quotes the candidate. Whether old
    copies are overwritten is not known yet.
    """
    given = {"candidate": candidate}
    # The jobs first: who keeps a case holds its job until the case is there.
    ids = tuple(connection.execute(_ERASE, given).scalars())
    cases = connection.execute(_ERASE_CASES, given).rowcount
    run_rows = connection.execute(_ERASE_RUN_ROWS, given).rowcount
    connection.execute(_RECORD, {"at": at, "mark": mark, "jobs": len(ids)})
    return Erasure(
        at,
        mark,
        ids,
        overwritten=False,
        records=records.erase(connection, mark, at),
        cases=cases,
        run_rows=run_rows,
    )


def overwrite_log(connection: Connection) -> bool:
    """Bring SQLite's log into the database and empty it, so that old copies of what was erased are gone.

    Returns False, without a wait, where somebody reads or writes just now. PostgreSQL clears up by itself
    (vacuum).
    """
    if connection.dialect.name != "sqlite":
        return True
    patience_ms = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    # While it waits for a reader nobody can write.
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience_ms}")
    return not busy


async def overwritten(reader: Reader) -> bool:
    """Have `overwrite_log` done; return False where others were in its way at every try."""
    for _ in range(OVERWRITE_TRIES):
        if await reader.run(overwrite_log):
            return True
        await asyncio.sleep(OVERWRITE_PAUSE_S)
    return False
