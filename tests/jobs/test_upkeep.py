"""The chores beside the work: taking over, picking up, reminding and clearing away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from evaluator.errors import StorageUnavailable
from evaluator.jobs.upkeep import OVERDUE_S, RUNS_S, UNTAKEN_S, Upkeep
from tests.fakes.stores import Place, new_job
from tests.fakes.working import Here, working

pytestmark = pytest.mark.anyio


@dataclass
class FakeEngine:
    """An engine whose units are made up: those that other processes have begun, and those that ended."""

    begun: dict[str, Sequence[str]] = field(default_factory=dict)
    put: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    ended: int = 0
    cleared: list[tuple[str, int]] = field(default_factory=list)

    async def unfinished_of_others(self, executor_id: str) -> dict[str, Sequence[str]]:
        """See evaluator.jobs.engine.Engine."""
        return {name: units for name, units in self.begun.items() if name != executor_id}

    async def jobs_with_units(self) -> frozenset[str]:
        """See evaluator.jobs.engine.Engine."""
        return frozenset(self.waiting)

    async def put_back(self, workflow_ids: Sequence[str]) -> None:
        """See evaluator.jobs.engine.Engine."""
        self.put += workflow_ids

    async def clear(self, ended_before: str, limit: int) -> int:
        """See evaluator.jobs.engine.Engine."""
        self.cleared.append((ended_before, limit))
        cleared = min(self.ended, limit)
        self.ended -= cleared
        return cleared


@dataclass
class FakeExecutors:
    """Processes of which the `dead` are named; `asked` was looked at, `holding` is being taken over."""

    own_id: str = "here"
    dead: set[str] = field(default_factory=set)
    ours: bool = True
    doubt_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    holding: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def taking_over(self, executor_id: str) -> AsyncIterator[bool]:
        """See evaluator.jobs.executors.Executors."""
        self.asked.append(executor_id)
        self.holding.add(executor_id)
        yield executor_id in self.dead
        self.holding.remove(executor_id)

    async def still_ours(self) -> bool:
        """See evaluator.jobs.executors.Executors."""
        return self.ours

    async def aclose(self) -> None:
        """See evaluator.jobs.executors.Executors."""


@dataclass
class Chores:
    """The chores of a process, and what they are done on."""

    here: Here
    engine: Any
    executors: Any
    upkeep: Upkeep


def chores_of(here: Here) -> Chores:
    """Return the chores of a process, beside one that is dead."""
    engine: Any = FakeEngine()
    executors = FakeExecutors(dead={"dead"})
    return Chores(
        here,
        engine,
        executors,
        Upkeep(here.store, engine, executors, here.jobs, seconds=here.clock, clock=here.clock),
    )


@pytest.fixture
def chores(here: Here) -> Chores:
    """Chores of a process that works and calls back."""
    return chores_of(here)


async def left_by(chores: Chores, owner: str, job_id: str, **changes: Any) -> None:
    """Have a job in the hand of a process."""
    await chores.here.store.accept(new_job(job_id, owner=owner, mode="sync", **changes))


async def state_of(chores: Chores, job_id: str) -> tuple[str, str, str | None]:
    """Return how a job stands, and who has it in hand."""
    job = await chores.here.job(job_id)
    return job.state, job.delivery, job.owner


# Taking over


async def test_work_of_a_dead_process_is_queued_once(chores: Chores) -> None:
    """What it was assessing is assessed, what it had not answered is called back."""
    for name in ("running", "owed", "unanswered"):
        await left_by(chores, "dead", name, delivery="owed" if name == "owed" else "none")
    await chores.here.store.finish("unanswered", b"{}", status="completed")
    taken = await chores.upkeep.take_over()
    units = [(kind, job_id) for kind, job_id, _ in chores.here.queue.entries]

    assert taken == 3
    assert sorted(units) == [("assess", "owed"), ("assess", "running"), ("deliver", "unanswered")]
    assert await state_of(chores, "running") == ("waiting", "owed", None)
    assert await state_of(chores, "owed") == ("waiting", "owed", None)
    assert await state_of(chores, "unanswered") == ("succeeded", "owed", None)


async def test_process_must_look_dead_for_a_while(chores: Chores) -> None:
    """After a break of the database every process does, until it has its lock again."""
    chores.executors.doubt_s = 8.0
    await left_by(chores, "dead", "running", delivery="owed")
    first = await chores.upkeep.take_over()
    chores.here.clock.advance(8.0)

    assert (first, await chores.upkeep.take_over()) == (0, 1)


@pytest.mark.parametrize("seen", ["alive", "own lock lost"])
async def test_doubt_begins_anew(chores: Chores, seen: str) -> None:
    """One that was seen alive meanwhile, or that nobody could be sure of, is not taken for dead."""
    chores.executors.doubt_s = 8.0
    await left_by(chores, "dead", "running", delivery="owed")
    await chores.upkeep.take_over()
    chores.executors.ours, chores.executors.dead = seen == "alive", set()
    await chores.upkeep.take_over()
    chores.executors.ours, chores.executors.dead = True, {"dead"}
    chores.here.clock.advance(8.0)

    assert await chores.upkeep.take_over() == 0


async def test_result_that_nobody_took_is_called_back(chores: Chores) -> None:
    """Whoever waited for it, in another process perhaps, is gone; a fresh one is left alone."""
    await left_by(chores, "here", "untaken")
    await chores.here.store.finish("untaken", b"{}", status="completed")
    early = await chores.upkeep.pick_up()
    chores.here.clock.advance(21.0)

    assert (early, await chores.upkeep.pick_up()) == (0, 1)
    assert chores.here.queue.kinds == ["deliver"]


async def test_failure_that_a_dead_process_did_not_answer_is_called_back(chores: Chores) -> None:
    """Where there is a rating to give back."""
    await left_by(chores, "dead", "failed")
    await chores.here.store.fail("failed", "it broke", result=b'{"rating": 3}')
    await chores.upkeep.take_over()

    assert chores.here.queue.kinds == ["deliver"]


async def test_units_of_a_dead_process_are_put_back(chores: Chores) -> None:
    """Those of the living, and of this process, stay where they are."""
    chores.engine.begun = {"dead": ["deliver-1"], "living": ["deliver-2"], "here": ["deliver-3"]}
    taken = await chores.upkeep.take_over()

    assert (taken, chores.engine.put) == (1, ["deliver-1"])


async def test_process_whose_work_was_put_back_meanwhile_is_passed_over(chores: Chores) -> None:
    """Another took over between the look and the lock."""
    await left_by(chores, "dead", "job-1")

    async def put_back() -> None:
        await chores.here.store.release("job-1")

    chores.here.store.before["orphans"] = put_back
    with capture_logs() as logged:
        taken = await chores.upkeep.take_over()

    assert (taken, logged, chores.here.queue.entries) == (0, [], [])


async def test_units_that_were_put_back_meanwhile_are_not_put_back_again(chores: Chores) -> None:
    """By then another process may run them."""
    chores.engine.begun = {"dead": ["deliver-1"]}

    async def put_back() -> None:
        chores.engine.begun = {"living": ["deliver-1"]}

    chores.here.store.after["owners"] = put_back
    taken = await chores.upkeep.take_over()

    assert (taken, chores.engine.put) == (0, [])


async def test_work_of_the_living_and_of_this_process_is_left_alone(chores: Chores) -> None:
    """Whoever holds a lock has its work in hand."""
    await left_by(chores, "living", "theirs")
    await left_by(chores, "here", "ours")

    assert await chores.upkeep.take_over() == 0
    assert await state_of(chores, "theirs") == ("running", "none", "living")
    assert await state_of(chores, "ours") == ("running", "none", "here")
    assert chores.executors.asked == ["living"]


async def test_take_over_lasts_until_the_work_is_put_back(chores: Chores) -> None:
    """Nobody else takes over from the same process in the meantime."""
    await left_by(chores, "dead", "job-1")
    seen = []

    async def look() -> None:
        seen.append(set(chores.executors.holding))

    chores.here.store.before["release"] = look
    await chores.upkeep.take_over()

    assert (seen, chores.executors.holding) == ([{"dead"}], set())


async def test_result_without_a_callback_is_let_go(sqlite_place: Place) -> None:
    """It stays for who asks again, and nothing is queued."""
    async with working(sqlite_place, callback=False) as here:
        chores = chores_of(here)
        await left_by(chores, "dead", "job-1")
        await here.store.finish("job-1", b"{}", status="completed")
        await chores.upkeep.take_over()

        assert await state_of(chores, "job-1") == ("succeeded", "none", None)
        assert here.queue.entries == []


async def test_lock_that_was_lost_is_told(chores: Chores) -> None:
    """Others may have this process's work in hand by now, and an operator is to know."""
    chores.executors.ours = False
    with capture_logs() as logged:
        await chores.upkeep.take_over()

    assert [each["log_level"] for each in logged] == ["error"]


@pytest.mark.parametrize("call", ["owners", "orphans", "want_callback", "release"])
async def test_take_over_that_is_broken_off_is_done_at_the_next_look(chores: Chores, call: str) -> None:
    """Whichever call finds the database gone, all is put back in the end, and nothing twice."""
    for number in range(3):
        await left_by(chores, "dead", f"job-{number}")
    chores.here.store.fails[call] = 1
    with pytest.raises(StorageUnavailable):
        await chores.upkeep.take_over()
    await chores.upkeep.take_over()

    assert sorted(job_id for _, job_id, _ in chores.here.queue.entries) == ["job-0", "job-1", "job-2"]


# Picking up


async def test_job_that_fell_out_of_hand_is_picked_up_at_the_second_look(chores: Chores) -> None:
    """At the first it may be on its way."""
    await left_by(chores, "here", "job-1")
    counts = [await chores.upkeep.pick_up() for _ in range(3)]

    assert counts == [0, 1, 0]
    assert (chores.here.queue.kinds, await state_of(chores, "job-1")) == (
        ["assess"],
        ("waiting", "owed", None),
    )


async def test_job_in_hand_is_not_picked_up(chores: Chores) -> None:
    """However long it takes."""
    chores.here.assessor.gate.clear()
    waiting = asyncio.create_task(chores.here.submit())
    await chores.here.assessor.begun.wait()
    counts = [await chores.upkeep.pick_up() for _ in range(3)]
    chores.here.assessor.gate.set()
    await waiting

    assert (counts, chores.here.queue.entries) == ([0, 0, 0], [])


async def test_result_that_is_being_answered_is_not_picked_up(chores: Chores) -> None:
    """It is in this process's hand until that is noted."""
    await chores.here.submit()

    assert [await chores.upkeep.pick_up() for _ in range(2)] == [0, 0]


async def test_job_that_ends_as_it_is_picked_up_is_not_queued_again(chores: Chores) -> None:
    """What happened between the look and the deed goes first."""
    await left_by(chores, "here", "job-1", delivery="owed")
    await chores.upkeep.pick_up()

    async def end() -> None:
        chores.here.clock.advance(1)
        await chores.here.store.cancel("job-1")

    chores.here.store.before["release"] = end
    await chores.upkeep.pick_up()

    assert (chores.here.queue.entries, (await chores.here.job()).state) == ([], "cancelled")


# Reminding


async def test_delivery_that_takes_long_is_not_taken_for_one_nobody_makes(sqlite_place: Place) -> None:
    """The process has it in hand for as long as the callback thinks about it."""
    async with working(sqlite_place, deliveries_at_once=1) as here:
        called, answer = asyncio.Event(), asyncio.Event()

        async def think() -> None:
            called.set()
            await answer.wait()

        here.callback.script = [think]
        await here.queued()
        await here.run_due()
        await asyncio.wait_for(called.wait(), 10)
        here.clock.advance(UNTAKEN_S + 1)
        put_back = await chores_of(here).upkeep.pick_up()
        answer.set()
        await here.jobs.aclose(10)

        assert (put_back, (await here.job()).delivery) == (0, "delivered")


async def test_work_that_the_engine_lost_is_queued_anew(chores: Chores) -> None:
    """Assessments, deliveries, and results that nobody took, once each in a while."""
    store = chores.here.store
    await store.accept(new_job("waiting"))
    await store.accept(new_job("owed", delivery="owed"))
    await store.accept(new_job("untaken", owner="living"))
    for name in ("owed", "untaken"):
        await store.finish(name, b"{}", status="completed", deliver_until=chores.here.clock() + 10**6)
    await chores.upkeep.remind()
    early = list(chores.here.queue.entries)
    chores.here.clock.advance(OVERDUE_S + 1)
    await chores.upkeep.remind()
    await chores.upkeep.remind()
    units = [(kind, job_id) for kind, job_id, _ in chores.here.queue.entries]

    assert early == []
    assert sorted(units) == [("assess", "waiting"), ("deliver", "owed"), ("deliver", "untaken")]


async def test_work_that_the_engine_still_has_is_not_queued_again(chores: Chores) -> None:
    """While nobody works, a unit waits for each job, and one is enough."""
    await chores.here.store.accept(new_job("waiting"))
    chores.engine.waiting = ["waiting"]
    chores.here.clock.advance(OVERDUE_S + 1)
    await chores.upkeep.remind()

    assert chores.here.queue.entries == []


async def test_job_that_is_taken_as_it_is_reminded_stays_in_that_hand(chores: Chores) -> None:
    """Else it would be assessed twice at the same time."""
    store = chores.here.store
    await store.accept(new_job(delivery="owed"))
    chores.here.clock.advance(OVERDUE_S + 1)

    async def take() -> None:
        await store.claim("job-1", "living")

    store.before["release"] = take
    await chores.upkeep.remind()

    assert await state_of(chores, "job-1") == ("running", "owed", "living")
    assert chores.here.queue.entries == []


async def test_two_processes_that_remind_at_once_queue_one_unit(chores: Chores) -> None:
    """Of two deliveries of one result at the same time both might be made."""
    store = chores.here.store
    await store.accept(new_job(delivery="owed"))
    await store.finish("job-1", b"{}", status="completed")
    chores.here.clock.advance(OVERDUE_S + 1)
    other = chores_of(chores.here)
    await asyncio.gather(chores.upkeep.remind(), other.upkeep.remind())

    assert chores.here.queue.kinds == ["deliver"]


# Clearing away


async def test_what_has_outlived_its_retention_goes_in_batches(chores: Chores) -> None:
    """Jobs by their own time, and the engine's records of what ended more than an hour ago."""
    ids = [f"job-{number}" for number in range(501)]
    await asyncio.gather(*(chores.here.store.accept(new_job(each, retention_s=10.0)) for each in ids))
    await asyncio.gather(*(chores.here.store.cancel(each) for each in ids))
    chores.engine.ended = 501
    chores.here.clock.advance(10**6)
    await chores.upkeep.clear()
    before = datetime.fromisoformat(chores.engine.cleared[0][0])

    assert (await chores.here.store.list()).jobs == ()
    assert [limit for _, limit in chores.engine.cleared] == [500, 500]
    assert timedelta(minutes=59) < datetime.now(UTC) - before < timedelta(hours=2)


async def test_runs_of_drafts_go_when_their_time_is_over(chores: Chores) -> None:
    """A month after they began, with what came out for each candidate."""
    runs = chores.here.store.studio_runs
    await runs.begin("run-1", pack="default", by="ann", total=1, public="{}")
    await runs.end("run-1", "done", "{}")
    chores.here.clock.advance(RUNS_S - 1)
    await chores.upkeep.clear()
    before = await runs.get("run-1")
    chores.here.clock.advance(2)
    await chores.upkeep.clear()

    assert before is not None
    assert await runs.get("run-1") is None


# Going on


async def test_chores_go_on_until_they_are_ended(chores: Chores) -> None:
    """What was left is taken over first; a failure ends no chore, and the end leaves no task."""
    often = {"look_every_s": 0.001, "clear_every_s": 0.001}
    going_on = Upkeep(chores.here.store, chores.engine, chores.executors, chores.here.jobs, **often)
    await left_by(chores, "dead", "job-1")
    before = asyncio.all_tasks()
    enough = asyncio.Event()

    async def done() -> None:
        enough.set()

    async def gone() -> None:
        chores.here.store.before["owners"] = broken
        raise StorageUnavailable("gone")

    async def broken() -> None:
        chores.here.store.before["owners"] = done
        raise ZeroDivisionError

    with capture_logs() as logged:
        await going_on.start()
        first = chores.here.queue.kinds
        chores.here.store.before["owners"] = gone
        await asyncio.wait_for(enough.wait(), 30)
        await going_on.aclose()

    assert first == ["assess"]
    assert "chore failed" in [each["event"] for each in logged]
    assert asyncio.all_tasks() == before
