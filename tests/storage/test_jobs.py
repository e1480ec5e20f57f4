"""What is accepted, and what becomes of it."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, text

from evaluator.errors import StorageKeyWrong
from evaluator.storage.jobs import JobStore
from evaluator.storage.migrations import migrate
from evaluator.storage.opening import fitting_sealer
from evaluator.storage.rows import Attempt, Job, Payloads
from tests.fakes.stores import Place, finished, new_job, outcome_of, tried

pytestmark = pytest.mark.anyio
SOON = 1_800_000_500.0


async def test_accepted_job_waits_as_it_came(place: Place) -> None:
    """A job is there with what it came with, and its request and secret can be read again."""
    async with place.open() as store:
        accepted = await store.accept(new_job(candidate_id=1, step_id="1", deadline_at=SOON, pack="default"))
        job = await store.get("job-1")

        assert (accepted.how, accepted.job) == ("new", job)
        assert job is not None
        assert (job.candidate_id, job.step_id, job.state, job.delivery, job.run) == (
            1,
            "1",
            "waiting",
            "none",
            1,
        )
        assert (job.created_at, job.deadline_at, job.pack) == (place.clock.now, SOON, "default")
        assert await store.payloads("job-1") == Payloads(b'{"candidate": "1"}', None, b'"s3cret"')


async def test_what_is_not_there_is_none(place: Place) -> None:
    """An unknown id is no error."""
    async with place.open() as store:
        assert (await store.get("x"), await store.payloads("x"), await store.attempts("x")) == (
            None,
            None,
            (),
        )
        assert await store.claim("x", "worker") is None


async def test_request_is_taken_once_however_often_it_comes(place: Place) -> None:
    """Of fifty at the same moment one is new, and the others find the job that it became."""
    async with place.open() as store:
        accepted = await asyncio.gather(*(store.accept(new_job()) for _ in range(50)))

    assert Counter(each.how for each in accepted) == {"new": 1, "existing": 49}
    assert len({each.job for each in accepted}) == 1


def test_request_is_taken_once_by_several_processes(place: Place) -> None:
    """Of processes that get the same requests, one takes each; a restart takes none again."""
    ids = [f"job-{n}" for n in range(30)]
    processes = [place.process(*order) for order in (ids, ids[::-1], ids[15:] + ids[:15])]
    outcomes = [outcome_of(process) for process in processes]
    outcomes[1].reverse()
    outcomes[2] = outcomes[2][15:] + outcomes[2][:15]

    assert all(sorted(three) == ["existing", "existing", "new"] for three in zip(*outcomes, strict=True))
    assert outcome_of(place.process(*ids)) == ["existing"] * 30


@pytest.mark.parametrize("end", ["fail", "cancel"])
async def test_failed_job_is_run_anew_when_its_request_comes_again(place: Place, end: str) -> None:
    """It is run once more, with the mode and secret that came now, and without what it failed with."""
    async with place.open() as store:
        await store.accept(new_job(delivery="owed"))
        await (store.fail("job-1", "it broke", result=b"{}") if end == "fail" else store.cancel("job-1"))
        again = new_job(mode="sync", secret=b'"new"', owner="web-1")
        accepted = await asyncio.gather(*(store.accept(again) for _ in range(5)))
        job = await store.get("job-1")

        assert Counter(each.how for each in accepted) == {"again": 1, "existing": 4}
        assert job is not None
        assert (job.state, job.delivery, job.mode, job.run) == ("running", "none", "sync", 2)
        assert (job.failure, job.status, job.finished_at, job.retain_until) == (None, None, None, None)
        assert await store.payloads("job-1") == Payloads(
            b'{"candidate": "1"}', None, b'"new"', run=2, owner="web-1"
        )


async def test_accepting_knows_its_own_work_when_the_commit_was_not_confirmed(postgres_place: Place) -> None:
    """Where the connection breaks after the commit, the second try does not take the job for another's."""
    broken = []

    def commit_and_break(connection: Connection) -> None:
        if not broken:
            broken.append(connection)
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.commit()
            driver.close()

    database = postgres_place.database()
    migrate(database)
    store = JobStore(database, fitting_sealer(database, postgres_place.keys))
    event.listen(database.writing, "commit", commit_and_break)
    accepted = await store.accept(new_job())
    await store.aclose()

    assert (len(broken), accepted.how) == (1, "new")


async def test_job_is_claimed_and_let_go(place: Place) -> None:
    """A process takes a job in hand, and who lets go leaves it waiting."""
    async with place.open() as store:
        await store.accept(new_job())
        claimed = await store.claim("job-1", "worker-1")
        released = await store.release("job-1")

    assert claimed is not None
    assert (claimed.state, claimed.owner) == ("running", "worker-1")
    assert released is not None
    assert (released.state, released.owner) == ("waiting", None)


async def test_job_is_let_go_only_as_it_was_seen(place: Place) -> None:
    """Who looked before another took it in hand, or before it was let go, lets go of nothing."""
    async with place.open() as store:
        seen = (await store.accept(new_job(owner="dead"))).job
        place.clock.advance(1)
        released = await asyncio.gather(*(store.release("job-1", seen=seen) for _ in range(3)))
        await store.claim("job-1", "worker-1")
        late = await store.release("job-1", seen=seen)

    assert [each is None for each in released] == [False, True, True]
    assert late is None


async def test_job_is_not_claimed_before_its_time(place: Place) -> None:
    """One that was put back waits for its next try, less what the claimer allows for clocks."""
    async with place.open() as store:
        await store.accept(new_job())
        await store.postpone("job-1", "busy", next_try_at=place.clock() + 10)
        early = await store.claim("job-1", "worker-1", early_s=9.5)
        in_time = await store.claim("job-1", "worker-1", early_s=10.5)

    assert (early, in_time is not None) == (None, True)


async def test_one_takes_over_from_a_dead_process(place: Place) -> None:
    """Of several that find a dead process's job, one gets it."""
    async with place.open() as store:
        await store.accept(new_job(owner="dead"))
        found = await store.orphans("dead")
        claims = (store.claim("job-1", f"worker-{n}", held_by="dead") for n in range(5))
        taken = [job for job in await asyncio.gather(*claims) if job is not None]

        assert [job.id for job in found] == ["job-1"]
        assert len(taken) == 1
        assert await store.owners() == (taken[0].owner,)


async def test_orphans_are_all_that_a_process_left(place: Place) -> None:
    """What it was running and what it had not answered is found; what was answered or handed on is not."""
    async with place.open() as store:
        for name in ("running", "unanswered", "answered", "owed", "handed-on", "failed"):
            await store.accept(new_job(name, owner="dead", delivery="owed" if name == "owed" else "none"))
        for name in ("unanswered", "answered", "owed", "handed-on"):
            await store.finish(name, b"{}", status="completed")
        await store.fail("failed", "it broke")
        await store.mark_answered("answered")
        await store.want_callback("handed-on")

        assert {job.id for job in await store.orphans("dead")} == {"running", "unanswered", "failed"}


async def test_failure_that_may_pass_puts_the_job_back(place: Place) -> None:
    """It waits for its next try, and says why."""
    async with place.open() as store:
        await store.accept(new_job(owner="web-1"))
        job = await store.postpone("job-1", "busy\0", next_try_at=SOON, attempt=tried(kind="model"))

        assert job is not None
        assert (job.state, job.owner, job.attempts, job.next_try_at) == ("waiting", None, 1, SOON)
        assert job.failure == "busy"
        assert [attempt.kind for attempt in await store.attempts("job-1")] == ["model"]


async def test_first_result_counts(place: Place) -> None:
    """A process that was taken for dead and finishes late changes nothing."""
    async with place.open() as store:
        await store.accept(new_job(owner="web-1"))
        first = await store.finish("job-1", b'{"rating": 1}', status="completed", pack="default")
        second = await store.finish("job-1", b'{"rating": 2}', status="completed")
        failed = await store.fail("job-1", "too late")
        payloads = await store.payloads("job-1")

    assert first is not None
    assert (first.state, first.status, first.pack, first.owner) == (
        "succeeded",
        "completed",
        "default",
        "web-1",
    )
    assert (second, failed) == (None, None)
    assert payloads is not None
    assert payloads.result == b'{"rating": 1}'


async def test_only_who_has_a_job_in_hand_may_fail_it(place: Place) -> None:
    """A process that was taken for dead does not end what another one is running."""
    async with place.open() as store:
        await store.accept(new_job(owner="dead"))
        await store.claim("job-1", "worker", held_by="dead")

        assert await store.fail("job-1", "it broke", held_by="dead") is None
        assert await store.fail("job-1", "it broke", held_by="worker") is not None


@pytest.mark.parametrize(
    ("delivery", "result", "after"),
    [("owed", b"{}", "owed"), ("owed", None, "dead"), ("none", None, "none")],
)
async def test_failure_is_called_back_where_there_is_something_to_say(
    place: Place, delivery: str, result: bytes | None, after: str
) -> None:
    """Without a result to send, a delivery that is owed is dead, and stays to be seen."""
    async with place.open() as store:
        await store.accept(new_job(delivery=delivery))
        job = await store.fail("job-1", "it broke", result=result)

    assert job is not None
    assert (job.state, job.delivery, job.failure) == ("failed", after, "it broke")
    assert (job.retain_until is None) == (after == "owed")


async def test_answered_result_is_not_called_back_and_its_secret_is_gone(place: Place) -> None:
    """What was answered directly cannot become a delivery any more; only the secret's mark stays."""
    async with place.open() as store:
        await finished(store, "a", owner="web-1")
        noted = [
            await store.mark_answered(name, run=run) for name, run in (("a", 2), ("a", 1), ("unknown", 1))
        ]
        job, payloads = await store.get("a"), await store.payloads("a")

        assert noted == [False, True, False]
        assert job is not None
        assert (job.delivery, job.owner, job.secret_mark) == ("answered", None, "5ec4e7")
        assert payloads is not None
        assert payloads.secret is None
        assert await store.want_callback("a") is None


async def test_answered_failure_keeps_its_secret(place: Place) -> None:
    """A job that failed may be set going by an operator, and then is called back with its secret."""
    async with place.open() as store:
        await store.accept(new_job(owner="web-1"))
        await store.fail("job-1", "it broke")
        await store.mark_answered("job-1")
        job = await store.retry("job-1", callback=True, deadline_at=SOON)

    assert job is not None
    assert (job.state, job.delivery, job.run, job.deadline_at) == ("waiting", "owed", 2, SOON)


async def test_retry_without_secret_leaves_the_result_to_be_asked_for(place: Place) -> None:
    """Where the secret is gone there is nothing to call back with."""
    async with place.open() as store:
        await store.accept(new_job(delivery="owed"))
        await store.fail("job-1", "it broke", result=b"{}")
        await store.delivered("job-1", tried("delivered"))
        job = await store.retry("job-1", callback=True)

        assert job is not None
        assert (job.state, job.delivery) == ("waiting", "none")
        assert await store.retry("job-1", callback=True) is None


@pytest.mark.parametrize("ended", [False, True])
async def test_caller_that_left_gets_a_callback(place: Place, ended: bool) -> None:
    """A result that nobody waits for is owed, whether it is there already or not."""
    async with place.open() as store:
        await store.accept(new_job(owner="web-1", deadline_at=1.0))
        if ended:
            await store.finish("job-1", b"{}", status="completed")
        job = await store.want_callback("job-1", deliver_until=SOON)

    assert job is not None
    assert (job.delivery, job.retain_until) == ("owed", None)
    assert (job.owner, job.deadline_at) == ((None, SOON) if ended else ("web-1", 1.0))


async def test_delivery_is_put_off_held_and_made(place: Place) -> None:
    """Each try is recorded in order, and the secret goes with the delivery."""
    async with place.open() as store:
        await finished(store, delivery="owed")
        put_off = await store.put_off("job-1", tried(), delivery="owed", next_try_at=SOON, note="503")
        held = await store.put_off("job-1", tried("hold"), delivery="held", next_try_at=SOON, note="401")
        done = await store.delivered("job-1", tried("delivered", status_code=200, detail="thanks"))
        recorded, payloads = await store.attempts("job-1"), await store.payloads("job-1")

    assert put_off is not None
    assert held is not None
    assert done is not None
    assert [(job.delivery, job.attempts, job.next_try_at) for job in (put_off, held, done)] == [
        ("owed", 1, SOON),
        ("held", 2, SOON),
        ("delivered", 2, None),
    ]
    assert held.delivery_note == "401"
    assert [(attempt.number, attempt.outcome) for attempt in recorded] == [
        (1, "retry"),
        (2, "hold"),
        (3, "delivered"),
    ]
    assert recorded[2].detail == "thanks"
    assert payloads is not None
    assert payloads.secret is None


async def test_attempt_is_recorded_though_the_delivery_was_answered_meanwhile(place: Place) -> None:
    """A callback that was under way when the result was answered directly is not forgotten."""
    async with place.open() as store:
        await finished(store, delivery="owed")
        await store.mark_answered("job-1")

        assert await store.delivered("job-1", tried("delivered")) is None
        assert len(await store.attempts("job-1")) == 1


async def test_dead_delivery_is_replayed(place: Place) -> None:
    """It is owed again, from the first wait on, with its secret still there."""
    async with place.open() as store:
        await finished(store, delivery="owed")
        dead = await store.give_up("job-1", tried("dead", status_code=422), note="rejected")
        replayed = await store.replay("job-1", deliver_until=SOON)
        payloads = await store.payloads("job-1")

    assert dead is not None
    assert (dead.delivery, dead.delivery_note) == ("dead", "rejected")
    assert replayed is not None
    assert (replayed.delivery, replayed.attempts, replayed.deadline_at) == ("owed", 0, SOON)
    assert (replayed.retain_until, replayed.delivery_note) == (None, None)
    assert payloads is not None
    assert payloads.secret == b'"s3cret"'


async def test_failure_without_result_is_not_replayed(place: Place) -> None:
    """There is nothing to deliver; such a job is retried instead."""
    async with place.open() as store:
        await store.accept(new_job(delivery="owed"))
        await store.fail("job-1", "it broke")

        assert await store.replay("job-1") is None
        assert await store.retry("job-1", callback=True) is not None


async def test_cancelling_ends_what_is_going_on(place: Place) -> None:
    """A job that runs is cancelled, an owed delivery is given up, and what is over stays as it is."""
    async with place.open() as store:
        await store.accept(new_job("running", delivery="owed", owner="web-1"))
        await finished(store, "owed", delivery="owed")
        await finished(store, "over")
        running, owed, over = [await store.cancel(name) for name in ("running", "owed", "over")]

        assert running is not None
        assert (running.state, running.delivery, running.owner) == ("cancelled", "none", None)
        assert owed is not None
        assert (owed.state, owed.delivery, owed.delivery_note) == (
            "succeeded",
            "dead",
            "cancelled by an operator",
        )
        assert over is None
        assert await store.finish("running", b"{}", status="completed") is None


async def test_statements_of_others_join_the_commit(place: Place) -> None:
    """They see the job as it is now, and are run only where something was changed."""
    seen: list[Job] = []
    statement = text("INSERT INTO meta (key, value) VALUES (:key, '')")

    def also(connection: Connection, job: Job) -> None:
        seen.append(job)
        connection.execute(statement, {"key": f"{job.id} {job.state}"})

    async with place.open() as store:
        for _ in range(2):
            await store.accept(new_job(), also=also)
            await store.finish("job-1", b"{}", status="completed", also=also)
            await store.retry("job-1", callback=False, also=also)
        await store.accept(new_job("job-2"))
        await store.cancel("job-2", also=also)
        await store.retry("job-2", callback=False, also=also)

    assert [job.state for job in seen] == ["waiting", "succeeded", "cancelled", "waiting"]


async def test_statements_of_others_undo_the_change_when_they_fail(place: Place) -> None:
    """Either both are stored or neither."""

    def also(connection: Connection, job: Job) -> None:
        raise ValueError("no place in the queue")

    async with place.open() as store:
        with pytest.raises(ValueError, match="no place"):
            await store.accept(new_job(), also=also)
        assert await store.get("job-1") is None


async def test_attempts_of_one_job_are_numbered_without_gaps(place: Place) -> None:
    """Tries that are recorded at the same moment each get a number of their own."""
    attempt = Attempt("model", 1.5, "completed", 900, detail="gave\ud800 up")
    async with place.open() as store:
        await store.accept(new_job())
        tries = (store.postpone("job-1", "busy", next_try_at=0.0, attempt=attempt) for _ in range(10))
        await asyncio.gather(*tries)
        recorded = await store.attempts("job-1")

    assert recorded == tuple(replace(attempt, number=n, detail="gave? up") for n in range(1, 11))


async def test_another_key_does_not_open_the_database(place: Place) -> None:
    """A start with the wrong key stops with what to do about it."""
    async with place.open():
        pass

    other = (b"0123456789012345678901234567890123456789012=",)
    with pytest.raises(StorageKeyWrong, match="not the one this database was written with"):
        async with place.open(other):
            pass


async def test_key_is_replaced_in_three_starts(place: Place) -> None:
    """With both keys all is read; fingerprints stay; then the new key alone opens the database."""
    new = (b"0123456789012345678901234567890123456789012=",)
    async with place.open() as store:
        before = store.fingerprint("candidate-1")
    async with place.open(new + place.keys) as store:
        await store.accept(new_job())
    async with place.open(new) as store:
        assert store.fingerprint("candidate-1") == before
        assert await store.payloads("job-1") == Payloads(b'{"candidate": "1"}', None, b'"s3cret"')


async def test_ping_answers_while_the_database_does(place: Place) -> None:
    """A database that answers is ready."""
    async with place.open() as store:
        await store.ping()
