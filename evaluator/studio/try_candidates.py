"""Whom a draft can be tried on, from the samples and cohorts of the studio.

May import `evals`, `storage`, `contract`, `errors` and `studio` siblings.
"""

from collections.abc import Sequence
from typing import Protocol

from evaluator.errors import InvalidRequest, Problem
from evaluator.evals.dataset import Case
from evaluator.storage.studio_cases import Kept
from evaluator.studio.cohorts import Cohorts
from evaluator.studio.samples import Samples, SampleUnknown
from evaluator.studio.try_cases import MOST_CASES, Choice, TryCase, past, rated_by, sample, too_many


class Rated(Protocol):
    """Kept cases, with what a person said of them."""

    async def one(self, case_id: str) -> Kept | None:
        """Return a case."""
        ...


class StudioCandidates:
    """The candidates of one service."""

    def __init__(self, samples: Samples, cohorts: Cohorts, kept: Rated) -> None:
        """`kept` are the cases of all cohorts by their id."""
        self._samples = samples
        self._cohorts = cohorts
        self._kept = kept

    async def chosen(self, choice: Choice) -> Sequence[TryCase]:
        """Return the candidates of a choice; raises InvalidRequest where it names one that is not there."""
        if choice.cohort is not None:
            return await self._of_cohort(choice.cohort)
        if choice.samples is None:
            return [sample(each.case, each.title) for each in self._samples.shipped]
        return [await self._one(name) for name in dict.fromkeys(choice.samples)]

    async def _of_cohort(self, name: str) -> Sequence[TryCase]:
        cohort = await self._cohorts.one(name)
        if cohort is None:
            raise InvalidRequest([Problem("/cohort", "there is no such cohort, or it was deleted")])
        if cohort.cases > MOST_CASES:  # before they are read
            raise InvalidRequest([Problem("/cohort", too_many(cohort.cases))])
        return [past(each) for each in await self._cohorts.cases(name)]

    async def _one(self, sample_id: str) -> TryCase:
        kind, _, name = sample_id.partition(":")
        for each in self._samples.shipped if kind == "shipped" else ():
            if each.case.name == name:
                return sample(each.case, each.title)
        try:
            found = await self._samples.get(sample_id)
        except SampleUnknown as error:
            raise InvalidRequest([Problem("/sample", str(error))]) from None
        kept = await self._kept.one(name) if kind == "case" else None
        case = Case(sample_id, found.request, None if kept is None else rated_by(kept))
        return TryCase(case, found.title, found.request.candidate_id)
