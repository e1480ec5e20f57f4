"""Jobs without a store: each request is assessed at once, for tests of what stands around jobs.

app_over(DirectJobs(assessor, capacity=8, app_id=None))
"""

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import UTC, datetime

import structlog

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import failed
from evaluator.errors import EvaluatorError, InvalidRequest, ModelError, Overloaded
from evaluator.jobs.seam import Finished
from evaluator.jobs.work import Assesses

_log = structlog.get_logger(__name__)


class DirectJobs:
    """Runs each request at once in the caller's loop, and holds no more than it can work off."""

    def __init__(self, assessor: Assesses, *, capacity: int, app_id: str | None) -> None:
        """`capacity`: requests held at the same time, in work and waiting together."""
        self._assessor = assessor
        self._capacity = capacity
        self._app_id = app_id
        self._held = 0

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Finished:
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

    async def answered(self, job_id: str) -> None:
        """See Jobs.answered; nothing is kept, so nothing is noted."""

    def _failed(self, request: AssessmentRequest, error: EvaluatorError) -> Finished:
        now = datetime.now(UTC).isoformat()
        return Finished(
            failed(request, details=error.public, at=now, app_id=self._app_id, status=error.result_status),
            error,
        )


def _spent(error: EvaluatorError) -> dict[str, float | None]:
    """Return what the failed calls took, for the log; nothing where none was made."""
    return asdict(error.spent) if isinstance(error, ModelError) and error.spent.calls else {}
