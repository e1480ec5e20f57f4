"""What runs beside the work: taking over from dead processes, and clearing away what is over.

May import `jobs` siblings and `storage`.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from evaluator.errors import StorageUnavailable
from evaluator.jobs.engine import Engine
from evaluator.jobs.executors import Executors
from evaluator.storage.jobs import JobStore

LOOK_EVERY_S = 5.0
"""Seconds between two looks for dead processes; well within the 30 that are promised."""

CLEAR_EVERY_S = 60.0

OVERDUE_S = 900.0
"""Seconds after which work that was not done is queued anew, in case the engine lost it."""

_UNITS_KEPT = timedelta(hours=1)
"""How long the engine's records of ended work are kept; the job's own record is in the store."""

_BATCH = 500

_log = structlog.get_logger(__name__)


class PutsBack(Protocol):
    """Whoever can queue a job anew."""

    @property
    def in_hand(self) -> frozenset[str]:
        """The jobs that this process works on at this moment."""
        ...

    async def put_back(self, job_id: str) -> None:
        """Queue a job whose process no longer works on it."""
        ...


class Upkeep:
    """The chores of one process."""

    def __init__(self, store: JobStore, engine: Engine, executors: Executors, jobs: PutsBack) -> None:
        self._store = store
        self._engine = engine
        self._executors = executors
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []
        self._unattended: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Take over what earlier processes left, then go on doing the chores."""
        await self.take_over()
        self._tasks = [
            asyncio.create_task(_every(LOOK_EVERY_S, self.take_over)),
            asyncio.create_task(_every(LOOK_EVERY_S, self.pick_up)),
            asyncio.create_task(_every(CLEAR_EVERY_S, self.clear)),
            asyncio.create_task(_every(CLEAR_EVERY_S, self.remind)),
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
        begun = await self._engine.unfinished_of_others(self._executors.own_id)
        others = set(begun) | set(await self._store.owners()) - {self._executors.own_id}
        taken = 0
        for executor_id in sorted(others - {self._executors.own_id}):
            async with self._executors.taking_over(executor_id) as dead:
                if dead:
                    taken += await self._take_over_from(executor_id, begun.get(executor_id, ()))
        return taken

    async def pick_up(self) -> int:
        """Put back what this process is said to work on and does not; return how many jobs that was.

        A database that went away while it took a change down leaves such a job. One seen for the first time
        may be on its way into the process's hand, so it must be seen twice.
        """
        held = [job.id for job in await self._store.orphans(self._executors.own_id) if job.state == "running"]
        unattended = frozenset(held) - self._jobs.in_hand
        lost = sorted(unattended & self._unattended)
        self._unattended = unattended
        for job_id in lost:
            await self._jobs.put_back(job_id)
        return len(lost)

    async def remind(self) -> None:
        """Queue anew what should have been done long ago; a unit of work that finds it done does nothing."""
        for job in await self._store.overdue(by_s=OVERDUE_S):
            await self._jobs.put_back(job.id)

    async def clear(self) -> None:
        """Delete what has outlived its retention, in batches."""
        swept = _BATCH
        while swept == _BATCH:
            swept = len(await self._store.sweep(limit=_BATCH))
        before = (datetime.now(UTC) - _UNITS_KEPT).isoformat()
        cleared = _BATCH
        while cleared == _BATCH:
            cleared = await self._engine.clear(before, _BATCH)

    async def _take_over_from(self, executor_id: str, units: object) -> int:
        orphans = await self._store.orphans(executor_id)
        for job in orphans:
            await self._jobs.put_back(job.id)
        ids = tuple(units) if isinstance(units, list | tuple) else ()
        await self._engine.put_back(ids)
        if orphans or ids:
            found = {"jobs": len(orphans), "units": len(ids)}
            _log.warning("took over from a dead process", executor=executor_id, **found)
        return len(orphans) + len(ids)


async def _every(seconds: float, chore: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        began = time.monotonic()
        try:
            with contextlib.suppress(StorageUnavailable):  # the next round looks again
                await chore()
        except Exception as error:  # noqa: BLE001 - a chore that fails must not end the others
            _log.error("chore failed", exc_info=error, seconds=round(time.monotonic() - began, 1))
