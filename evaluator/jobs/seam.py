"""What the web knows of jobs.

May import `contract` and `errors`.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.errors import EvaluatorError


class Receipt(NamedTuple):
    """A result that waits to be taken: its job, and which run of it."""

    job_id: str
    run: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The assessment has ended; `error` is set where it failed, and then the result has no rating.

    `receipt` is what `Jobs.answered` is to be told once the answer has gone out; None where nothing waits
    for it.
    """

    result: AssessmentResult
    error: EvaluatorError | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The request is stored, and its result comes to the callback."""

    job_id: str


Outcome = Finished | Pending


class Jobs(Protocol):
    """Takes requests on."""

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Outcome:
        """Take `request` on and return what came of it, or that it is pending.

        `hung_up` completes when the caller no longer waits; the result then goes to the callback.
        Raises InvalidRequest where the request's values cannot be served, StorageUnavailable where it cannot
        be stored, Overloaded where all places are taken or its result is to be asked for again later.
        """
        ...

    async def answered(self, receipt: Receipt) -> None:
        """Take note that a result has gone out in an answer, and is not to be called back."""
        ...
