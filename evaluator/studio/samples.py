"""Candidates to draw and try drafts on: invented ones that come with the service, and past ones.

A past candidate is an evaluation whose request is still held, or a case that is kept in a cohort. Requests
come without their secret. May import `evals`, `storage`, `contract`, `errors` and `studio` siblings.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal, Protocol

from evaluator.contract.decode import decode_json, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import EvaluatorError, FixtureError, InvalidRequest, Problem
from evaluator.evals.dataset import EXPECT, Case, load_request
from evaluator.evals.expectation import read_expectation
from evaluator.storage.rows import Filter, Job, Page, Payloads
from evaluator.storage.studio_cases import Kept, Named

Kind = Literal["shipped", "case", "evaluation", "pasted"]

PASTED = "pasted"
"""The id of a sample that came with the question itself."""

MOST_RECENT = 20
"""Past evaluations that are listed; any other is found by its id."""

MOST_CASES = 100
"""Kept cases that are listed."""

MOST_PASTED = 400_000
"""Characters of a request that is pasted."""

_SECRET = "-"  # noqa: S105  # stands where a request has its secret, and is none


class SampleUnknown(EvaluatorError):
    """There is no such sample: none has its name, or its request is no longer held."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample in the list. `id` names it: `shipped:…`, `case:…` or `evaluation:…`."""

    id: str
    title: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sample(Entry):
    """A sample with its request, in which the call's secret is none."""

    request: AssessmentRequest = field(repr=False)


class Jobs(Protocol):
    """Past evaluations, as the store has them."""

    async def list(self, wanted: Filter | None = None, *, limit: int = 50, cursor: str | None = None) -> Page:
        """Return jobs, newest first."""

    async def get(self, job_id: str) -> Job | None:
        """Return a job."""

    async def payloads(self, job_id: str) -> Payloads | None:
        """Return what a job holds."""


class Cases(Protocol):
    """Kept cases, as the store has them."""

    async def named(self, *, limit: int) -> tuple[Named, ...]:
        """Return cases by their names, each once."""

    async def one(self, case_id: str) -> Kept | None:
        """Return a case."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """An invented candidate, with what is expected of its rating."""

    title: str
    case: Case


class Samples:
    """The samples of one service. What asks the store raises StorageUnavailable or StorageKeyWrong."""

    def __init__(self, shipped: Sequence[Shipped], jobs: Jobs, cases: Cases) -> None:
        """`shipped` come with the service; `jobs` and `cases` are past candidates."""
        self.shipped = tuple(shipped)
        self._jobs = jobs
        self._cases = cases

    async def list(self) -> tuple[Entry, ...]:
        """Return the shipped samples, then the kept cases by cohort, then the last evaluations."""
        shipped = [Entry(f"shipped:{each.case.name}", each.title, "shipped") for each in self.shipped]
        return (*shipped, *await self._kept(), *await self._past())

    async def get(self, sample_id: str) -> Sample:
        """Return a sample; raises SampleUnknown, which says what to do instead."""
        kind, _, name = sample_id.partition(":")
        if kind == "shipped":
            for each in self.shipped:
                if each.case.name == name:
                    return Sample(sample_id, each.title, "shipped", _without_secret(each.case.request))
        if kind == "case" and (kept := await self._cases.one(name)) is not None:
            return Sample(sample_id, f"Candidate {kept.name}", "case", _read(kept.request))
        if kind == "evaluation" and (job := await self._jobs.get(name)) is not None:
            held = await self._jobs.payloads(name)
            if held is not None and held.request is not None:
                return Sample(sample_id, _title_of_job(job), "evaluation", _read(held.request))
            raise SampleUnknown(
                "The application of this evaluation is no longer held. Choose another sample."
            )
        raise SampleUnknown("There is no such sample, or it is gone by now. Choose another.")

    async def _kept(self) -> Sequence[Entry]:
        return [
            Entry(f"case:{each.id}", f"Candidate {each.name} ({each.cohort})", "case")
            for each in await self._cases.named(limit=MOST_CASES)
        ]

    async def _past(self) -> Sequence[Entry]:
        page = await self._jobs.list(Filter(states=("succeeded",)), limit=MOST_RECENT)
        return [Entry(f"evaluation:{job.id}", _title_of_job(job), "evaluation") for job in page.jobs]


def pasted(text: str) -> Sample:
    """Return a request that was pasted as JSON; raises InvalidRequest with every problem by field."""
    if len(text) > MOST_PASTED:
        raise InvalidRequest([Problem("", f"may have {MOST_PASTED:,} characters")])
    return Sample(PASTED, "A pasted request", "pasted", _read(text.encode("utf-8", "replace"), secret=True))


def shipped_samples(*, package: Path = Path(__file__).parents[1]) -> tuple[Shipped, ...]:
    """Load the samples that come with the service; raises FixtureError where one is missing.

    They lie in `package`/_samples in a wheel and in `package`/../fixtures in a checkout.
    """
    told = tomllib.loads((files(__package__) / "samples.toml").read_text(encoding="utf-8"))["samples"]
    packed = package / "_samples"
    folder = packed if packed.is_dir() else package.parent / "fixtures"
    return tuple(Shipped(each["title"], _case(folder / each["id"])) for each in told)


def _case(folder: Path) -> Case:
    """Return a case, compared with no other: those that it is compared with need not be there."""
    try:
        told = tomllib.loads((folder / EXPECT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FixtureError(f"{folder / EXPECT}: cannot be read: {error}") from None
    own = {key: value for key, value in told.items() if key not in ("above", "twin")}
    return Case(folder.name, load_request(folder), read_expectation(own), folder)


def _read(body: bytes, *, secret: bool = False) -> AssessmentRequest:
    """Return a request from JSON; one that was pasted may lack its ids and its secret."""
    value = decode_json(body)
    if isinstance(value, dict):
        ids = {"candidate_id": "pasted", "pipeline_step_id": "pasted"} if secret else {}
        value = ids | value | {"call_secret": _SECRET}
    return read_model(AssessmentRequest, value)


def _without_secret(request: AssessmentRequest) -> AssessmentRequest:
    return request.model_copy(update={"call_secret": _SECRET})


def _title_of_job(job: Job) -> str:
    return f"Candidate {job.candidate_id}, {datetime.fromtimestamp(job.created_at, UTC):%d %B %Y}"
