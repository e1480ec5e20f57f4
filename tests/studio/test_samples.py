"""Candidates to draw and try drafts on."""

import asyncio
import json
from pathlib import Path

import pytest

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.storage.rows import Filter, Job, Page, Payloads
from evaluator.storage.studio_cases import Kept, Named
from evaluator.studio.samples import Sample, Samples, SampleUnknown, pasted, shipped_samples

SHIPPED = shipped_samples()
BODY = json.loads(SHIPPED[0].case.request.model_dump_json(exclude_unset=True))


def job(number: int) -> Job:
    """Return a past evaluation."""
    return Job(
        id=f"job-{number}", candidate_id=number, step_id="s", state="succeeded", delivery="none", mode="sync",
        run=1, owner=None, created_at=1_000_000.0, updated_at=1_000_000.0, finished_at=None, attempts=1,
        next_try_at=None, deadline_at=None, secret_mark="", status="completed", failure=None,
        delivery_note=None, retention_s=1.0, retain_until=None, pack="default",
    )  # fmt: skip


class Jobs:
    """Two past evaluations, the second without its request."""

    async def list(self, wanted: Filter | None = None, *, limit: int = 50, cursor: str | None = None) -> Page:
        """Return both."""
        assert wanted is not None
        assert wanted.states == ("succeeded",)
        return Page((job(1), job(2)), None)

    async def get(self, job_id: str) -> Job | None:
        """Return one of them."""
        return {"job-1": job(1), "job-2": job(2)}.get(job_id)

    async def payloads(self, job_id: str) -> Payloads | None:
        """Return the request of the first."""
        request = json.dumps(BODY).encode() if job_id == "job-1" else None
        return Payloads(request, None, b"secret")


class Cases:
    """One kept case."""

    kept = Kept("case-1", "c-7", "c-7", None, 0.0, "Edgar", json.dumps(BODY).encode(), None, 55.0, None)

    async def named(self, *, limit: int) -> tuple[Named, ...]:
        """Return its name."""
        return (Named("case-1", "c-7", "First"),)

    async def one(self, case_id: str) -> Kept | None:
        """Return the case by its id."""
        return self.kept if case_id == "case-1" else None


def got(sample_id: str) -> Sample:
    """Return a sample by its id."""
    return asyncio.run(Samples(SHIPPED, Jobs(), Cases()).get(sample_id))


def test_samples_are_listed_each_once_and_can_all_be_had() -> None:
    """What the list names is there, but for an evaluation whose application is no longer held."""
    entries = asyncio.run(Samples(SHIPPED, Jobs(), Cases()).list())
    ids = [each.id for each in entries]
    assert len(set(ids)) == len(ids) == len(SHIPPED) + 3
    assert all(got(each).request for each in ids if each != "evaluation:job-2")


def test_shipped_samples_are_a_few_of_several_kinds() -> None:
    """Between six and eight come with the service, in more than one trade, each with a rating to expect."""
    assert 6 <= len(SHIPPED) <= 8
    assert len({each.case.request.job.description for each in SHIPPED}) > 3
    assert all(each.case.expectation for each in SHIPPED)


def test_shipped_samples_are_found_in_a_wheel(tmp_path: Path) -> None:
    """In a wheel they lie in the package itself."""
    (tmp_path / "_samples").mkdir()
    for each in SHIPPED:
        folder = each.case.folder
        assert folder is not None
        (tmp_path / "_samples" / folder.name).symlink_to(folder.resolve())
    found = shipped_samples(package=tmp_path)
    assert [each.title for each in found] == [each.title for each in SHIPPED]


@pytest.mark.parametrize("sample_id", ["evaluation:job-1", "case:case-1", f"shipped:{SHIPPED[0].case.name}"])
def test_sample_comes_without_its_secret(sample_id: str) -> None:
    """No secret of a call leaves the store for a preview."""
    assert got(sample_id).request.call_secret == "-"


@pytest.mark.parametrize("sample_id", ["", "shipped:none", "case:none", "evaluation:none", "other:1"])
def test_sample_that_is_not_there_is_told(sample_id: str) -> None:
    """The words say what to do instead."""
    with pytest.raises(SampleUnknown, match="Choose another"):
        got(sample_id)


def test_evaluation_whose_application_is_gone_is_told() -> None:
    """It was erased, or has outlived its retention."""
    with pytest.raises(SampleUnknown, match="no longer held"):
        got("evaluation:job-2")


def test_pasted_request_needs_no_ids() -> None:
    """Only job and CV are needed to draw a prompt."""
    text = '{"job": {"description": "Baker"}, "candidate_parsed_cv": {"raw": "Bakes"}}'
    assert isinstance(pasted(text).request, AssessmentRequest)


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ("{", [""]),
        ("[]", [""]),
        ('{"job": {"description": 3}}', ["/job/description", "/candidate_parsed_cv"]),
        ("x" * 500_000, [""]),
    ],
)
def test_pasted_request_that_is_wrong_is_told_by_field(text: str, pointers: list[str]) -> None:
    """Each problem names its place."""
    with pytest.raises(InvalidRequest) as caught:
        pasted(text)
    assert [each.pointer for each in caught.value.problems] == pointers


def test_shipped_sample_that_is_missing_is_told(tmp_path: Path) -> None:
    """A package without its samples says so when the studio is opened."""
    (tmp_path / "_samples").mkdir()
    with pytest.raises(FixtureError, match="nursing-icu-strong"):
        shipped_samples(package=tmp_path)
