"""One process at work: its engine, its chores and its direct requests, begun and ended together.

May import `jobs` siblings.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from evaluator.jobs.engine import Engine, Kind, Run
from evaluator.jobs.service import DurableJobs
from evaluator.jobs.upkeep import Upkeep


class Running:
    """Works off the queues until it is stopped; what is in hand then has `drain_s` seconds to finish."""

    def __init__(
        self,
        engine: Engine,
        upkeep: Upkeep,
        jobs: DurableJobs,
        *,
        drain_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self._engine = engine
        self._upkeep = upkeep
        self._jobs = jobs
        self._drain_s = drain_s
        self._clock = clock
        self._stop_by: float | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def start(self, runs: Mapping[Kind, Run], *, taking: Collection[Kind]) -> None:
        """Take work of these kinds from the queues, and what dead processes left."""
        await self._engine.launch(runs, taking=taking)
        await self._upkeep.start()

    def stop(self) -> None:
        """Take nothing more from the queues; called on the loop, as often as one likes."""
        if self._stopping is None:
            self._stop_by = self._clock() + self._drain_s
            self._stopping = asyncio.create_task(self._stop_working())

    async def aclose(self) -> None:
        """Wait for what is in hand as long as there is time since `stop`, and leave the rest."""
        self.stop()
        await self._jobs.aclose(self._left_s())
        if self._stopping is not None:
            await self._stopping
        # What came from the queue may have begun deliveries at its end.
        await self._jobs.aclose(self._left_s())

    async def _stop_working(self) -> None:
        await self._upkeep.aclose()
        await self._engine.aclose(self._left_s())

    def _left_s(self) -> float:
        return self._drain_s if self._stop_by is None else max(0.0, self._stop_by - self._clock())
