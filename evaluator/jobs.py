"""Taking a request on, and what has become of it: the seam between the web and the work.

The web knows `Jobs` alone, so that an engine which stores first can stand behind it unseen.
May import `assessment` and below.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, failed
from evaluator.errors import EvaluatorError, InvalidRequest, ModelError, Overloaded

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """The assessment has ended; `error` is set where it failed, and then the result has no rating."""

    result: AssessmentResult
    error: EvaluatorError | None = None


class Jobs(Protocol):
    """Takes requests on."""

    async def submit(self, request: AssessmentRequest) -> Finished:
        """Assess `request` and return what came of it.

        Raises InvalidRequest where its values cannot be served, Overloaded where the queue is full.
        """
        ...


class Assesses(Protocol):
    """What a job does: the assessment pipeline, seen from here."""

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """Return a result with a rating, or raise an EvaluatorError."""
        ...


class DirectJobs:
    """Runs each request at once in the caller's loop, and holds no more than it can work off."""

    def __init__(self, assessor: Assesses, *, capacity: int, app_id: str | None) -> None:
        """`capacity`: requests held at the same time, in work and waiting together."""
        self._assessor = assessor
        self._capacity = capacity
        self._app_id = app_id
        self._held = 0

    async def submit(self, request: AssessmentRequest) -> Finished:
        """See Jobs.submit."""
        if self._held >= self._capacity:
            raise Overloaded("all places are taken; send it again later", retry_after_s=5)
        self._held += 1
        try:
            return Finished(await self._assessor.assess(request))
        except (InvalidRequest, Overloaded):
            raise
        except EvaluatorError as error:
            _log.warning("assessment failed", error=type(error).__name__, details=str(error), **_spent(error))
            return self._failed(request, error)
        except Exception as error:  # noqa: BLE001 - the job boundary: a defect of ours is a failure, never a score
            _log.exception("assessment broke", error=type(error).__name__)
            return self._failed(request, EvaluatorError("internal error"))
        finally:
            self._held -= 1

    def _failed(self, request: AssessmentRequest, error: EvaluatorError) -> Finished:
        now = datetime.now(UTC).isoformat()
        return Finished(failed(request, details=error.public, at=now, app_id=self._app_id), error)


def _spent(error: EvaluatorError) -> dict[str, float | None]:
    """Return what the failed calls took, for the log; nothing where none was made."""
    return asdict(error.spent) if isinstance(error, ModelError) and error.spent.calls else {}
