"""What runs beside the work: taking over from dead processes, and clearing away what is over.

May import `jobs` siblings and `storage`.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from evaluator.errors import StorageUnavailable
from evaluator.jobs.engine import Engine
from evaluator.jobs.executors import Executors
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Job

LOOK_EVERY_S = 4.0
"""Seconds between two looks for dead processes; well within the 30 that are promised."""

CLEAR_EVERY_S = 60.0

UNTAKEN_S = 20.0
"""Seconds after which a result that waits for its caller has none any more; an answer takes under one."""

OVERDUE_S = 900.0
"""Seconds after which work that was not done is queued anew, in case the engine lost it."""

EXPIRED_S = 120.0
"""Seconds behind its horizon after which a delivery that nobody makes is given up."""

_UNITS_KEPT = timedelta(hours=1)
"""How long the engine's records of ended work are kept; the job's own record is in the store."""

_BATCH = 500

AUDIT_S = 365 * 86_400.0
"""Seconds for which audit records are kept where nobody says."""

RUNS_S = 30 * 86_400.0
"""Seconds for which runs of drafts are kept where nobody says."""

LEAST_RUNS_S = 3_600.0
"""Seconds for which they are kept at least, so that whoever tried a draft can look at what came of it."""

_log = structlog.get_logger(__name__)


class PutsBack(Protocol):
    """Whoever can queue a job anew."""

    @property
    def in_hand(self) -> frozenset[str]:
        """The jobs that this process works on at this moment."""
        ...

    async def put_all_back(self, jobs: Sequence[Job]) -> None:
        """Queue jobs whose process no longer works on them, where nothing happened to them since."""
        ...


class Upkeep:
    """The chores of one process."""

    def __init__(
        self,
        store: JobStore,
        engine: Engine,
        executors: Executors,
        jobs: PutsBack,
        *,
        audit_s: float = AUDIT_S,
        runs_s: float = RUNS_S,
        look_every_s: float = LOOK_EVERY_S,
        clear_every_s: float = CLEAR_EVERY_S,
        seconds: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`audit_s`: how long audit records are kept, `runs_s` those of drafts that were tried.

        The periods and clocks are for tests: `seconds` never goes back, `clock` is the store's.
        """
        self._audit_s = audit_s
        self._runs_s = max(runs_s, LEAST_RUNS_S)
        self._seconds = seconds
        self._clock = clock
        self._store = store
        self._engine = engine
        self._executors = executors
        self._jobs = jobs
        self._look_every_s = look_every_s
        self._clear_every_s = clear_every_s
        self._tasks: list[asyncio.Task[None]] = []
        self._unattended: frozenset[str] = frozenset()
        self._suspected: dict[str, float] = {}

    async def start(self) -> None:
        """Take over what earlier processes left, then go on doing the chores."""
        await self.take_over()
        self._tasks = [
            asyncio.create_task(every(self._look_every_s, self.take_over)),
            asyncio.create_task(every(self._look_every_s, self.pick_up)),
            asyncio.create_task(every(self._clear_every_s, self.clear)),
            asyncio.create_task(every(self._clear_every_s, self.remind)),
        ]

    async def aclose(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take_over(self) -> int:
        """Put back what dead processes had in hand; return how many jobs and units of work that was."""
        if not await self._executors.still_ours():
            _log.error("this process lost its lock for a while; others may have taken over its work")
            self._suspected.clear()  # the others may have lost theirs too, and be alive
            return 0
        own_id = self._executors.own_id
        others = {*await self._engine.unfinished_of_others(own_id), *await self._store.owners()} - {own_id}
        taken = 0
        for executor_id in sorted(others):
            taken += await self._take_over_from(executor_id)
        return taken

    async def pick_up(self) -> int:
        """Put back what this process is said to have in hand and has not; return how many jobs that was.

        A result that nobody took is called back: whoever waited for it, perhaps elsewhere, is gone.

        A database that went away while it took a change down leaves such a job. One seen for the first time
        may be on its way into the process's hand, so it must be seen twice.
        """
        held = await self._store.orphans(self._executors.own_id)
        in_hand = self._jobs.in_hand
        unattended = [job for job in held if job.state == "running" and job.id not in in_hand]
        lost = [job for job in unattended if job.id in self._unattended]
        self._unattended = frozenset(job.id for job in unattended)
        before = self._clock() - UNTAKEN_S
        untaken = [
            job
            for job in held
            if job.state != "running" and job.id not in in_hand and job.updated_at < before
        ]
        await self._jobs.put_all_back([*lost, *untaken])
        return len(lost) + len(untaken)

    async def remind(self) -> None:
        """Queue anew what should have been done long ago and that the engine has no unit for."""
        overdue = await self._store.overdue(by_s=OVERDUE_S)
        if overdue:
            queued = await self._engine.jobs_with_units()
            await self._jobs.put_all_back([job for job in overdue if job.id not in queued])

    async def clear(self) -> None:
        """Give up deliveries that nobody makes, and delete what has outlived its retention, in batches."""
        for job_id in await self._store.expire(by_s=EXPIRED_S):
            _log.error("delivery is dead", job=job_id, reason="nobody made it until its horizon")
        swept = _BATCH
        while swept == _BATCH:
            swept = len(await self._store.sweep(limit=_BATCH))
        pruned = _BATCH
        while pruned == _BATCH:
            pruned = await self._store.records.prune(before=self._clock() - self._audit_s, limit=_BATCH)
        swept = _BATCH
        while swept == _BATCH:
            swept = await self._store.studio_runs.sweep(older_than_s=self._runs_s, limit=_BATCH)
        before = (datetime.now(UTC) - _UNITS_KEPT).isoformat()
        cleared = _BATCH
        while cleared == _BATCH:
            cleared = await self._engine.clear(before, _BATCH)

    def _is_dead(self, executor_id: str, looks_dead: bool) -> bool:
        """Tell whether another process looked dead at every look for long enough."""
        if not looks_dead:
            self._suspected.pop(executor_id, None)
            return False
        since = self._suspected.setdefault(executor_id, self._seconds())
        return self._seconds() - since >= self._executors.doubt_s

    async def _take_over_from(self, executor_id: str) -> int:
        async with self._executors.taking_over(executor_id) as dead:
            if not self._is_dead(executor_id, dead):
                return 0
            # Looked at once it is ours alone: what another put back in between may be running there.
            begun = await self._engine.unfinished_of_others(self._executors.own_id)
            units = begun.get(executor_id, ())
            orphans = await self._store.orphans(executor_id)
            await self._jobs.put_all_back(orphans)
            await self._engine.put_back(units)
        if orphans or units:
            found = {"jobs": len(orphans), "units": len(units)}
            _log.warning("took over from a dead process", executor=executor_id, **found)
        return len(orphans) + len(units)


async def every(seconds: float, chore: Callable[[], Awaitable[object]]) -> None:
    """Do a chore again and again, `seconds` apart, until cancelled; one that fails is logged."""
    while True:
        await asyncio.sleep(seconds)
        began = time.monotonic()
        try:
            with contextlib.suppress(StorageUnavailable):  # the next round looks again
                await chore()
        except Exception as error:  # noqa: BLE001 - a chore that fails must not end the others
            _log.error("chore failed", exc_info=error, seconds=round(time.monotonic() - began, 1))
