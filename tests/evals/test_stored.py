"""Cases from the service's own store, and their export; on both databases where the store matters."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import FixtureError, SettingsError
from evaluator.evals.dataset import Case, load_cases
from evaluator.evals.stored import cases_of, export_jsonl, moment, stored_cases
from evaluator.jobs.keys import packed, packed_secret
from evaluator.settings import Settings, load
from evaluator.storage.jobs import JobStore
from evaluator.storage.studio_cases import Said
from tests.fakes.prompting import payload
from tests.fakes.stores import Place, new_job, place, postgres_place, sqlite_place

__all__ = ["place", "postgres_place", "sqlite_place"]

SECRET, CANDIDATE = "s3cret-77", "cand-4711"
CV = {"raw": f"Name: Jo Falconer, jo@example.org, file {CANDIDATE}, sent with {SECRET}. Python since 2015."}


async def ended(store: JobStore, job_id: str = "job-000001", *, fails: bool = False, **changes: Any) -> None:
    """Have a request that was answered with 70, or that failed, its secret no longer held."""
    body = payload(candidate_id=CANDIDATE, call_secret=SECRET, candidate_parsed_cv=CV) | changes
    request = read_model(AssessmentRequest, body)
    ids = {"candidate_id": request.candidate_id, "step_id": request.pipeline_step_id}
    await store.accept(
        new_job(job_id, request=packed(request), secret=packed_secret(request), delivery="owed", **ids)
    )
    if fails:
        await store.fail(job_id, "the model is gone")
    else:
        await store.finish(job_id, b'{"rating": 70}', status="completed")


def read(place: Place, *jobs: dict[str, Any], since: float = 0) -> Sequence[Case]:
    """Return the cases of a store in which these requests have ended."""

    async def within() -> Sequence[Case]:
        async with place.open() as store:
            for job in jobs:
                await ended(store, **job)
            return await cases_of(store, since=since)

    return asyncio.run(within())


def settings_for(place: Place) -> Settings:
    """Return the settings of a service that keeps its jobs there."""
    return load({"EVALUATOR_DATA_DIR": str(place.folder)})


def test_cases_of_ended_requests_are_redacted(place: Place) -> None:
    """Text about the candidate keeps its meaning; id, secret, name and address are gone."""
    (case,) = read(place, {})
    raw = case.request.candidate_parsed_cv.raw
    pseudonym = str(case.request.candidate_id)

    assert raw == f"Name: [name], [e-mail], file {pseudonym}, sent with [removed]. Python since 2015."
    assert pseudonym.startswith("c-")
    assert case.name == f"{pseudonym}-000001"
    assert (case.service_rating, case.expectation, case.folder) == (70, None, None)


def test_cases_of_failed_requests_have_no_rating(sqlite_place: Place) -> None:
    """What could not be rated is worth judging again."""
    assert [case.service_rating for case in read(sqlite_place, {"fails": True})] == [None]


def test_cases_of_one_candidate_share_a_pseudonym(sqlite_place: Place) -> None:
    """Their requests stay together, and 1 and "1" are two candidates."""
    jobs = [{"job_id": f"job-{at}", "candidate_id": each} for at, each in enumerate(["1", "1", 1])]
    names = [case.request.candidate_id for case in read(sqlite_place, *jobs)]

    assert (len(names), len(set(names))) == (3, 2)
    assert names == [case.request.candidate_id for case in read(sqlite_place)]


def test_cases_leave_out_what_has_not_ended_or_is_older(sqlite_place: Place) -> None:
    """Waiting and cancelled requests are no cases, nor are those accepted before."""

    async def within() -> Sequence[Case]:
        async with sqlite_place.open() as store:
            await ended(store, "job-older1")
            held = packed(read_model(AssessmentRequest, payload()))
            await store.accept(new_job("waits", request=held))
            await store.accept(new_job("gone", request=held))
            await store.cancel("gone")
            sqlite_place.clock.advance(100)
            since = sqlite_place.clock()
            await ended(store, "job-newer1")
            return [*await cases_of(store, since=since), *await cases_of(store, since=0)]

    assert [case.name[-6:] for case in asyncio.run(within())] == ["newer1", "newer1", "older1"]


def test_cases_leave_out_what_this_version_refuses(sqlite_place: Place) -> None:
    """A request that no longer fits the contract is passed over; the others are there."""

    async def within() -> Sequence[Case]:
        async with sqlite_place.open() as store:
            await store.accept(new_job("odd", request=b'{"candidate": "1"}'))
            await store.finish("odd", b"{}", status="completed")
            await ended(store)
            return await cases_of(store, since=0)

    assert len(asyncio.run(within())) == 1


def test_cases_are_read_page_by_page(sqlite_place: Place) -> None:
    """More than one page of them is read to its end, each once."""
    names = [case.name for case in read(sqlite_place, *({"job_id": f"job-{at:06}"} for at in range(205)))]

    assert (len(names), len(set(names))) == (205, 205)


def test_cases_hide_a_secret_under_its_key_and_a_number_that_is_the_id(sqlite_place: Place) -> None:
    """A context of another app may repeat what it was sent, short as it is."""
    context = [{"call_secret": "x", "of": 7_654_321, "n": [1, True]}]
    (case,) = read(sqlite_place, {"candidate_id": 7_654_321, "context": context})
    kept = case.request.context

    assert kept == [{"call_secret": "[removed]", "of": case.request.candidate_id, "n": [1, True]}]


def corrected(place: Place, why: str, *, swept: bool) -> Sequence[Case]:
    """Return the cases where a person has corrected the rating of one, which is perhaps no longer held."""

    async def within() -> Sequence[Case]:
        async with place.open() as store:
            await ended(store)
            place.clock.advance(100)
            since, said = place.clock(), Said(35.5, why)
            await store.studio_cases.correct(
                "job-000001", "Corrected", by="Ann Brook", said=said, also=lambda _: None
            )
            if swept:
                await store.delivered("job-000001", None)
                place.clock.advance(200_000)
                assert await store.sweep() == ("job-000001",)
            return await cases_of(store, since=since if swept else 0)

    return asyncio.run(within())


@pytest.mark.parametrize("swept", [False, True])
def test_correction_is_a_human_rating(place: Place, swept: bool) -> None:
    """A person's rating labels the case, nameless and redacted; also once the job itself is gone."""
    (case,) = corrected(place, f"Jo Falconer, {CANDIDATE}, has run nothing. See jo@example.org.", swept=swept)
    assert case.expectation is not None
    (human,) = case.expectation.human_ratings
    pseudonym = str(case.request.candidate_id)

    assert (human.rater, human.rating, human.on.year) == ("recruiter", 35.5, 2027)
    assert human.note == f"[name], {pseudonym}, has run nothing. See [e-mail]."
    assert (case.name, case.service_rating) == (f"{pseudonym}-000001", 70)


def test_export_keeps_a_persons_rating(sqlite_place: Place, tmp_path: Path) -> None:
    """The label is read again with the case."""
    (case,) = corrected(sqlite_place, "has run nothing", swept=False)
    file = tmp_path / "cases.jsonl"
    export_jsonl(settings_for(sqlite_place), "2020-01-01", file)

    assert [again.expectation for again in load_cases(file).sound] == [case.expectation]


def test_export_is_read_again_as_the_same_cases(sqlite_place: Place, tmp_path: Path) -> None:
    """A line holds name, redacted request and rating, no secret, and is for its owner alone."""
    read(sqlite_place, {}, {"job_id": "job-000002", "fails": True})
    file = tmp_path / "cases.jsonl"
    number = export_jsonl(settings_for(sqlite_place), "2020-01-01", file)
    again = load_cases(file).sound
    names = [case.name for case in stored_cases(settings_for(sqlite_place), "2020-01-01")]

    assert (number, [case.name for case in again]) == (2, names)
    assert {case.service_rating for case in again} == {70, None}
    assert file.stat().st_mode & 0o777 == 0o600
    assert all("call_secret" not in json.loads(line)["request"] for line in file.read_text().splitlines())
    assert [word for word in (SECRET, CANDIDATE, "Falconer", "jo@") if word in file.read_text()] == []


def test_export_of_nothing_says_so(sqlite_place: Place, tmp_path: Path) -> None:
    """An empty file would look like a finished export."""
    read(sqlite_place)

    with pytest.raises(FixtureError, match="holds no request since 2020-01-01 that has ended"):
        export_jsonl(settings_for(sqlite_place), "2020-01-01", tmp_path / "cases.jsonl")


def test_export_to_where_nothing_can_be_written_says_so(sqlite_place: Place, tmp_path: Path) -> None:
    """The error names the file."""
    read(sqlite_place, {})

    with pytest.raises(FixtureError, match="cannot be written"):
        export_jsonl(settings_for(sqlite_place), "2020-01-01", tmp_path)


def test_stored_cases_without_a_store_make_none(tmp_path: Path) -> None:
    """Looking where no service ran is an error and leaves nothing behind."""
    with pytest.raises(SettingsError, match="holds no database"):
        stored_cases(load({"EVALUATOR_DATA_DIR": str(tmp_path / "none")}), "7d")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("since", "at"),
    [
        ("7d", 1_000_000 - 604_800),
        ("12h", 1_000_000 - 43_200),
        ("1970-01-02", 86_400),
        ("1970-01-01T01:00+01:00", 0),
    ],
)
def test_moment_is_an_age_or_a_date(since: str, at: float) -> None:
    """A date without a zone is in UTC."""
    assert moment(since, now=1_000_000) == at


@pytest.mark.parametrize("since", ["", "7 days", "7w", "yesterday", "2026-13-01"])
def test_moment_that_is_neither_says_what_it_should_be(since: str) -> None:
    """A slip in --since is told with examples."""
    with pytest.raises(FixtureError, match="--since: should be an age such as 12h or 7d"):
        moment(since)
