"""Whom a draft can be tried on: shipped samples, kept cases with a person's rating, past evaluations."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from evaluator.errors import InvalidRequest
from evaluator.storage.jobs import JobStore
from evaluator.storage.studio_cases import Said
from evaluator.studio.cohorts import Cohorts
from evaluator.studio.samples import Samples, shipped_samples
from evaluator.studio.try_candidates import StudioCandidates
from evaluator.studio.try_cases import MOST_CASES, Choice, too_many
from tests.fakes.evaluating import case
from tests.fakes.stores import Place, new_job

pytestmark = pytest.mark.anyio

SECRET = "s3cret-of-the-call"


@asynccontextmanager
async def candidates(place: Place) -> AsyncIterator[tuple[StudioCandidates, JobStore]]:
    """Open a store with one evaluated candidate, whom a person rated 40."""
    request = case("Ada").request.model_dump(mode="json", exclude_unset=True)
    body = json.dumps({**request, "call_secret": SECRET}).encode()
    async with place.open() as store:
        await store.accept(new_job(candidate_id="Ada", request=body))
        await store.finish("job-1", b'{"rating": 70}', status="completed")
        said = Said(40.0, "no kitchen")
        await store.studio_cases.correct("job-1", "Cooks", by="ann", said=said, also=lambda _: None)
        samples = Samples(shipped_samples(), store, store.studio_cases)
        yield StudioCandidates(samples, Cohorts(store.studio_cases), store.studio_cases), store


async def test_all_samples_are_those_that_are_shipped(sqlite_place: Place) -> None:
    """Made up, with what is expected of them."""
    async with candidates(sqlite_place) as (found, _):
        chosen = await found.chosen(Choice())

    assert len(chosen) == len(shipped_samples())
    assert all(each.candidate is None and each.case.expectation for each in chosen)


@pytest.mark.parametrize("kind", ["cohort", "case"])
async def test_kept_candidate_comes_with_a_persons_rating(sqlite_place: Place, kind: str) -> None:
    """In a cohort and by themselves; the id is theirs, so that an erasure finds what is tried on them."""
    async with candidates(sqlite_place) as (found, store):
        case_id = store.studio_cases.case_id("job-1")
        choice = Choice(cohort="Cooks") if kind == "cohort" else Choice((f"case:{case_id}",))
        (chosen,) = await found.chosen(choice)

    assert chosen.case.expectation is not None
    assert [(each.rating, each.note) for each in chosen.case.expectation.human_ratings] == [
        (40, "no kitchen")
    ]
    assert (chosen.candidate, chosen.title) == ("Ada", "Candidate Ada")


async def test_past_evaluation_comes_without_its_secret(sqlite_place: Place) -> None:
    """And without a rating of anybody."""
    async with candidates(sqlite_place) as (found, _):
        (chosen,) = await found.chosen(Choice(("evaluation:job-1",)))

    assert (chosen.candidate, chosen.case.expectation) == ("Ada", None)
    assert SECRET not in chosen.case.request.model_dump_json()


@pytest.mark.parametrize(
    "choice", [Choice(("shipped:nobody",)), Choice(("evaluation:none",)), Choice(cohort="Nobody's")]
)
async def test_candidate_who_is_not_there_is_told(sqlite_place: Place, choice: Choice) -> None:
    """They may be gone since the page was loaded."""
    async with candidates(sqlite_place) as (found, _):
        with pytest.raises(InvalidRequest):
            await found.chosen(choice)


async def test_cohort_that_is_too_large_is_refused_before_it_is_read(sqlite_place: Place) -> None:
    """It would take seconds to open thousands of applications that no run takes."""
    async with candidates(sqlite_place) as (found, _):
        copied = text(
            "INSERT INTO studio_cases SELECT :n, name, candidate, job, at, by_whom, 'x', 1, 1, NULL "
            "FROM studio_cases LIMIT 1"
        )
        database = sqlite_place.database()
        with database.writing.begin() as connection:
            for number in range(MOST_CASES):
                connection.execute(copied, {"n": f"case-{number}"})
            connection.execute(
                text("INSERT OR IGNORE INTO cohort_cases SELECT 'Cooks', id FROM studio_cases")
            )
        database.close()
        with pytest.raises(InvalidRequest) as caught:
            await found.chosen(Choice(cohort="Cooks"))

    assert [each.message for each in caught.value.problems] == [too_many(MOST_CASES + 1)]
