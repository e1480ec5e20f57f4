"""What an operator can do with jobs, on both databases; the queue is a list here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection

from evaluator.errors import JobUnknown, JobUnsuited
from evaluator.jobs.engine import Kind
from evaluator.jobs.operations import Operations
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Attempt, Filter
from tests.fakes.stores import Place, finished, new_job, place, postgres_place, sqlite_place, tried

__all__ = ["place", "postgres_place", "sqlite_place"]

pytestmark = pytest.mark.anyio


@dataclass
class FakeQueue:
    """Remembers what was put into it."""

    entries: list[tuple[Kind, str]] = field(default_factory=list)

    def enqueue(self, connection: Connection, kind: Kind, job_id: str, *, delay_s: float = 0.0) -> None:
        """See evaluator.jobs.work.Enqueues."""
        self.entries.append((kind, job_id))


@dataclass
class Desk:
    """Operations over a store, both open."""

    store: JobStore
    queue: FakeQueue
    operations: Operations

    async def failed(self, job_id: str = "job-1", **changes: Any) -> None:
        """Have a job that failed."""
        await self.store.accept(new_job(job_id, **changes))
        await self.store.fail(job_id, "the model is gone")

    async def dead(self, job_id: str, **changes: Any) -> None:
        """Have a job whose delivery is dead."""
        await finished(self.store, job_id, delivery="owed", **changes)
        await self.store.give_up(job_id, tried("dead", status_code=422), note="the callback answered 422")


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[Desk]:
    """An operator's desk over an empty database, in a service that calls back."""
    async with place.open() as store:
        queue = FakeQueue()
        yield Desk(store, queue, operations_over(store, queue, place))


def operations_over(store: JobStore, queue: FakeQueue, place: Place, *, callback: bool = True) -> Operations:
    """Return operations that run by the place's clock."""
    return Operations(
        store=store,
        queue=queue,
        assess_within_s=100,
        deliver_within_s=200,
        callback=callback,
        clock=place.clock,
    )


async def test_find_gives_pages(desk: Desk) -> None:
    """A page ends with the cursor of the next, the newest come first, and a filter narrows."""
    for name in "abc":
        await desk.store.accept(new_job(name))
    await desk.store.cancel("b")
    first = await desk.operations.find(Filter(), limit=2)
    second = await desk.operations.find(Filter(), limit=2, cursor=first.cursor)
    cancelled = await desk.operations.find(Filter(states=("cancelled",)))

    assert [job.id for job in (*first.jobs, *second.jobs)] == ["c", "b", "a"]
    assert (second.cursor, [job.id for job in cancelled.jobs]) == (None, ["b"])


async def put_off(store: JobStore, attempt: Attempt) -> None:
    """Have a try of a delivery noted that came to nothing."""
    await store.put_off("job-1", attempt, delivery="owed", next_try_at=0.0, note="busy")


async def test_show_holds_attempts_and_nothing_of_the_candidate(desk: Desk) -> None:
    """By itself it tells how the job stands and what was tried."""
    await finished(desk.store, delivery="owed")
    await put_off(desk.store, tried(detail="busy"))
    shown = await desk.operations.show("job-1")

    assert [(each.number, each.status_code, each.detail) for each in shown.attempts] == [(1, 503, "busy")]
    assert (shown.request, shown.result) == (None, None)


async def test_show_gives_what_is_held_where_asked(desk: Desk) -> None:
    """Request and result come as they are stored, which is without the secret."""
    await finished(desk.store)
    shown = await desk.operations.show("job-1", request=True, result=True)

    assert (shown.request, shown.result) == ({"candidate": "1"}, {"rating": 70})


@pytest.mark.parametrize(
    "answer",
    [
        'you sent {"call_secret": "s3cret", "v": "1"}',
        'you sent {\\"call_secret\\":\\"s3cret\\"}',
        "cut off: {'call_secret': 's3cr",
        "not for us: s3cret",
        "call_secret=s3cret&v=1",
    ],
)
async def test_show_hides_a_secret_that_was_echoed(desk: Desk, answer: str) -> None:
    """An endpoint that answers with what it was sent does not bring the secret to light."""
    await finished(desk.store, delivery="owed")
    await put_off(desk.store, tried(detail=answer))
    (attempt,) = (await desk.operations.show("job-1")).attempts

    assert attempt.detail is not None
    assert "s3cr" not in attempt.detail
    assert attempt.detail[:3] == answer[:3]


async def test_show_hides_an_echoed_secret_that_is_no_longer_held(desk: Desk) -> None:
    """After delivery the secret itself is erased, and is still told by its name."""
    await finished(desk.store, delivery="owed")
    await put_off(desk.store, tried(detail='{"call_secret": "s3cret"}'))
    await desk.store.delivered("job-1", tried("delivered", status_code=200))
    shown = await desk.operations.show("job-1")

    assert [each.detail for each in shown.attempts] == ['{"call_secret": "[removed]"}', None]


@pytest.mark.parametrize("name", ["show", "retry", "cancel", "replay"])
async def test_unknown_job_is_told(desk: Desk, name: str) -> None:
    """Each of them says that there is no such job."""
    with pytest.raises(JobUnknown, match="no job 'job-9'"):
        await getattr(desk.operations, name)("job-9")


@pytest.mark.parametrize("end", ["failed", "cancelled"])
async def test_retry_sets_a_job_going_anew(desk: Desk, place: Place, end: str) -> None:
    """It waits for its turn, is queued once, is tried within the time set, and is called back."""
    await desk.store.accept(new_job())
    await (desk.store.cancel("job-1") if end == "cancelled" else desk.store.fail("job-1", "it broke"))
    job = await desk.operations.retry("job-1")

    assert (job.state, job.delivery, job.run, job.deadline_at) == ("waiting", "owed", 2, place.clock() + 100)
    assert desk.queue.entries == [("assess", "job-1")]


@pytest.mark.parametrize(("mode", "expected"), [("sync", "none"), ("async", "owed")])
async def test_retry_without_credentials_goes_by_the_mode(place: Place, mode: str, expected: str) -> None:
    """Where no callback is set up here, a job taken in a mode that calls back is called back all the same."""
    async with place.open() as store:
        await store.accept(new_job(mode=mode))
        await store.fail("job-1", "it broke")
        job = await operations_over(store, FakeQueue(), place, callback=False).retry("job-1")

    assert job.delivery == expected


async def test_retry_without_the_secret_is_refused(desk: Desk) -> None:
    """Once a failure was delivered its secret is gone, and another run could not be delivered."""
    await desk.store.accept(new_job(delivery="owed"))
    await desk.store.fail("job-1", "it broke", result=b"{}", deliver_until=1.0)
    await desk.store.delivered("job-1", tried("delivered"))

    with pytest.raises(JobUnsuited, match="have the request sent again"):
        await desk.operations.retry("job-1")
    assert desk.queue.entries == []


async def test_retry_says_why_not(desk: Desk) -> None:
    """What waits, runs or has succeeded is not retried; a dead delivery is named with what helps."""
    await desk.store.accept(new_job("waits"))
    await desk.store.accept(new_job("runs", owner="web-1"))
    await desk.dead("dead")
    told = []
    for name in ("waits", "runs", "dead"):
        with pytest.raises(JobUnsuited) as refusal:
            await desk.operations.retry(name)
        told.append(str(refusal.value).partition(": ")[2])

    assert told == [
        "it waits for its turn by itself",
        "it is being worked on",
        "it has succeeded; its delivery is dead: replay it",
    ]


@pytest.mark.parametrize("owner", [None, "web-1"])
async def test_cancel_ends_what_is_not_finished(desk: Desk, owner: str | None) -> None:
    """A job that waits or runs ends; a second time there is nothing to cancel."""
    await desk.store.accept(new_job(owner=owner))

    cancelled = await desk.operations.cancel("job-1")

    assert (cancelled.job.state, cancelled.under_way) == ("cancelled", owner and "assessment")
    with pytest.raises(JobUnsuited, match="cancelled already"):
        await desk.operations.cancel("job-1")


async def test_cancel_gives_up_a_delivery(desk: Desk) -> None:
    """A delivery that is owed becomes dead, with a note; the result stays."""
    await finished(desk.store, delivery="owed")
    cancelled = await desk.operations.cancel("job-1")
    job = cancelled.job

    assert (job.state, job.delivery, job.delivery_note) == ("succeeded", "dead", "cancelled by an operator")
    assert cancelled.under_way is None


async def test_cancel_tells_of_a_delivery_under_way(desk: Desk) -> None:
    """A delivery that a process has in hand is given up, and may arrive all the same."""
    await finished(desk.store, delivery="owed")
    await desk.store.claim_delivery("job-1", "web-1")
    cancelled = await desk.operations.cancel("job-1")

    assert (cancelled.job.delivery, cancelled.under_way) == ("dead", "delivery")


async def test_replay_owes_a_dead_delivery_again(desk: Desk, place: Place) -> None:
    """It is queued and gets the whole time again; while it is tried it is not replayed twice."""
    await desk.dead("job-1")
    desk.queue.entries.clear()
    job = await desk.operations.replay("job-1")

    assert (job.delivery, job.attempts, job.deadline_at) == ("owed", 0, place.clock() + 200)
    assert desk.queue.entries == [("deliver", "job-1")]
    with pytest.raises(JobUnsuited, match="still being tried"):
        await desk.operations.replay("job-1")


async def test_replay_without_a_result_is_refused(desk: Desk) -> None:
    """A failure that had nothing to call back with is to be retried instead."""
    await desk.failed(delivery="owed")

    with pytest.raises(JobUnsuited, match="retry it"):
        await desk.operations.replay("job-1")


async def test_replay_all_takes_the_dead_of_a_range(desk: Desk, place: Place) -> None:
    """Those within the range and with a result are owed again, over more than one page; no others are."""
    for number in range(501):
        await finished(desk.store, f"in-{number}", delivery="owed")
        await desk.store.give_up(f"in-{number}", None, note="gone")
    await desk.failed("no-result", delivery="owed")
    await finished(desk.store, "delivered", delivery="owed")
    await desk.store.delivered("delivered", None)
    place.clock.advance(60)
    await desk.dead("later")
    desk.queue.entries.clear()
    replayed = await desk.operations.replay_all(Filter(older_than=place.clock() - 30))

    assert {job.id for job in replayed.jobs} == {f"in-{number}" for number in range(501)}
    assert sorted(desk.queue.entries) == sorted(("deliver", job.id) for job in replayed.jobs)
    assert replayed.without_result == ("no-result",)


async def test_replay_all_leaves_what_an_operator_cancelled(desk: Desk) -> None:
    """What a person gave up is named and stays as it is, unless the job itself is named."""
    await desk.dead("dead")
    await finished(desk.store, "given-up", delivery="owed")
    await desk.operations.cancel("given-up")
    replayed = await desk.operations.replay_all(Filter())

    assert ([job.id for job in replayed.jobs], replayed.cancelled) == (["dead"], ("given-up",))
    assert (await desk.operations.replay("given-up")).delivery == "owed"


async def test_erase_takes_all_of_a_candidate(desk: Desk) -> None:
    """Finished and open jobs go, whether the id came as text or as a number; those of others stay."""
    await finished(desk.store, "as-text", candidate_id="42")
    await desk.store.accept(new_job("as-number", candidate_id=42))
    await desk.store.accept(new_job("other", candidate_id="420"))
    erased = await desk.operations.erase("42")
    left = await desk.operations.find(Filter())

    assert sorted(erased.job_ids) == ["as-number", "as-text"]
    assert [job.id for job in left.jobs] == ["other"]
    assert len(set(erased.marks)) == 2
