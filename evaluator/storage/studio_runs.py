"""Runs of a draft over sample candidates, and what came out for each of them.

A run belongs to the process that began it, which renews its beat; anyone may ask that it stops. Rows are
numbered as they come. What is said of a candidate is sealed. May import `contract`, `errors`
and `storage` siblings.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update

from evaluator.contract.request import Identifier
from evaluator.storage.rows import canonical
from evaluator.storage.schema import erasures, jobs, studio_cases, studio_run_rows, studio_runs
from evaluator.storage.sealing import Sealer
from evaluator.storage.writer import Reader, Writer

RunState = Literal["running", "done", "cancelled", "failed"]
"""Where a run stands; `failed` also where its process died."""

CLOCKS_S = 60.0
"""Seconds by which clocks of processes may differ; who was erased so shortly before a run is left out too."""

_r, _o = studio_runs.c, studio_run_rows.c
_THIS = _r.id == bindparam("run_id")
_RUNNING = _r.state == "running"

_BEGIN = insert(studio_runs)
_GET = select(studio_runs).where(_THIS)
_BEAT = update(studio_runs).where(_THIS, _RUNNING).values(beat_at=bindparam("now")).returning(_r.cancel)
_CANCEL = update(studio_runs).where(_THIS, _RUNNING).values(cancel=1).returning(_r.id)
_END = (
    update(studio_runs)
    .where(_THIS, _RUNNING)
    .values(state=bindparam("new_state"), public=bindparam("new_public"))
    .returning(_r.id)
)
_BURY = update(studio_runs).where(_RUNNING, _r.beat_at < bindparam("before")).values(state="failed")
_RECENT = select(studio_runs).where(_r.pack == bindparam("of")).order_by(_r.at.desc(), _r.id.desc())
_ROWS = (
    select(studio_run_rows)
    .where(_o.run == bindparam("of"), _o.number > bindparam("behind"))
    .order_by(_o.number)
)
_ONE_ROW = select(studio_run_rows).where(_o.run == bindparam("of"), _o.number == bindparam("wanted"))
_LAST = select(func.coalesce(func.max(_o.number), 0)).where(_o.run == bindparam("of"))
_STILL = select(_r.at).where(_THIS, _RUNNING)
_ADD = insert(studio_run_rows)
_ERASED = select(erasures.c.id).where(
    erasures.c.mark == bindparam("mark"), erasures.c.at >= bindparam("since")
)
# Held against their deletion, so that an erasure comes before a row or behind it; in the erasure's order.
_HOLDS = tuple(
    select(column).where(column == bindparam("candidate")).with_for_update(read=True, key_share=True)
    for column in (jobs.c.candidate_id, studio_cases.c.candidate)
)
_OVER = (
    select(_r.id)
    .where(_r.at < bindparam("before"), or_(_r.state != "running", _r.beat_at < bindparam("before")))
    .order_by(_r.at)
    .limit(bindparam("most"))
)
_SWEEP = delete(studio_runs).where(_r.id.in_(_OVER))


@dataclass(frozen=True, slots=True)
class StudioRun:
    """A run as it stands. `at`, `beat_at`: epoch seconds; `total`: candidates; `public`: JSON."""

    id: str
    pack: str
    by: str
    at: float
    state: RunState
    cancel: bool
    beat_at: float
    total: int
    public: str


@dataclass(frozen=True, slots=True)
class StudioRunRow:
    """What came out for one candidate: JSON; `number` counts from 1 in the order of coming."""

    number: int
    content: bytes = field(repr=False)


class StudioRuns:
    """The runs of one database. Ended with the store that it belongs to; all raise StorageUnavailable."""

    def __init__(
        self, writer: Writer, reader: Reader, sealer: Sealer, clock: Callable[[], float] = time.time
    ) -> None:
        """Share a store's threads, keys and clock, which returns epoch seconds."""
        self._writer = writer
        self._reader = reader
        self._sealer = sealer
        self._clock = clock

    async def begin(
        self, run_id: str, *, pack: str, by: str, total: int, public: str, at: float | None = None
    ) -> None:
        """Keep a run, in the hand of whoever calls this.

        `at` (epoch seconds): when its candidates were read, now where that is not told. Who is erased from
        then on comes into none of its rows.
        """
        now = self._clock()
        began = now if at is None else at
        row = {"id": run_id, "pack": pack, "by_whom": by, "at": began, "state": "running", "cancel": 0}
        row |= {"beat_at": now, "total": total, "public": public}
        await self._writer.run(lambda connection: connection.execute(_BEGIN, row))

    async def beat(self, run_id: str) -> bool:
        """Renew the beat of a run; return whether it may go on: nobody has stopped or buried it."""
        given = {"run_id": run_id, "now": self._clock()}
        return await self._writer.run(lambda connection: connection.execute(_BEAT, given).scalar() == 0)

    async def add(self, run_id: str, candidate: Identifier | None, content: bytes) -> int | None:
        """Keep what came out for a candidate, None for a made-up one; return its number.

        None where the run goes on no longer, or the candidate was erased since it began.
        """
        id_ = None if candidate is None else canonical(candidate)
        mark = "" if id_ is None else self._sealer.fingerprint("candidate", id_)
        sealed = self._sealer.seal(content)

        def operation(connection: Connection) -> int | None:
            for hold in _HOLDS if id_ is not None else ():
                connection.execute(hold, {"candidate": id_})
            began = connection.execute(_STILL, {"run_id": run_id}).scalar()
            if began is None:
                return None
            erased = {"mark": mark, "since": began - CLOCKS_S}
            if connection.execute(_ERASED, erased).first() is not None:
                return None
            number = int(connection.execute(_LAST, {"of": run_id}).scalar_one()) + 1
            row = {"run": run_id, "number": number, "candidate": id_, "sealed": sealed}
            connection.execute(_ADD, row)
            return number

        return await self._writer.run(operation)

    async def end(self, run_id: str, state: RunState, public: str) -> bool:
        """Note that a run has ended, and what is told of it; False where it had already."""
        given = {"run_id": run_id, "new_state": state, "new_public": public}
        return await self._writer.run(lambda connection: connection.execute(_END, given).first() is not None)

    async def cancel(self, run_id: str) -> bool:
        """Ask that a run stops, wherever it runs; False where it has ended already."""
        given = {"run_id": run_id}
        return await self._writer.run(
            lambda connection: connection.execute(_CANCEL, given).first() is not None
        )

    async def bury(self, *, silent_s: float) -> int:
        """Note the end of runs whose process has not been heard of for so long; return how many."""
        given = {"before": self._clock() - silent_s}
        return await self._writer.run(lambda connection: connection.execute(_BURY, given).rowcount)

    async def get(self, run_id: str) -> StudioRun | None:
        """Return a run, None where there is none of that id."""
        row = await self._reader.run(lambda connection: connection.execute(_GET, {"run_id": run_id}).first())
        return None if row is None else _run(row)

    async def recent(self, pack: str, *, limit: int) -> tuple[StudioRun, ...]:
        """Return the newest runs of a pack, newest first."""
        query = _RECENT.limit(limit)
        return await self._reader.run(
            lambda connection: tuple(map(_run, connection.execute(query, {"of": pack})))
        )

    async def rows(self, run_id: str, *, behind: int = 0) -> tuple[StudioRunRow, ...]:
        """Return what came behind a number. Raises StorageKeyWrong where no key opens it."""
        given = {"of": run_id, "behind": behind}
        return await self._reader.run(
            lambda connection: tuple(map(self._opened, connection.execute(_ROWS, given)))
        )

    async def row(self, run_id: str, number: int) -> StudioRunRow | None:
        """Return one row, None where there is none. Raises StorageKeyWrong where no key opens it."""
        given = {"of": run_id, "wanted": number}
        found = await self._reader.run(lambda connection: connection.execute(_ONE_ROW, given).first())
        return None if found is None else self._opened(found)

    async def sweep(self, *, older_than_s: float, limit: int) -> int:
        """Delete up to `limit` runs that began so long ago, with their rows; return how many."""
        given = {"before": self._clock() - older_than_s, "most": limit}
        return await self._writer.run(lambda connection: connection.execute(_SWEEP, given).rowcount)

    def _opened(self, row: Row[Any]) -> StudioRunRow:
        return StudioRunRow(row.number, self._sealer.unseal(row.sealed))


def _run(row: Row[Any]) -> StudioRun:
    return StudioRun(
        id=row.id,
        pack=row.pack,
        by=row.by_whom,
        at=row.at,
        state=row.state,
        cancel=bool(row.cancel),
        beat_at=row.beat_at,
        total=row.total,
        public=row.public,
    )
