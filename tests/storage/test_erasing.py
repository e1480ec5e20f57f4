"""What is taken away, when, and what is left of it on the disk."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text

from evaluator.storage.jobs import JobStore
from evaluator.storage.keys import DATABASE_FILE
from evaluator.storage.rows import Filter
from tests.fakes.postgres import Postgres
from tests.fakes.stores import Place, finished, new_job, tried

pytestmark = pytest.mark.anyio
MARKS = (b"mark-of-request", b"mark-of-result", b"mark-of-secret", b"mark-of-answer")
DAY = 86_400.0


async def fill(store: JobStore, *, candidates: int) -> None:
    """Take jobs of several candidates through all that is stored of one."""
    for number in range(candidates):
        name = f"job-{number}"
        request, result, secret, answer = MARKS
        candidate = f"candidate-number-{number}-of-many"
        await store.accept(
            new_job(name, candidate_id=candidate, request=request, secret=secret, delivery="owed")
        )
        await store.finish(name, result, status="completed")
        await store.put_off(
            name,
            tried(detail=answer.decode()),
            delivery="owed",
            next_try_at=1.0,
            note="the callback answered 503",
        )


def rows_in(place: Place, table: str) -> list[tuple[object, ...]]:
    """Return a whole table."""
    database = place.database()
    with database.reading.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - a name of ours
    database.close()
    return rows


async def test_payloads_cannot_be_read_from_sqlite_files(sqlite_place: Place) -> None:
    """Neither database nor log holds a word of request, result, secret or answer."""
    async with sqlite_place.open() as store:
        await fill(store, candidates=3)
        while_open = sqlite_place.bytes_on_disk()
    after = sqlite_place.bytes_on_disk()

    assert b"candidate-number-1" in while_open
    assert [mark for mark in MARKS if mark in while_open + after] == []


async def test_payloads_cannot_be_read_from_postgres_files(postgres_place: Place, postgres: Postgres) -> None:
    """The server's files, its log of changes among them, hold no word of them either."""
    async with postgres_place.open() as store:
        await fill(store, candidates=3)
    postgres.stop()
    on_disk = b"".join(path.read_bytes() for path in postgres.folder.rglob("*") if path.is_file())
    postgres.start()

    assert b"candidate-number-1" in on_disk
    assert [mark for mark in MARKS if mark in on_disk] == []


async def test_erasing_removes_all_of_a_candidate_and_nothing_else(place: Place) -> None:
    """Jobs, payloads and attempts go, and what is held of others stays."""
    async with place.open() as store:
        await fill(store, candidates=2)
        await store.accept(new_job("job-9", candidate_id="candidate-number-0-of-many"))
        erased = await store.erase_candidate("candidate-number-0-of-many")
        left = [job.id for job in (await store.list(Filter())).jobs]

    assert set(erased.job_ids) == {"job-0", "job-9"}
    assert left == ["job-1"]
    assert {row[0] for table in ("payloads", "attempts") for row in rows_in(place, table)} == {"job-1"}


async def test_erasure_is_recorded_without_the_candidate(place: Place) -> None:
    """The record holds the time, the number of jobs, and a mark that only the key's holder can make again."""
    async with place.open() as store:
        await fill(store, candidates=1)
        erased = await store.erase_candidate("candidate-number-0-of-many")
        nothing = await store.erase_candidate("candidate-number-0-of-many")
        mark = store.fingerprint("candidate", '"candidate-number-0-of-many"')

    assert (erased.mark, nothing.job_ids) == (mark, ())
    assert [row[1:] for row in rows_in(place, "erasures")] == [(erased.at, mark, 1), (erased.at, mark, 0)]


async def test_erased_candidate_is_not_left_in_sqlite_files(sqlite_place: Place) -> None:
    """Pages and log are overwritten, so that not even the id can be found on the disk."""
    async with sqlite_place.open() as store:
        await fill(store, candidates=40)
        await store.erase_candidate("candidate-number-17-of-many")
        while_open = sqlite_place.bytes_on_disk()
    after = sqlite_place.bytes_on_disk()

    assert b"candidate-number-16-of-many" in after
    assert b"candidate-number-17-of-many" not in while_open + after


@contextmanager
def reading(place: Place) -> Iterator[sqlite3.Connection]:
    """Keep a look at SQLite's database as it is now, as a backup does."""
    with closing(sqlite3.connect(place.folder / DATABASE_FILE, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM jobs").fetchone()
        yield connection


async def test_erasure_beside_a_reader_says_that_copies_are_left(sqlite_place: Place) -> None:
    """What somebody still reads cannot be overwritten; the same again does it once they are done."""
    async with sqlite_place.open() as store:
        await fill(store, candidates=3)
        with reading(sqlite_place):
            erased = await store.erase_candidate("candidate-number-1-of-many")
            beside = sqlite_place.bytes_on_disk()
        again = await store.erase_candidate("candidate-number-1-of-many")
        after = sqlite_place.bytes_on_disk()

    assert (erased.job_ids, erased.overwritten, again.overwritten) == (("job-1",), False, True)
    assert (b"candidate-number-1-of" in beside, b"candidate-number-1-of" in after) == (True, False)


async def test_erasure_waits_a_while_for_a_reader(sqlite_place: Place) -> None:
    """A reader that is soon done leaves no copies."""
    async with sqlite_place.open() as store:
        await fill(store, candidates=1)
        with reading(sqlite_place):
            erasing = asyncio.create_task(store.erase_candidate("candidate-number-0-of-many"))
            await asyncio.sleep(0)
            cancelled = await store.cancel("job-0")  # has its turn after the erasure
        erased = await erasing
        on_disk = sqlite_place.bytes_on_disk()

    assert (cancelled, erased.overwritten, b"candidate-number-0-of" in on_disk) == (None, True, False)


async def test_swept_job_is_not_left_in_sqlite_files(sqlite_place: Place) -> None:
    """A retention of 0 leaves no bytes."""
    async with sqlite_place.open() as store:
        await finished(store, candidate_id="to-be-swept", retention_s=0.0, delivery="owed")
        await store.delivered("job-1", tried("delivered"))
        before = sqlite_place.bytes_on_disk()
        swept = await store.sweep()
        after = sqlite_place.bytes_on_disk()

    assert (swept, b"to-be-swept" in before, b"to-be-swept" in after) == (("job-1",), True, False)


@pytest.mark.parametrize("restarted", [False, True])
async def test_sweep_overwrites_what_an_earlier_one_could_not(sqlite_place: Place, restarted: bool) -> None:
    """Copies that a reader kept go with the next sweep, though it finds nothing to take."""
    async with sqlite_place.open() as store, sqlite_place.open() as another:
        await finished(store, candidate_id="to-be-swept", retention_s=0.0, delivery="owed")
        await store.delivered("job-1", tried("delivered"))
        with reading(sqlite_place):
            swept = await store.sweep()
            beside = sqlite_place.bytes_on_disk()
        nothing = await (another if restarted else store).sweep()
        after = sqlite_place.bytes_on_disk()

    assert (swept, nothing) == (("job-1",), ())
    assert (b"to-be-swept" in beside, b"to-be-swept" in after) == (True, False)


async def test_work_on_an_erased_job_comes_to_nothing(place: Place) -> None:
    """A worker that finishes an erased job is told that it is gone, and stores nothing of it."""
    async with place.open() as store:
        await store.accept(new_job(owner="web-1"))
        await store.erase_candidate("candidate-1")

        assert await store.finish("job-1", b"{}", status="completed", attempt=tried()) is None
    assert rows_in(place, "attempts") + rows_in(place, "payloads") == []


@pytest.mark.parametrize(("retention_s", "kept_s"), [(0.0, 0.0), (500.0, 500.0)])
async def test_received_result_goes_after_its_retention(
    place: Place, retention_s: float, kept_s: float
) -> None:
    """It is kept for as long as it was to be, from when it was received on; none at all where that is 0."""
    async with place.open() as store:
        await finished(store, retention_s=retention_s, delivery="owed")
        place.clock.advance(10 * DAY)
        before = await store.sweep()
        await store.delivered("job-1", tried("delivered"))
        place.clock.advance(kept_s - 1)
        early = await store.sweep()
        place.clock.advance(1)

        assert (before, early, await store.sweep()) == ((), (), ("job-1",))
        assert await store.payloads("job-1") is None


@pytest.mark.parametrize("end", ["unanswered", "dead", "failed", "cancelled"])
async def test_what_nobody_received_is_kept_for_a_day_at_least(place: Place, end: str) -> None:
    """However short the retention, there is time to see it and to set it right."""
    async with place.open() as store:
        await store.accept(new_job(retention_s=0.0, delivery="owed" if end == "dead" else "none"))
        if end == "cancelled":
            await store.cancel("job-1")
        elif end == "failed":
            await store.fail("job-1", "it broke")
        else:
            await store.finish("job-1", b"{}", status="completed")
            await store.give_up("job-1", None, note="rejected")
        place.clock.advance(DAY - 1)
        early = await store.sweep()
        place.clock.advance(1)

        assert (early, await store.sweep()) == ((), ("job-1",))


async def test_open_job_is_never_swept(place: Place) -> None:
    """What is waiting, running or owed stays, however old."""
    async with place.open() as store:
        await store.accept(new_job("waiting"))
        await store.accept(new_job("running", owner="web-1"))
        await finished(store, "owed", delivery="owed")
        place.clock.advance(1_000 * DAY)

        assert await store.sweep() == ()


async def test_sweep_takes_no_more_than_its_share(place: Place) -> None:
    """A long backlog goes in steps, the oldest first, so that nobody waits for long."""
    async with place.open() as store:
        for name in "abcde":
            await finished(store, name, owner="web-1")
            place.clock.advance(1)
        await store.mark_answered("abcde")
        place.clock.advance(1_000 * DAY)
        swept = [set(await store.sweep(limit=2)) for _ in range(4)]

    assert [len(each) for each in swept] == [2, 2, 1, 0]
    assert set().union(*swept) == set("abcde")
