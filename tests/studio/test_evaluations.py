"""Past evaluations and cohorts without a page, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluator.errors import InvalidRequest, JobUnknown, JobUnsuited
from evaluator.jobs.operations import CORRECTED, Operations
from evaluator.storage.jobs import JobStore
from evaluator.studio.asked import Asked
from evaluator.studio.cohorts import Cohorts
from evaluator.studio.evaluations import Evaluations
from tests.fakes.recording import evaluated
from tests.fakes.stores import Place, finished, new_job
from tests.fakes.working import FakeQueue

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """What the studio knows of past candidates, and the store behind it."""

    store: JobStore
    evaluations: Evaluations
    cohorts: Cohorts


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[Desk]:
    """Evaluations and cohorts of an empty database."""
    async with place.open() as store:
        operations = Operations(
            store=store,
            queue=FakeQueue(place.clock),
            assess_within_s=100,
            deliver_within_s=200,
            callback=True,
            clock=place.clock,
        )
        yield Desk(store, Evaluations(store, operations, {"b": None, "a": None}), Cohorts(store.studio_cases))


async def test_page_reads_the_results_that_it_shows(desk: Desk, tmp_path: Path) -> None:
    """Rating, pack and flags are those of the sealed result; one without a result has none."""
    result = await evaluated(desk.store, tmp_path)
    await desk.store.accept(new_job("job-2"))
    page = await desk.evaluations.page(Asked())

    assert [(line.job.id, line.rating) for line in page.lines] == [("job-2", None), ("job-1", result.rating)]
    assert page.lines[0].pack is None
    assert page.lines[1].pack is not None
    assert (page.lines[1].pack.name, page.lines[1].pack.number) == ("default", None)


async def test_published_version_is_told_by_its_number(desk: Desk, tmp_path: Path) -> None:
    """The hash of the result leads to the version that judged."""
    result = await evaluated(desk.store, tmp_path)
    digest = (result.context or {})["pack"]["hash"]
    files = {path.name: path.read_text() for path in sorted((tmp_path / "job-1" / "default").iterdir())}
    version = await desk.store.pack_versions.publish("default", files, by="ann", note="n", expected=0)
    (line,) = (await desk.evaluations.page(Asked())).lines

    assert version.hash == digest
    assert line.pack is not None
    assert line.pack.words == "default, version 1"


async def test_correction_is_one_record_and_one_case(desk: Desk, tmp_path: Path) -> None:
    """Both are there or neither; a second one replaces the rating of the case and adds a record."""
    await evaluated(desk.store, tmp_path)
    for rating in (30.0, 40.0):
        done = await desk.evaluations.correct("job-1", by="ann", rating=rating, why=" since ")
    (case,) = await desk.cohorts.cases(CORRECTED)
    (line,) = (await desk.evaluations.page(Asked(corrected="yes"))).lines
    told = (await desk.evaluations.one("job-1")).told

    assert (done.record, done.kept) == (3, True)
    assert (case.rating, case.why, case.request.candidate_id) == (40.0, "since", 42)
    assert (line.own, [each.rating for each in told.corrections] if told else []) == (40.0, [30.0, 40.0])


async def test_correction_without_a_record_is_refused(desk: Desk) -> None:
    """What was not evaluated cannot be corrected, and nothing is kept."""
    await desk.store.accept(new_job())
    with pytest.raises(JobUnknown, match="nothing is recorded"):
        await desk.evaluations.correct("job-1", by="ann", rating=40, why="since")

    assert await desk.cohorts.all() == ()


async def test_case_is_judged_again_without_its_secret(desk: Desk, tmp_path: Path) -> None:
    """The request is the one that was sent, but for the secret."""
    result = await evaluated(desk.store, tmp_path, call_secret="hush-hush")
    name = await desk.cohorts.keep("Spring  2027 ", "job-1", by="ann")
    (case,) = await desk.cohorts.cases(name)

    assert name == "Spring 2027"
    assert (case.request.call_secret, case.rating, case.service_rating) == ("[removed]", None, result.rating)
    assert case.request.candidate_parsed_cv.experience


async def test_case_of_another_version_is_left_out_of_runs(desk: Desk) -> None:
    """It stays a member, and is not judged again."""
    await finished(desk.store)  # its request lacks what the contract needs
    await desk.cohorts.keep("Spring", "job-1", by="ann")

    assert (len(await desk.cohorts.members("Spring")), await desk.cohorts.cases("Spring")) == (1, [])


async def test_gone_application_is_not_kept(desk: Desk) -> None:
    """The reason is told."""
    with pytest.raises(JobUnsuited, match="is not held any more"):
        await desk.cohorts.keep("Spring", "job-gone", by="ann")


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b", "<b>", "a\nb\u200b", "x" * 61])
async def test_cohort_needs_a_name_for_an_address(desk: Desk, name: str) -> None:
    """Nothing that a browser, or a reader, could take for something else."""
    with pytest.raises(InvalidRequest, match="name should begin"):
        await desk.cohorts.make(name, by="ann")


async def test_erasing_counts_before_it_is_done(desk: Desk) -> None:
    """Evaluations and cases of the same id, as text and as number."""
    for job_id, candidate in (("a", 7), ("b", "7"), ("c", "8")):
        await finished(desk.store, job_id, candidate_id=candidate)
        await desk.cohorts.keep("Spring", job_id, by="ann")
    asked = await desk.evaluations.erasing("a")
    refused = await desk.evaluations.erase("a", "8")
    erased = await desk.evaluations.erase("a", " 7 ")

    assert (asked.candidate, asked.confirmation, asked.jobs, asked.more, asked.cases) == (
        "7",
        "7",
        2,
        False,
        2,
    )
    assert refused is None
    assert erased is not None
    assert (sorted(erased.job_ids), erased.cases) == (["a", "b"], 2)


async def test_id_that_cannot_be_seen_is_confirmed_by_the_evaluations(desk: Desk) -> None:
    """Nobody can type characters without a shape."""
    await finished(desk.store, candidate_id="\u200b\u202e")
    asked = await desk.evaluations.erasing("job-1")

    assert (asked.confirmation, await desk.evaluations.erase("job-1", "")) == ("job-1", None)
    assert await desk.evaluations.erase("job-1", "job-1") is not None
