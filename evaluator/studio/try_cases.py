"""Candidates that a draft is tried on: made-up ones that the program brings, and past ones kept in cohorts.

May import `evals`, `storage`, `contract` and the sibling `cohorts`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from evaluator.contract.request import AssessmentRequest, Identifier
from evaluator.evals.dataset import Case
from evaluator.evals.expectation import Expectation, HumanRating
from evaluator.storage.studio_cases import Kept
from evaluator.studio.cohorts import KeptCase

MOST_CASES = 200
"""Candidates in one run."""


@dataclass(frozen=True, slots=True)
class TryCase:
    """A candidate to try a draft on.

    `title` is what a person calls them. `candidate` is their id, None for one who is made up.
    """

    case: Case
    title: str
    candidate: Identifier | None

    @property
    def id(self) -> str:
        """What it is chosen by."""
        return self.case.name


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen: these samples, all of them for None, or a cohort."""

    samples: tuple[str, ...] | None = None
    cohort: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is all samples or a cohort, and no selection."""
        return self.samples is None


def too_many(number: int) -> str:
    """Return what is said of more candidates than a run takes."""
    return f"choose {MOST_CASES} candidates at most; these are {number}"


def sample(case: Case, title: str) -> TryCase:
    """Return a made-up candidate."""
    return TryCase(replace(case, request=_without_secret(case.request), folder=None), title, None)


def past(kept: KeptCase) -> TryCase:
    """Return a past candidate, with a person's rating where there is one."""
    request = _without_secret(kept.request)
    case = Case(kept.id, request, rated_by(kept), service_rating=kept.service_rating)
    return TryCase(case, f"Candidate {kept.candidate}", kept.candidate)


def rated_by(kept: Kept | KeptCase) -> Expectation | None:
    """Return a person's rating of a case as what is expected of it; None where there is none."""
    if kept.rating is None:
        return None
    day = datetime.fromtimestamp(kept.at, UTC).date()
    rating = HumanRating(rater=kept.by.strip() or "?", on=day, rating=kept.rating, note=kept.why)
    return Expectation(human_ratings=(rating,))


def as_json(request: AssessmentRequest) -> dict[str, Any]:
    """Return a request as JSON, which `read_model` reads again."""
    told: dict[str, Any] = request.model_dump(mode="json", exclude_unset=True)
    return told


def _without_secret(request: AssessmentRequest) -> AssessmentRequest:
    return request.model_copy(update={"call_secret": ""})
