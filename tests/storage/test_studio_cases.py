"""Past candidates that are kept in cohorts, on both databases."""

import asyncio
import contextlib
import threading
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from evaluator.storage.jobs import JobStore
from evaluator.storage.opening import open_store
from evaluator.storage.rows import Filter, canonical
from evaluator.storage.studio_cases import Cohort, Kept, Said
from tests.fakes.stores import Place, finished, new_job, tried
from tests.storage.test_erasing import rows_in

pytestmark = pytest.mark.anyio

WHY = "she ran the orders of a shop"


async def corrected(store: JobStore, job_id: str = "job-1", rating: float = 40.0) -> bool:
    """Have a person's rating kept of a job."""
    said = Said(rating, WHY)
    done, kept = await store.studio_cases.correct(
        job_id, "Corrected", by="ann", said=said, also=lambda _: "recorded"
    )
    assert done == "recorded"
    return kept


async def test_kept_case_holds_its_request_and_both_ratings(place: Place) -> None:
    """The request is the job's own, the service's rating that of its result."""
    async with place.open() as store:
        await finished(store)
        at = place.clock()
        assert await corrected(store)
        (kept,) = await store.studio_cases.members("Corrected")

    assert kept == Kept(
        id=kept.id,
        name="candidate-1",
        candidate="candidate-1",
        job="job-1",
        at=at,
        by="ann",
        request=b'{"candidate": "1"}',
        service_rating=70.0,
        rating=40.0,
        why=WHY,
    )


async def test_nothing_said_of_a_candidate_lies_open(place: Place) -> None:
    """Request and reason are sealed."""
    async with place.open() as store:
        await finished(store)
        await corrected(store)
    (row,) = rows_in(place, "studio_cases")

    assert all(bytes(each)[:4] == b"gAAA" for each in row if isinstance(each, bytes | memoryview))
    assert not any(isinstance(each, str) and WHY in each for each in row)


async def test_case_in_two_cohorts_is_one_and_goes_with_the_last(place: Place) -> None:
    """A person's rating is the same in each; the request is deleted once no cohort holds it."""
    async with place.open() as store:
        cases = store.studio_cases
        await finished(store)
        await corrected(store)
        await cases.keep("job-1", "Spring", by="bob")
        (one,), (other,) = await cases.members("Corrected"), await cases.members("Spring")
        first, of = await cases.drop("Corrected"), await cases.cohorts_of("job-1")
        second = await cases.take_out("Spring", one.id)

        assert (one, first, of, second) == (other, 0, ("Spring",), True)
        assert (await cases.one(one.id), await cases.take_out("Spring", one.id)) == (None, False)
    assert rows_in(place, "studio_cases") == []


async def test_case_that_two_take_out_of_its_last_cohorts_at_once_is_gone(place: Place) -> None:
    """Nobody would see it any more, and it would stay for ever; where they can meet half-way, they do."""
    half_way = threading.Barrier(2, timeout=0.5)

    def meet(*told: Any) -> None:
        if str(told[2]).startswith("DELETE FROM cohort_cases"):
            with contextlib.suppress(threading.BrokenBarrierError):
                half_way.wait()

    patient = partial(open_store, place.url, place.folder, place.keys)
    async with patient() as store, patient() as other:
        await finished(store)
        for cohort in ("Spring", "Autumn"):
            await store.studio_cases.keep("job-1", cohort, by="bob")
        case_id = store.studio_cases.case_id("job-1")
        event.listen(Engine, "after_cursor_execute", meet)
        try:
            await asyncio.gather(
                store.studio_cases.take_out("Spring", case_id),
                other.studio_cases.take_out("Autumn", case_id),
            )
        finally:
            event.remove(Engine, "after_cursor_execute", meet)
        left = await store.studio_cases.one(case_id)

    assert left is None


async def test_cases_are_named_each_once_and_not_opened(place: Place) -> None:
    """By cohort and age, as many as are asked for."""
    async with place.open() as store:
        cases = store.studio_cases
        for number, cohort in ((1, "Spring"), (2, "Autumn"), (3, "Spring")):
            await finished(store, f"job-{number}", candidate_id=f"candidate-{number}")
            await cases.keep(f"job-{number}", cohort, by="bob")
            place.clock.advance(1)
        await cases.keep("job-2", "Spring", by="bob")
        found = await cases.named(limit=2)

    assert [(each.name, each.cohort) for each in found] == [
        ("candidate-2", "Autumn"),
        ("candidate-1", "Spring"),
    ]


async def test_case_outlives_its_job_until_its_cohort_is_deleted(place: Place) -> None:
    """Retention takes the job, and a person the case."""
    async with place.open() as store:
        await finished(store, delivery="owed", retention_s=0.0)
        await store.studio_cases.keep("job-1", "Spring", by="bob")
        await store.delivered("job-1", tried("delivered"))
        swept = await store.sweep()
        kept = await store.studio_cases.members("Spring")

        assert (swept, [each.request for each in kept]) == (("job-1",), [b'{"candidate": "1"}'])
        assert (await store.studio_cases.drop("Spring"), await store.studio_cases.drop("Spring")) == (1, None)
    assert [rows_in(place, table) for table in ("studio_cases", "cohorts", "cohort_cases")] == [[], [], []]


async def test_request_that_is_no_longer_held_is_not_kept(place: Place) -> None:
    """Nothing is kept of it, no cohort is made, and what goes with it is done all the same."""
    async with place.open() as store:
        assert await corrected(store, "job-gone") is False
        assert await store.studio_cases.keep("job-gone", "Spring", by="bob") is False
        assert await store.studio_cases.cohorts() == ()


async def test_cohorts_are_told_with_their_sizes(place: Place) -> None:
    """Each is listed once, with its cases and those that a person has rated; a name is taken once."""
    async with place.open() as store:
        cases, at = store.studio_cases, place.clock()
        for number in (1, 2):
            await finished(store, f"job-{number}")
            await cases.keep(f"job-{number}", "Spring", by="bob")
        await corrected(store, "job-2")
        made = [await cases.make(name, by="ann") for name in ("Autumn", "Spring")]

        assert made == [True, False]
        assert await cases.cohorts() == (
            Cohort("Autumn", at, "ann", 0, 0),
            Cohort("Corrected", at, "ann", 1, 1),
            Cohort("Spring", at, "bob", 2, 1),
        )


async def test_rated_cases_are_found_since_a_moment(place: Place) -> None:
    """What was rated before, or never, is not among them; a later rating replaces the earlier."""
    async with place.open() as store:
        for number in (1, 2, 3):
            await finished(store, f"job-{number}")
        await corrected(store, "job-1")
        await store.studio_cases.keep("job-3", "Corrected", by="bob")
        place.clock.advance(10)
        await corrected(store, "job-2", 30.0)
        await corrected(store, "job-2", 35.0)
        found = await store.studio_cases.rated(since=place.clock())

    assert [(each.job, each.rating) for each in found] == [("job-2", 35.0)]


async def test_erasing_takes_a_candidate_out_of_everything(place: Place) -> None:
    """Kept cases and results of drafts go with the jobs, of this candidate alone, and are counted."""
    async with place.open() as store:
        for name in ("ann", "bob"):
            await finished(store, f"job-{name}", candidate_id=name)
            await store.studio_cases.keep(f"job-{name}", "Spring", by="bob")
        add_run_rows(place, "ann", "bob")
        erased = await store.erase_candidate("ann")
        left = await store.studio_cases.members("Spring")
        count = await store.studio_cases.count_of([canonical("ann")])

    assert (erased.job_ids, erased.cases, erased.run_rows, count) == (("job-ann",), 1, 1, 0)
    assert [each.candidate for each in left] == ["bob"]
    assert [row[2] for row in rows_in(place, "studio_run_rows")] == ['"bob"']


def add_run_rows(place: Place, *candidates: str) -> None:
    """Have a draft tried on candidates."""
    database = place.database()
    run = "INSERT INTO studio_runs VALUES ('run-1', 'p', 'ann', 1.5, 'done', 0, 1.5, 2, '{}')"
    row = text("INSERT INTO studio_run_rows VALUES ('run-1', :number, :candidate, :sealed)")
    with database.writing.begin() as connection:
        connection.execute(text(run))
        for number, name in enumerate(candidates):
            given = {"number": number, "candidate": canonical(name), "sealed": b"x"}
            connection.execute(row, given)
    database.close()


async def test_erasure_beside_keeping_leaves_no_case(place: Place) -> None:
    """Whichever comes first, nothing is left of the candidate."""
    async with place.open() as store, place.open() as another:
        for number in range(5):
            await finished(store, f"job-{number}", candidate_id="ann")
        kept = [another.studio_cases.keep(f"job-{number}", "Spring", by="bob") for number in range(5)]
        await asyncio.gather(*kept[:3], store.erase_candidate("ann"), *kept[3:])

        assert await store.studio_cases.members("Spring") == ()


async def test_jobs_are_found_by_what_a_person_looks_for(place: Place) -> None:
    """An id of any sort, the result's status, and whether a person corrected it narrow a list."""
    async with place.open() as store:
        await finished(store, "job-a", candidate_id="ann", step_id=7)
        await store.accept(new_job("job-b", candidate_id=7, step_id="s"))
        found = {
            name: [job.id for job in (await store.list(wanted)).jobs]
            for name, wanted in {
                "id": Filter(search="job-a"),
                "candidate or step": Filter(search="7"),
                "nobody": Filter(search="\0ann"),
                "status": Filter(statuses=("completed",)),
                "corrected": Filter(corrected=True),
                "not": Filter(corrected=False),
            }.items()
        }

    assert found == {
        "id": ["job-a"],
        "candidate or step": ["job-b", "job-a"],
        "nobody": [],
        "status": ["job-a"],
        "corrected": [],
        "not": ["job-b", "job-a"],
    }
