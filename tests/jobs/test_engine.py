"""The engine itself, on real databases: what is queued in a transaction is run, and nothing else is."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from evaluator.jobs.engine import Engine, EngineLimits, Enqueuer, Kind
from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import DATABASE_FILE
from evaluator.storage.rows import Job
from tests.fakes.stores import Place, new_job, place

__all__ = ["place"]

pytestmark = pytest.mark.anyio

PATIENCE_S = 30
OFTEN = EngineLimits(per_process=4, polling_s=0.02)


@dataclass
class Runs:
    """What the engine ran; `gate` holds units back when it is cleared."""

    ran: list[tuple[Kind, str]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    raises: Exception | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, kind: Kind) -> Callable[[str], Awaitable[None]]:
        """Return what does this kind of work."""

        async def run(job_id: str) -> None:
            self.begun.append(job_id)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self._changed.set()
            try:
                await self.gate.wait()
                if self.raises is not None:
                    raise self.raises
                self.ran.append((kind, job_id))
            finally:
                self.at_once -= 1
                self._changed.set()

        return run

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; fail where it does not come."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


def url_of(place: Place) -> str:
    """Return the URL of the engine's tables."""
    return place.url or f"sqlite:///{place.folder / DATABASE_FILE}"


@asynccontextmanager
async def running(
    place: Place,
    executor_id: str = "one",
    *,
    working: bool = True,
    limits: EngineLimits = OFTEN,
    drain_s: float = 0.0,
    held: bool = False,
) -> AsyncIterator[tuple[Engine, Runs]]:
    """Run an engine; with `held` its units do not get beyond their beginning."""
    runs = Runs()
    if not held:
        runs.gate.set()
    engine = Engine(url_of(place), executor_id, limits)
    await engine.launch(
        {"assess": runs.of("assess"), "deliver": runs.of("deliver")},
        taking=("assess", "deliver") if working else (),
    )
    try:
        yield engine, runs
    finally:
        await engine.aclose(drain_s)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[JobStore]:
    """A store in the same database."""
    async with place.open() as store:
        yield store


@pytest.fixture
async def queue(place: Place, store: JobStore) -> AsyncIterator[Enqueuer]:
    """The way into the queues, which an earlier process has made."""
    async with running(place, "earlier", working=False):
        pass
    enqueuer = Enqueuer(url_of(place))
    yield enqueuer
    enqueuer.close()


async def queue_up(
    store: JobStore, queue: Enqueuer, job_id: str, kind: Kind = "assess", **options: float
) -> None:
    """Accept a job, and have work queued on it in the same transaction."""
    await store.accept(new_job(job_id), also=lambda c, job: queue.enqueue(c, kind, job.id, **options))


async def test_what_is_queued_is_run_once(place: Place, store: JobStore, queue: Enqueuer) -> None:
    """Before the engine runs and while it does, each kind by its own run."""
    await queue_up(store, queue, "before")
    async with running(place) as (_, runs):
        await queue_up(store, queue, "during", "deliver")
        await runs.until(lambda: len(runs.ran) == 2)
        await asyncio.sleep(0.1)

    assert sorted(runs.ran) == [("assess", "before"), ("deliver", "during")]


async def test_what_is_undone_is_not_queued(place: Place, store: JobStore, queue: Enqueuer) -> None:
    """The unit is of the transaction that it was queued in."""

    def queue_and_break(connection: Connection, job: Job) -> None:
        queue.enqueue(connection, "assess", job.id)
        raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        await store.accept(new_job("undone"), also=queue_and_break)
    async with running(place) as (_, runs):
        await queue_up(store, queue, "done")
        await runs.until(lambda: len(runs.ran) == 1)

    assert runs.ran == [("assess", "done")]


async def test_delayed_work_waits_for_its_time(place: Place, store: JobStore, queue: Enqueuer) -> None:
    """What comes without a delay overtakes it."""
    await queue_up(store, queue, "later", delay_s=1.0)
    await queue_up(store, queue, "never", delay_s=3_600.0)
    async with running(place) as (_, runs):
        await queue_up(store, queue, "at once")
        await runs.until(lambda: len(runs.ran) == 2)

    assert [job_id for _, job_id in runs.ran] == ["at once", "later"]


async def test_process_that_does_not_work_takes_nothing(
    place: Place, store: JobStore, queue: Enqueuer
) -> None:
    """What is queued is left to those that do."""
    await queue_up(store, queue, "job-1")
    async with running(place, working=False) as (_, idle):
        await asyncio.sleep(0.3)
    async with running(place, "two") as (_, runs):
        await runs.until(lambda: len(runs.ran) == 1)

    assert idle.begun == []


@pytest.mark.parametrize(("here", "overall"), [(2, None), (8, 2)])
async def test_no_more_is_worked_on_at_once_than_is_allowed(
    place: Place, store: JobStore, queue: Enqueuer, here: int, overall: int | None
) -> None:
    """The limits of this process hold from the first unit on, though others set up the queue with theirs."""
    bounded = EngineLimits(per_process=here, overall=overall, polling_s=0.02)
    for number in range(6):
        await queue_up(store, queue, f"job-{number}")
    async with running(place, limits=bounded, held=True) as (_, runs):
        await runs.until(lambda: len(runs.begun) >= 2)
        await asyncio.sleep(0.2)
        runs.gate.set()
        await runs.until(lambda: len(runs.ran) == 6)

    assert runs.most_at_once == 2


async def test_unit_that_breaks_ends_and_stops_no_other(
    place: Place, store: JobStore, queue: Enqueuer
) -> None:
    """It is not begun again by itself, and what it broke with is in the log and in no table."""
    await queue_up(store, queue, "broken")
    async with running(place, held=True) as (engine, runs):
        runs.raises = ValueError("a defect met at Anna's")
        with capture_logs() as logged:
            runs.gate.set()
            await runs.until(lambda: runs.begun == ["broken"] and not runs.at_once)
            runs.raises = None
            await queue_up(store, queue, "whole")
            await runs.until(lambda: len(runs.ran) == 1)
        ended = [await settled(engine)]

    assert (runs.begun, ended) == (["broken", "whole"], [True])
    assert [(each["event"], each["job"]) for each in logged] == [("unit of work broke", "broken")]
    assert b"Anna" not in place.bytes_on_disk()


async def settled(engine: Engine) -> bool:
    """Return whether every unit that was begun comes to its end."""
    for _ in range(1_000):
        if not await engine.unfinished_of_others("nobody"):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_work_that_a_dead_process_had_begun_is_done_by_another(
    place: Place, store: JobStore, queue: Enqueuer
) -> None:
    """It is found by its process, and once put back it is run; what the dead one had ended is not."""
    async with running(place, "dead", held=True) as (_, dead):
        await queue_up(store, queue, "a")
        await queue_up(store, queue, "b", "deliver")
        await dead.until(lambda: len(dead.begun) == 2)
    async with running(place, "living") as (engine, runs):
        await asyncio.sleep(0.2)
        by_itself = list(runs.begun)
        found = await engine.unfinished_of_others("living")
        await engine.put_back(found["dead"])
        await runs.until(lambda: len(runs.ran) == 2)

    assert (by_itself, list(found)) == ([], ["dead"])
    assert sorted(runs.ran) == [("assess", "a"), ("deliver", "b")]


async def test_own_work_is_not_that_of_others(place: Place, store: JobStore, queue: Enqueuer) -> None:
    """What this process has begun is in its hand."""
    async with running(place, held=True) as (engine, runs):
        await queue_up(store, queue, "job-1")
        await runs.until(lambda: len(runs.begun) == 1)
        found = await engine.unfinished_of_others("one"), await engine.unfinished_of_others("two")
        runs.gate.set()

    assert found[0] == {}
    assert list(found[1]) == ["one"]


async def test_putting_nothing_back_does_nothing(place: Place, store: JobStore) -> None:
    """There need not be a unit for a job that is taken over."""
    async with running(place) as (engine, runs):
        await engine.put_back([])

    assert runs.begun == []


async def test_records_of_what_ended_are_cleared_in_batches(
    place: Place, store: JobStore, queue: Enqueuer
) -> None:
    """Those that ended before a time, and never what still waits."""
    async with running(place) as (engine, runs):
        for number in range(3):
            await queue_up(store, queue, f"job-{number}")
        await queue_up(store, queue, "later", delay_s=3_600.0)
        await runs.until(lambda: len(runs.ran) == 3)
        now = datetime.now(UTC)
        early = await engine.clear((now - timedelta(hours=1)).isoformat(), 10)
        await settled(engine)
        counts = [await engine.clear((now + timedelta(hours=1)).isoformat(), 2) for _ in range(3)]

    assert (early, counts) == (0, [2, 1, 0])


async def test_ending_waits_for_what_is_in_hand(place: Place, store: JobStore, queue: Enqueuer) -> None:
    """And takes nothing more."""
    async with running(place, held=True, drain_s=5) as (_, runs):
        await queue_up(store, queue, "job-1")
        await runs.until(lambda: len(runs.begun) == 1)
        asyncio.get_running_loop().call_later(0.3, runs.gate.set)

    assert runs.ran == [("assess", "job-1")]


async def test_loop_has_threads_after_the_engine_has_ended(place: Place, store: JobStore) -> None:
    """The engine takes its own away with it."""
    async with running(place) as (engine, _):
        await engine.unfinished_of_others("one")

    assert await asyncio.to_thread(lambda: "still here") == "still here"


async def test_engine_logs_as_all_others_do(place: Place, store: JobStore) -> None:
    """It has no handler of its own, so that nothing is told twice or in another form."""
    async with running(place):
        logger = logging.getLogger("dbos")

        assert (logger.handlers, logger.propagate) == ([], True)
