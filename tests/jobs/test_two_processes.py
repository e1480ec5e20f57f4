"""What two processes do to each other's jobs: who comes back from the dead, late answers, lost locks."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from evaluator.delivery.attempt import Attempt
from evaluator.errors import ModelKeyRejected, ModelUnavailable
from evaluator.jobs.seam import Finished
from tests.fakes.stores import Place
from tests.fakes.working import RATING, FakeQueue, Here, working

pytestmark = pytest.mark.anyio


@dataclass
class Two:
    """Two processes on one database and one queue."""

    here: Here
    other: Here

    async def taken_over(self) -> None:
        """Have the other take over what the first has in hand, as from a dead one."""
        await self.other.jobs.put_all_back(await self.other.store.orphans("here"))


@pytest.fixture
async def two(sqlite_place: Place) -> AsyncIterator[Two]:
    """Two processes that begin jobs and deliveries at once."""
    queue, at_once = FakeQueue(sqlite_place.clock), {"at_once": 8}
    async with (
        working(sqlite_place, queue=queue, terms=at_once, deliveries_at_once=8) as here,
        working(
            sqlite_place,
            executor_id="other",
            queue=queue,
            store=here.store,
            terms=at_once,
            deliveries_at_once=8,
        ) as other,
    ):
        yield Two(here, other)


class Slow:
    """An answer that comes when it is let; `begun` tells that it is awaited."""

    def __init__(self) -> None:
        self.begun, self._let = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        """Wait to be let go."""
        self.begun.set()
        await self._let.wait()

    def let_go(self) -> None:
        """Let the answer come."""
        self._let.set()


async def filled(things: Sequence[object], count: int) -> None:
    """Wait until there are so many units in a queue, or results at a callback."""
    for _ in range(2_000):
        if len(things) == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"there are {len(things)}")


def ratings(here: Here) -> list[Any]:
    """Return the ratings that a process has sent."""
    return [json.loads(each)["rating"] for each in here.callback.sent]


@pytest.mark.parametrize("error", [ModelUnavailable("gone"), ModelKeyRejected("no")])
@pytest.mark.parametrize("mode", ["sync", "auto"])
async def test_failure_of_who_was_taken_over_does_not_settle_the_others_result(
    two: Two, error: Exception, mode: str
) -> None:
    """Its caller gets the other's result, and the result is not lost to the callback before that."""
    two.here.assessor.gate.clear()
    two.here.assessor.script = [error]
    caller = asyncio.create_task(two.here.submit(mode=mode))
    await two.here.assessor.begun.wait()
    two.other.callback.default = 503
    await two.taken_over()
    await two.other.run_due()
    await two.other.jobs.aclose(10)
    two.here.assessor.gate.set()
    got = await caller

    assert isinstance(got, Finished)
    assert (got.error, got.result.rating) == (None, RATING)
    assert ((await two.here.job()).state, (await two.here.job()).delivery) == ("succeeded", "owed")


async def test_late_answer_to_an_earlier_run_says_nothing_of_the_next(two: Two) -> None:
    """A slow callback takes run 1's failure while run 2 has succeeded: that is still delivered."""
    slow = Slow()
    two.here.assessor.script, two.here.callback.script = [ModelKeyRejected("no")], [slow]
    job_id = await two.here.queued(current_rating=40)
    await two.here.jobs.aclose(10)
    sending = asyncio.create_task(two.here.run_due())
    await slow.begun.wait()
    two.other.callback.script = [503]
    await two.other.submit(mode="async", current_rating=40)
    await two.other.jobs.aclose(10)
    slow.let_go()
    await sending
    between = await two.here.job(job_id)
    await two.other.run_all()

    assert (between.run, between.delivery) == (2, "owed")
    assert (ratings(two.here), ratings(two.other)) == ([40], [RATING, RATING])
    assert (await two.here.job(job_id)).delivery == "delivered"


async def test_delivery_that_was_taken_over_before_it_went_out_is_left_alone(two: Two) -> None:
    """Who was cut off between the result and its delivery looks again whose it is."""
    back, slow = Slow(), Slow()
    two.here.store.before["payloads"] = back
    await two.here.submit(mode="async")
    await back.begun.wait()
    two.other.callback.script = [slow]
    await two.taken_over()
    sending = asyncio.create_task(two.other.run_due())
    await slow.begun.wait()
    back.let_go()
    await two.here.jobs.aclose(10)
    slow.let_go()
    await sending

    assert (ratings(two.here), ratings(two.other)) == ([], [RATING])


async def test_job_begun_with_a_callback_is_called_back_though_a_keyless_process_took_it_over(
    sqlite_place: Place,
) -> None:
    """A process without the keys of a callback leaves the result to one that has them."""
    queue = FakeQueue(sqlite_place.clock)
    async with (
        working(sqlite_place, queue=queue) as here,
        working(
            sqlite_place, executor_id="keyless", callback=False, queue=queue, store=here.store
        ) as keyless,
    ):
        here.assessor.gate.clear()
        caller = asyncio.create_task(here.submit(mode="auto"))
        await here.assessor.begun.wait()
        await keyless.jobs.put_all_back(await here.store.orphans("here"))
        await keyless.run_due()
        job = await here.job()
        caller.cancel()
        here.assessor.gate.set()
        await here.jobs.aclose(10)
        await here.run_due()

        assert (job.state, job.delivery, queue.kinds) == ("succeeded", "owed", [])
        assert ratings(here) == [RATING]


# Who has lost its lock


async def test_process_without_its_lock_leaves_requests_to_the_queue(two: Two) -> None:
    """Others think it dead: what it began now they would begin as well."""
    two.here.standing.lost()
    await two.here.submit(mode="async")
    caller = asyncio.create_task(two.here.submit(mode="sync", candidate_id="waits"))
    await filled(two.here.queue.entries, 2)
    await two.other.run_due()
    await two.other.jobs.aclose(10)
    got = await caller

    assert isinstance(got, Finished)
    assert (got.result.rating, two.here.assessor.calls, two.other.assessor.calls) == (RATING, 0, 2)


async def test_process_without_its_lock_takes_nothing_from_the_queue(two: Two) -> None:
    """A unit that it has taken waits until the lock is there again."""
    two.here.standing.lost()
    job_id = await two.here.queued()
    units = [asyncio.create_task(two.here.work.assess(job_id))]
    units.append(asyncio.create_task(two.here.deliveries.deliver(job_id)))
    await asyncio.sleep(0.05)
    during = (await two.here.job()).state, two.here.assessor.calls
    two.here.standing.regained()
    await asyncio.gather(*units)
    await two.here.jobs.aclose(10)

    assert (during, two.here.assessor.calls) == (("waiting", 0), 1)


async def test_process_without_its_lock_leaves_deliveries_to_the_queue(two: Two) -> None:
    """The result of what it had in hand is kept, and delivered by another."""
    two.here.assessor.gate.clear()
    await two.here.submit(mode="async")
    await two.here.assessor.begun.wait()
    two.here.standing.lost()
    two.here.assessor.gate.set()
    await two.here.jobs.aclose(10)

    assert (two.here.queue.kinds, ratings(two.here)) == (["deliver"], [])


# Callers and callbacks


async def test_repeat_that_joins_after_a_202_is_answered_and_not_called_back(sqlite_place: Place) -> None:
    """While somebody waits for it, a result is not delivered at once."""
    terms = {"at_once": 8, "deadline_s": 0.2}
    async with working(sqlite_place, terms=terms, deliveries_at_once=8) as here:
        here.assessor.gate.clear()
        await here.submit()
        repeat = asyncio.create_task(here.submit())
        await asyncio.sleep(0.05)
        here.assessor.gate.set()
        got = await repeat
        assert isinstance(got, Finished)
        assert got.receipt is not None
        await here.jobs.answered(got.receipt)
        await here.run_all()

        assert (got.result.rating, here.callback.sent) == (RATING, [])
        assert (await here.job()).delivery == "answered"


async def test_no_more_deliveries_are_begun_than_there_is_room_for(sqlite_place: Place) -> None:
    """Also where many assessments end at the same moment."""
    async with working(sqlite_place, terms={"at_once": 40}, deliveries_at_once=4) as here:
        here.assessor.gate.clear()
        slow = Slow()
        here.callback.script = [slow] * 40
        await asyncio.gather(*(here.submit(mode="async", candidate_id=number) for number in range(40)))
        here.assessor.gate.set()
        await filled(here.queue.entries, 36)
        await filled(here.callback.sent, 4)

        assert len(here.deliveries.begun) == 4
        slow.let_go()
        await here.jobs.aclose(10)


async def test_cancelled_delivery_that_was_taken_all_the_same_is_delivered(two: Two) -> None:
    """It was on its way when the operator gave it up; a replay would be a second one."""
    slow = Slow()
    two.here.callback.script = [slow]
    job_id = await two.here.queued()
    await slow.begun.wait()
    await two.other.store.cancel(job_id)
    slow.let_go()
    await two.here.jobs.aclose(10)

    assert (await two.here.job(job_id)).delivery == "delivered"
    assert (await two.here.store.payloads(job_id)).secret is None


async def test_delivery_that_no_key_opens_is_dead(here: Here, sqlite_place: Place) -> None:
    """It says so, and is not tried without end."""
    job_id = await here.queued()
    await here.run_due()
    with sqlite_place.database().writing.begin() as connection:
        connection.exec_driver_sql("UPDATE payloads SET sealed = x'00'")
    await here.run_due()
    job = await here.job(job_id)

    assert (job.delivery, job.delivery_note) == ("dead", "no encryption key that is there opens it")


async def test_secret_in_another_spelling_is_not_kept_of_an_answer(here: Here) -> None:
    """Neither as JSON spells it, nor its beginning where the answer was cut."""
    secret = 'p\u00e4ss"wort/9'
    spelt = json.dumps({"echo": secret})

    told = f"{spelt} {secret} and cut off: {secret[:6]}"
    here.callback.script = [Attempt(here.clock(), 1, "delivered", status_code=200, detail=told)]
    job_id = await here.queued(call_secret=secret)
    await here.run_all()
    detail = (await here.store.attempts(job_id))[-1].detail

    assert detail == '{"echo": "[removed]"} [removed] and cut off: [removed]'
