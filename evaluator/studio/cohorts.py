"""Named cohorts of past candidates, each with its own request and, where a person gave one, their rating.

May import `evals.hiding`, `storage`, `contract` and `errors`.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest, Identifier
from evaluator.errors import InvalidRequest, JobUnsuited, Problem
from evaluator.evals.hiding import REMOVED
from evaluator.storage.studio_cases import Cohort, Kept, StudioCases

MOST_NAME = 60
"""Characters of a cohort's name."""

_NAME = re.compile(r"\w[\w .,&()'+-]*")


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A past candidate as a case: the request to be judged again, and what a person said of it.

    `rating`, `service_rating`: 0 to 100, None where there is none. `at` (epoch seconds) and `by` tell of the
    rating, where there is one, else of the keeping.
    """

    id: str
    candidate: Identifier
    job: str | None
    request: AssessmentRequest = field(repr=False)
    rating: float | None
    why: str | None = field(repr=False)
    service_rating: float | None
    at: float
    by: str


class Cohorts:
    """The cohorts of one database. All raise StorageUnavailable, and what opens cases StorageKeyWrong."""

    def __init__(self, cases: StudioCases) -> None:
        """`cases` is where they are kept."""
        self._cases = cases

    async def all(self) -> Sequence[Cohort]:
        """Return the cohorts by name, each with how many cases it holds."""
        return await self._cases.cohorts()

    async def one(self, name: str) -> Cohort | None:
        """Return a cohort by its name."""
        return next((each for each in await self.all() if each.name == name), None)

    async def of_job(self, job_id: str) -> Sequence[str]:
        """Return the names of the cohorts that an evaluation is kept in."""
        return await self._cases.cohorts_of(job_id)

    async def make(self, name: str, *, by: str) -> str:
        """Make a cohort, and return its name tidied. Raises InvalidRequest where there is one already."""
        tidy = checked(name)
        if not await self._cases.make(tidy, by=by):
            raise InvalidRequest([Problem("/name", f"there is a cohort “{tidy}” already; take another name")])
        return tidy

    async def delete(self, name: str) -> int | None:
        """Delete a cohort and the cases that no other holds; return how many, None where there is none."""
        return await self._cases.drop(name)

    async def keep(self, name: str, job_id: str, *, by: str) -> str:
        """Keep an evaluation in a cohort, which is made where there is none; return its name tidied.

        Raises JobUnsuited where the application is not held any more, InvalidRequest for a name of none.
        """
        tidy = checked(name)
        if not await self._cases.keep(job_id, tidy, by=by):
            raise JobUnsuited(
                "the application of this evaluation is not held any more, so it cannot be kept in a cohort"
            )
        return tidy

    async def remove(self, name: str, case_id: str) -> bool:
        """Take a case out of a cohort; it is deleted where no other holds it. False where it was not in."""
        return await self._cases.take_out(name, case_id)

    async def cases(self, name: str) -> Sequence[KeptCase]:
        """Return the cases of a cohort, the oldest first, to be judged again.

        A request that another version took, and this one refuses, is left out.
        """
        kept = await self._cases.members(name)
        return await asyncio.to_thread(lambda: [case for each in kept for case in _case(each)])

    async def members(self, name: str) -> Sequence[Kept]:
        """Return all of a cohort, those first of whom the person's and the service's rating differ most."""
        return sorted(await self._cases.members(name), key=_by_difference)


def checked(name: str) -> str:
    """Return a cohort's name in one line. Raises InvalidRequest where it cannot be one."""
    tidy = " ".join(name.split())
    if not _NAME.fullmatch(tidy) or len(tidy) > MOST_NAME:
        raise InvalidRequest(
            [
                Problem(
                    "/name",
                    f"a cohort's name should begin with a letter or digit, have {MOST_NAME} characters at "
                    "most, and no others than letters, digits, spaces and . , & ( ) ' + -",
                )
            ]
        )
    return tidy


def _by_difference(kept: Kept) -> tuple[bool, float, float]:
    """Return a key that puts the widest difference first, and what has none last, by time."""
    difference = kept.difference
    return difference is None, -abs(difference or 0.0), kept.at


def _case(kept: Kept) -> Iterator[KeptCase]:
    try:
        request = read_model(AssessmentRequest, {**json.loads(kept.request), "call_secret": REMOVED})
    except InvalidRequest:
        return
    yield KeptCase(
        id=kept.id,
        candidate=kept.candidate,
        job=kept.job,
        request=request,
        rating=kept.rating,
        why=kept.why,
        service_rating=kept.service_rating,
        at=kept.at,
        by=kept.by,
    )
