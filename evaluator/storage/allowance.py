"""The limits over all processes, kept in their database: each asks there before it asks the model.

It has a connection of its own, so that neither waits for the other: who keeps jobs, and who asks for a turn.
May import `errors` and `storage` siblings.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Double, bindparam, delete, event, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from evaluator.storage.database import Database, open_database
from evaluator.storage.limits import Decision, Limits, Other, Rate, Standing, Wish, corrected, decide
from evaluator.storage.schema import leases, rates
from evaluator.storage.writer import Writer

LEASE_S = 20.0
"""Seconds after which a process that was not heard of holds no place any more."""

_LOCK = select(rates.c.name, rates.c.arrival).order_by(rates.c.name).with_for_update()
_NOW = text("SELECT EXTRACT(EPOCH FROM clock_timestamp())::double precision")
_EXPIRE = delete(leases).where(leases.c.expires_at <= bindparam("now", type_=Double))
_OTHERS = select(leases.c.held, leases.c.waiting_since).where(leases.c.holder != bindparam("by"))
_LET_GO = delete(leases).where(leases.c.holder == bindparam("by"))
_ARRIVE = update(rates).where(rates.c.name == bindparam("rate")).values(arrival=bindparam("at", type_=Double))
_HOLD = {
    kind: (inserted := dialect.insert(leases)).on_conflict_do_update(
        index_elements=[leases.c.holder],
        set_={name: inserted.excluded[name] for name in ("held", "waiting_since", "expires_at")},
    )
    for kind, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
"""By the database's kind."""

_LAZILY = {"sqlite": "PRAGMA synchronous=NORMAL", "postgresql": "SET synchronous_commit = off"}
"""What a loss of power undoes here is seconds old, so no commit has to wait for the disk."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a process stands: its calls in flight, and its wishes, the oldest first.

    `tokens_over`: tokens that were used beyond what was reserved since the last report, mostly negative.
    """

    held: int
    wishes: Sequence[Wish] = ()
    tokens_over: int = 0


class Allowance:
    """Asks for turns in the name of one process. Used from one loop."""

    def __init__(
        self,
        database: Database,
        limits: Limits,
        holder: str,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`holder` is this process's own id, and no other's.

        `clock` returns epoch seconds. Without it, it is the database's with PostgreSQL, so that clocks of
        several machines need not agree, and this machine's with SQLite.
        """
        self._limits = limits
        self._holder = holder
        self._clock = clock or (time.time if database.kind == "sqlite" else None)
        self._writer = Writer(database)

    async def report(self, report: Report) -> Decision:
        """Tell how the process stands, which renews what it holds, and return what it is granted.

        What is granted counts as held from then on. Raises StorageUnavailable.
        """
        return await self._writer.run(lambda connection: self._exchange(connection, report))

    async def aclose(self) -> None:
        """Finish what was asked for."""
        await self._writer.aclose()

    def _exchange(self, connection: Connection, report: Report) -> Decision:
        before: dict[Rate, float] = {row.name: row.arrival for row in connection.execute(_LOCK)}
        now = self._clock() if self._clock else float(connection.execute(_NOW).scalar_one())
        arrivals = dict(before)
        if "tokens" in self._limits.intervals_s and report.tokens_over:
            interval_s = self._limits.intervals_s["tokens"]
            arrivals["tokens"] = corrected(arrivals["tokens"], now, report.tokens_over, interval_s)
        standing = Standing(now, arrivals, self._others(connection, now))
        decision = decide(self._limits, standing, report.held, report.wishes)
        changed = [{"rate": rate, "at": at} for rate, at in decision.arrivals.items() if at != before[rate]]
        if changed:
            connection.execute(_ARRIVE, changed)
        if self._limits.concurrency is not None:
            self._keep(connection, report, decision, now)
        return decision

    def _others(self, connection: Connection, now: float) -> Sequence[Other]:
        if self._limits.concurrency is None:
            return ()
        connection.execute(_EXPIRE, {"now": now})
        return [Other(*row) for row in connection.execute(_OTHERS, {"by": self._holder})]

    def _keep(self, connection: Connection, report: Report, decision: Decision, now: float) -> None:
        held, waiting = report.held + decision.granted, report.wishes[decision.granted :]
        if not held and not waiting:
            connection.execute(_LET_GO, {"by": self._holder})
            return
        row = {
            "holder": self._holder,
            "held": held,
            "waiting_since": now - waiting[0].waited_s if waiting else None,
            "expires_at": now + LEASE_S,
        }
        connection.execute(_HOLD[connection.dialect.name], row)


@asynccontextmanager
async def open_allowance(
    url: str | None, data_dir: Path, limits: Limits, holder: str, *, clock: Callable[[], float] | None = None
) -> AsyncIterator[Allowance]:
    """Open the limits of the database at `url`, or of the one in `data_dir`, whose schema is up to date."""
    database = open_database(url, data_dir)
    event.listen(database.writing, "connect", _not_waiting_for_the_disk(_LAZILY[database.kind]))
    allowance = Allowance(database, limits, holder, clock=clock)
    try:
        yield allowance
    finally:
        await allowance.aclose()
        database.close()


def _not_waiting_for_the_disk(statement: str) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def set_up(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()

    return set_up
