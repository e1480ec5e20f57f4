"""A stand-in for the work behind the webhook: it keeps what it is given and answers as it is told."""

import asyncio
import threading
from collections.abc import Awaitable
from datetime import UTC, datetime

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, failed
from evaluator.errors import EvaluatorError
from evaluator.jobs.seam import Finished, Outcome, Pending


class FakeJobs:
    """Rates everyone 72, or fails with `error`, or raises `raises`; `requests` holds what came in."""

    async def answered(self, job_id: str) -> None:
        """See evaluator.jobs.seam.Jobs; nothing is kept here, so nothing is noted."""

    def __init__(self, *, error: EvaluatorError | None = None, raises: Exception | None = None) -> None:
        self.requests: list[AssessmentRequest] = []
        self._error = error
        self._raises = raises

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Outcome:
        """See evaluator.jobs.seam.Jobs."""
        self.requests.append(request)
        if self._raises is not None:
            raise self._raises
        now = datetime(2025, 3, 4, 10, 0, tzinfo=UTC).isoformat()
        if self._error is not None:
            return Finished(failed(request, details=str(self._error), at=now, app_id=None), self._error)
        return Finished(
            AssessmentResult(
                candidate_id=request.candidate_id,
                pipeline_step_id=request.pipeline_step_id,
                call_secret=request.call_secret,
                v=request.v,
                rating=72,
                comment="Carried a service in production. Ask about peaks of load.",
                context={"summary": "Seven years on reservation systems."},
                status="completed",
                created_at=now,
            )
        )


class HeldJobs(FakeJobs):
    """Works on a request until `released` is set; sets `begun` as it begins, `cancelled` where it is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.released = threading.Event()
        self.left = threading.Event()

    async def submit(
        self, request: AssessmentRequest, *, hung_up: Awaitable[object] | None = None
    ) -> Outcome:
        """See FakeJobs."""
        self.begun.set()
        gone = None if hung_up is None else asyncio.ensure_future(hung_up)
        while not self.released.is_set():
            await asyncio.sleep(0.005)
            if gone is not None and gone.done():
                self.left.set()
                return Pending("job_1")
        return await super().submit(request, hung_up=hung_up)
