"""Running cases through the real pipeline, several at a time.

May import `assessment`, `evals.dataset` and below.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, ResultContext
from evaluator.errors import EvaluatorError
from evaluator.evals.dataset import Case
from evaluator.jobs.work import Assesses


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: a result, or the error that stands in its place. `seconds` is wall time."""

    case: Case
    seconds: float
    result: AssessmentResult | None = None
    error: str | None = None

    @property
    def rating(self) -> float | None:
        """The rating, None where the case failed."""
        return self.result.rating if self.result else None

    @property
    def status(self) -> str:
        """The result's status; `failed` where there is none."""
        return self.result.status if self.result else "failed"

    @property
    def context(self) -> ResultContext | None:
        """What explains the rating, None where the case failed."""
        return ResultContext.model_validate(self.result.context) if self.result else None

    @property
    def holds(self) -> bool:
        """Whether the case came out as expected; where nothing is expected, whether it was rated."""
        if self.rating is None:
            return False
        expectation = self.case.expectation
        return expectation is None or expectation.holds(self.rating, self.status)


async def run_cases(
    cases: Sequence[Case], assessor: Assesses, *, concurrency: int, done: Callable[[Outcome], None]
) -> list[Outcome]:
    """Run `cases`, at most `concurrency` at a time, and return their outcomes in the cases' order.

    A case that fails is an outcome and not the end. `done` is called after each.
    """
    places = asyncio.Semaphore(concurrency)

    async def run(case: Case) -> Outcome:
        async with places:
            outcome = await _run_case(case, assessor)
        done(outcome)
        return outcome

    return list(await asyncio.gather(*(run(case) for case in cases)))


async def _run_case(case: Case, assessor: Assesses) -> Outcome:
    began = time.perf_counter()
    try:
        result = await assessor.assess(_fresh(case.request))
    except EvaluatorError as error:
        return Outcome(case, time.perf_counter() - began, error=str(error))
    return Outcome(case, time.perf_counter() - began, result=result)


def _fresh(request: AssessmentRequest) -> AssessmentRequest:
    return request.model_copy(deep=True)
